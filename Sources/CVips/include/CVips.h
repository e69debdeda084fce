// The C face of libvips: decoding, encoding and resizing of pictures.
//
// Functions return a CVStatus; after CVFailed, cv_error() gives libvips's message on the same
// thread. Nothing is printed. All functions may be called from any thread.
#ifndef CVIPS_H
#define CVIPS_H
#include <stddef.h>
#include <stdint.h>

typedef enum CVStatus { CVDone, CVFailed, CVUnknown, CVTooLarge } CVStatus;

/// Interleaved RGB, 8 or 16 bits a colour, row by row; freed with cv_free().
typedef struct CVPixels {
  int32_t width, height, bits;
  void *bytes;
  /// The pixels that the file's header promises, where the status is CVTooLarge.
  int64_t promised;
} CVPixels;

const char *cv_error(void);
void cv_free(CVPixels *pixels);

/// Decodes a file to RGB: grey is repeated, transparency laid on black, CMYK converted, the
/// camera's orientation applied. CVUnknown: not PNG, JPEG, TIFF, WebP or BMP.
CVStatus cv_read(const char *path, int64_t max_pixels, CVPixels *out);
/// Decodes `count` squares of a file that is zoomed to `zoom` x `zoom` pixels, whatever its aspect:
/// each `side` x `side`, its first pixel at `rows[i]`, `columns[i]` of the zoomed picture, 8-bit
/// RGB, one after the other into `out`.
CVStatus cv_read_parts(const char *path, int64_t max_pixels, int32_t zoom, int32_t side,
                       const int32_t *rows, const int32_t *columns, int32_t count, uint8_t *out,
                       int64_t *promised);
/// Resizes 32-bit RGB pixels; `out` has room for height x width x 3.
CVStatus cv_resize(const float *pixels, int32_t height, int32_t width, int32_t new_height,
                   int32_t new_width, float *out);
/// Draws text in a sans-serif font of the system, its letters about `points` pixels high. Lines are
/// broken between words to be at most `line` pixels long, and centred; 0 breaks none. `coverage` has 8
/// bits a pixel, 255 for ink, and is freed with cv_free_bytes().
CVStatus cv_text(const char *text, int32_t points, int32_t line, uint8_t **coverage,
                 int32_t *height, int32_t *width);
typedef enum CVFormat { CVPNG, CVJPEG } CVFormat;
/// Encodes 8-bit pixels of `bands` channels; `bytes` is freed with cv_free_bytes().
CVStatus cv_encode(const uint8_t *pixels, int32_t height, int32_t width, int32_t bands,
                   CVFormat format, void **bytes, size_t *count);
void cv_free_bytes(void *bytes);
#endif
