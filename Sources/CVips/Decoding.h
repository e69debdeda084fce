// What the decoders share.
#ifndef CVIPS_DECODING_H
#define CVIPS_DECODING_H
#include <vips/vips.h>

#include "CVips.h"

/// A decoded image before transparency, CMYK and orientation are dealt with.
typedef struct Raw {
  int32_t height, width;
  /// Colours: 1, 3, or 4 for CMYK; and whether transparency follows them.
  int32_t colours, has_alpha;
  CVSampleKind kind;
  /// What white and full cover are.
  int32_t white;
  void *samples;
  /// 1 to 8, as in EXIF.
  int orientation;
  /// A colour profile, or NULL.
  void *profile;
  size_t profile_size;
} Raw;

/// Starts libvips once.
CVStatus cv_ready(void);
/// Keeps a reason for cv_error().
CVStatus cv_fail(CVStatus status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Keeps libvips's reason, and lets go of an image.
CVStatus cv_vips_failed(VipsImage *image);
/// Puts what an operation made in the place of `image`.
int cv_step(VipsImage **image, int status, VipsImage **made);

/// Whether an image may be decoded that takes `bytes` beside the file.
CVStatus cv_admit(const CVReading *reading, CVImage *out, int64_t file, int64_t height,
                  int64_t width, double bytes);
/// The orientation in EXIF data, with or without their prefix; 1 where there is none.
int cv_orientation(const uint8_t *exif, size_t count);

/// Bytes of one sample.
size_t cv_size(CVSampleKind kind);

CVStatus cv_decode_jpeg(const uint8_t *bytes, size_t count, const CVReading *reading, Raw *raw,
                        CVImage *out);
CVStatus cv_decode_tiff(const uint8_t *bytes, size_t count, const CVReading *reading, Raw *raw,
                        CVImage *out);
/// Sets the handlers of libtiff.
void cv_start_tiff(void);
#endif
