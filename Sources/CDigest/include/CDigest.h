// SHA-256, by GLib, which libvips brings along.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CDigest CDigest;

/// A digest of nothing yet; `cd_free` lets go of it.
CDigest *cd_new(void);
/// Adds bytes to those before.
void cd_add(CDigest *digest, const void *bytes, size_t count);
/// The digest of all bytes, 64 hexadecimal digits that live as long as it; nothing may be added then.
const char *cd_digits(CDigest *digest);
void cd_free(CDigest *digest);

#ifdef __cplusplus
}
#endif
