#include "LastError.h"

#include <stdio.h>

#include "students.h"

static _Thread_local char message[1024];

void students_keep_error(const char *text) { snprintf(message, sizeof message, "%s", text); }

const char *students_last_error(void) { return message; }

int32_t students_abi_version(void) { return STUDENTS_ABI_VERSION; }
