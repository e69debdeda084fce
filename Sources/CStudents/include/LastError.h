// For the Swift side of the library alone.
#ifndef STUDENTS_LAST_ERROR_H
#define STUDENTS_LAST_ERROR_H

/// Keeps the message of students_last_error() for this thread, as much of it as there is room for.
void students_keep_error(const char *text);
#endif
