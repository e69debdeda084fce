// The C face of libvips: decoding, encoding and resizing of pictures.
//
// Functions return 0, or 1 after an error, whose message cv_error() then gives on the same thread.
#ifndef CVIPS_H
#define CVIPS_H
#include <stdint.h>

/// Interleaved RGB, 8 or 16 bits a colour, row by row; freed with cv_free().
typedef struct CVPixels {
  int32_t width, height, bits;
  void *bytes;
} CVPixels;

const char *cv_error(void);
void cv_free(CVPixels *pixels);
/// Decodes a file. `side` > 0 zooms it to a square of that side (not keeping its aspect) meanwhile.
int cv_read(const char *path, int64_t max_pixels, int32_t side, CVPixels *out);
#endif
