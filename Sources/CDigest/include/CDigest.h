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

/// Writes the 64 hexadecimal digits, and a 0, of the HMAC of bytes under a key (RFC 2104).
void cd_hmac(const void *key, size_t key_count, const void *bytes, size_t count, char digits[65]);

#ifdef __cplusplus
}
#endif
