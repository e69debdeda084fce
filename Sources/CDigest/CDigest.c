#include "CDigest.h"

#include <glib.h>

// GLib takes a signed length.
enum { largest_part = 1 << 30 };

CDigest *cd_new(void) { return (CDigest *)g_checksum_new(G_CHECKSUM_SHA256); }

void cd_add(CDigest *digest, const void *bytes, size_t count) {
  const guchar *rest = bytes;
  while (count > 0) {
    const size_t part = count < largest_part ? count : largest_part;
    g_checksum_update((GChecksum *)digest, rest, (gssize)part);
    rest += part;
    count -= part;
  }
}

const char *cd_digits(CDigest *digest) { return g_checksum_get_string((GChecksum *)digest); }

void cd_free(CDigest *digest) { g_checksum_free((GChecksum *)digest); }

void cd_hmac(const void *key, size_t key_count, const void *bytes, size_t count, char digits[65]) {
  gchar *text = g_compute_hmac_for_data(G_CHECKSUM_SHA256, key, key_count, bytes, count);
  g_strlcpy(digits, text, 65);
  g_free(text);
}
