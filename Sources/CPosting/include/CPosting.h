/// Sends a body to an address by HTTP or HTTPS (libcurl). What answers is not trusted.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Sends `count` bytes by POST, with header lines of which the last is NULL. Redirections are not followed, and
/// what is answered beyond the status is not kept.
///
/// Returns NULL and the status of the answer, or why there is none, in words that live until the program ends.
const char *cp_post(const char *url, const void *body, size_t count, const char *const *headers,
                    double seconds, long *status);

#ifdef __cplusplus
}
#endif
