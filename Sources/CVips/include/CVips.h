// The C face of libvips, libjpeg and libtiff: decoding, encoding and resizing of images.
//
// Functions return a CVStatus; after CVFailed and CVForeign, cv_error() gives the reason on the same
// thread, in printable ASCII and never empty. Nothing is printed, no file is opened. All functions
// may be called from any thread.
#ifndef CVIPS_H
#define CVIPS_H
#include <stddef.h>
#include <stdint.h>

typedef enum CVStatus {
  CVDone,
  /// The data are broken; cv_error() says how.
  CVFailed,
  /// The data are sound, but of a kind that is not read; cv_error() names it.
  CVForeign,
  /// More pixels than are allowed.
  CVTooLarge,
  /// More bytes of memory than are allowed.
  CVTooMuchMemory,
  /// The numbers are of a kind that has no natural range, and none was given.
  CVNeedsRange,
} CVStatus;

typedef enum CVFileKind { CVUnknown, CVPNG, CVJPEG, CVTIFF, CVWebP, CVBMP } CVFileKind;
typedef enum CVSampleKind { CVBytes, CVWords, CVFloats } CVSampleKind;

/// What a caller allows, and how numbers become colours.
typedef struct CVReading {
  /// The most pixels, and the most bytes for the file, the decoder and the image together.
  int64_t max_pixels, max_bytes;
  /// What black and white are, for numbers that need it; both 0 where the caller does not say.
  double low, high;
  /// JPEG may be decoded smaller, but each side to at least this; 0 for the whole image.
  int32_t least_side;
  /// Whether pixels stay as they are stored, however the camera was held.
  int32_t keeps_orientation;
} CVReading;

/// Decoded samples, interleaved, row by row, upright; freed with cv_free().
typedef struct CVImage {
  int32_t height, width;
  /// 1 for grey, 3 for colours.
  int32_t channels;
  CVSampleKind kind;
  void *samples;
  /// What the file says of how the camera was held: 1 to 8, as in EXIF.
  int32_t orientation;
  /// What white is in CVBytes and CVWords; CVFloats are 0 to 1.
  int32_t white;
  /// The least and greatest number in the file, where kind is CVWords or CVFloats.
  double lowest, highest;
  /// Whether a number was not finite.
  int32_t has_non_finite;
  /// Images in the file, and channels that are neither colour nor transparency and were left out.
  int32_t pages, left_out;
  /// What the header promises, also where the status is CVTooLarge or CVTooMuchMemory.
  int64_t pixels, bytes;
} CVImage;

const char *cv_error(void);
void cv_free(void *memory);

/// Tells a format by the first bytes alone.
CVFileKind cv_kind(const void *bytes, size_t count);
/// Decodes a file that lies in memory, by the decoder of its kind and no other: transparency is laid
/// on black, CMYK converted, the camera's orientation applied. BMP is not decoded here.
CVStatus cv_decode(const void *bytes, size_t count, CVFileKind kind, const CVReading *reading,
                   CVImage *out);

/// What the samples of a pixel mean, in their order.
typedef enum CVLayout { CVGrey, CVRGB, CVBGR, CVRGBA, CVBGRA } CVLayout;
/// Copies pixels of CVBytes or CVWords that lie in memory, their rows `row_bytes` apart, as if they had been
/// decoded from a PNG: transparency, which colours are not multiplied with yet, is laid on black. Words may
/// lie at any address.
CVStatus cv_take(const void *pixels, CVSampleKind kind, CVLayout layout, int32_t height,
                 int32_t width, size_t row_bytes, CVImage *out);

/// Interleaved samples of 1 or 3 channels that are to be scaled: number x scale + offset.
typedef struct CVSamples {
  const void *samples;
  CVSampleKind kind;
  int32_t height, width, channels;
  double scale, offset;
} CVSamples;

/// Resizes to 32-bit numbers of as many channels; `out` has room for new_height x new_width of them.
CVStatus cv_resize(const CVSamples *samples, int32_t new_height, int32_t new_width, float *out);
/// Resizes, but gives only `rows` rows from `top` on.
CVStatus cv_resize_rows(const CVSamples *samples, int32_t new_height, int32_t new_width,
                        int32_t top, int32_t rows, float *out);
/// Cuts `count` squares out of samples that are zoomed to `zoom` x `zoom` pixels, whatever their
/// aspect: each `side` x `side`, its first pixel at `rows[i]`, `columns[i]` of the zoomed image,
/// 8 bits, one after the other into `out`.
CVStatus cv_parts(const CVSamples *samples, int32_t zoom, int32_t side, const int32_t *rows,
                  const int32_t *columns, int32_t count, uint8_t *out);
/// Draws text in a sans-serif font of the system, its letters about `points` pixels high. Lines are
/// broken between words to be at most `line` pixels long, and centred; 0 breaks none. `coverage` has 8
/// bits a pixel, 255 for ink, and is freed with cv_free().
CVStatus cv_text(const char *text, int32_t points, int32_t line, uint8_t **coverage,
                 int32_t *height, int32_t *width);
/// Encodes 8-bit pixels of 1 or 3 channels as PNG or JPEG; `bytes` is freed with cv_free().
CVStatus cv_encode(const uint8_t *pixels, int32_t height, int32_t width, int32_t bands,
                   CVFileKind kind, void **bytes, size_t *count);
/// Encodes 32-bit numbers of one channel as TIFF, as they are, with a text that describes them;
/// `bytes` is freed with cv_free().
CVStatus cv_encode_numbers(const float *numbers, int32_t height, int32_t width,
                           const char *description, void **bytes, size_t *count);
#endif
