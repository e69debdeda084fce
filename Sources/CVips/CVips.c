#include "CVips.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "Decoding.h"

static _Thread_local char message[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int start_status;

// MARK: Start and errors

static GLogWriterOutput discard(GLogLevelFlags level, const GLogField *fields, gsize count,
                                gpointer data) {
  return G_LOG_WRITER_HANDLED;
}

static void start(void) {
  // Warnings of decoders come back as errors; standard error belongs to the program.
  g_log_set_writer_func(discard, NULL, NULL);
  start_status = vips_init("UninformedStudents");
  if (start_status) return;
  // No decoder is ever chosen by libvips, and none but these two is called.
  vips_operation_block_set("VipsForeignLoad", TRUE);
  vips_operation_block_set("VipsForeignLoadPng", FALSE);
  vips_operation_block_set("VipsForeignLoadWebp", FALSE);
  // Callers bring their own threads, and keep what they want to see again.
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  cv_start_tiff();
}

CVStatus cv_ready(void) {
  pthread_once(&once, start);
  return start_status ? cv_vips_failed(NULL) : CVDone;
}

const char *cv_error(void) { return message; }

CVStatus cv_fail(CVStatus status, const char *format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(message, sizeof message, format, values);
  va_end(values);
  message[strcspn(message, "\n")] = 0;
  // Decoders quote what stands in a file.
  for (char *c = message; *c; c++) {
    if (*c < ' ' || *c > '~') *c = '?';
  }
  if (!message[0]) snprintf(message, sizeof message, "its data make no sense");
  return status;
}

CVStatus cv_vips_failed(VipsImage *image) {
  if (image) g_object_unref(image);
  CVStatus status = cv_fail(CVFailed, "%s", vips_error_buffer());
  vips_error_clear();
  return status;
}

void cv_free(void *memory) { g_free(memory); }

size_t cv_size(CVSampleKind kind) { return kind == CVBytes ? 1 : kind == CVWords ? 2 : 4; }

int cv_step(VipsImage **image, int status, VipsImage **made) {
  if (status) return 1;
  g_object_unref(*image);
  *image = *made;
  return 0;
}

static VipsBandFormat format_of(CVSampleKind kind) {
  return kind == CVBytes   ? VIPS_FORMAT_UCHAR
         : kind == CVWords ? VIPS_FORMAT_USHORT
                           : VIPS_FORMAT_FLOAT;
}

// An image over samples that stay where they are; NULL for sides that libvips cannot have.
static VipsImage *over(const void *samples, CVSampleKind kind, int64_t height, int64_t width,
                       int64_t bands) {
  if (height < 1 || width < 1 || height >= VIPS_MAX_COORD || width >= VIPS_MAX_COORD) {
    vips_error("image", "%lld x %lld pixels", (long long)width, (long long)height);
    return NULL;
  }
  return vips_image_new_from_memory(samples, (size_t)height * width * bands * cv_size(kind), width,
                                    height, bands, format_of(kind));
}

// MARK: Decoding

CVFileKind cv_kind(const void *bytes, size_t count) {
  if (count < 12) return CVUnknown;
  const uint8_t *head = bytes;
  if (!memcmp(head, "\x89PNG\r\n\x1a\n", 8)) return CVPNG;
  if (!memcmp(head, "\xff\xd8\xff", 3)) return CVJPEG;
  if (!memcmp(head, "II*\0", 4) || !memcmp(head, "MM\0*", 4) || !memcmp(head, "II+\0", 4) ||
      !memcmp(head, "MM\0+", 4)) {
    return CVTIFF;
  }
  if (!memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WEBP", 4)) return CVWebP;
  return !memcmp(head, "BM", 2) ? CVBMP : CVUnknown;
}

CVStatus cv_admit(const CVReading *reading, CVImage *out, int64_t file, int64_t height,
                  int64_t width, double bytes) {
  double pixels = (double)height * width;
  out->height = height;
  out->width = width;
  out->pixels = pixels < 9e18 ? (int64_t)pixels : INT64_MAX;
  out->bytes = bytes + file < 9e18 ? (int64_t)(bytes + file) : INT64_MAX;
  if (out->pixels > reading->max_pixels) return CVTooLarge;
  return out->bytes > reading->max_bytes ? CVTooMuchMemory : CVDone;
}

static uint32_t big(const uint8_t *at, int is_big, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; i++) value = value << 8 | at[is_big ? i : count - 1 - i];
  return value;
}

int cv_orientation(const uint8_t *exif, size_t count) {
  if (count >= 6 && !memcmp(exif, "Exif\0", 6)) exif += 6, count -= 6;
  if (count < 8 || (memcmp(exif, "II*\0", 4) && memcmp(exif, "MM\0*", 4))) return 1;
  int is_big = exif[0] == 'M';
  size_t at = big(exif + 4, is_big, 4);
  if (at > count - 2) return 1;
  uint32_t entries = big(exif + at, is_big, 2);
  for (at += 2; entries > 0 && count >= 12 && at <= count - 12; entries--, at += 12) {
    if (big(exif + at, is_big, 2) != 0x112) continue;
    uint32_t kind = big(exif + at + 2, is_big, 2);
    uint32_t value = big(exif + at + 8, is_big, kind == 4 ? 4 : 2);
    return value >= 1 && value <= 8 ? (int)value : 1;
  }
  return 1;
}

// Whether the pixels of a PNG depend on a chunk. All others are kept from its decoder: texts and
// profiles may unpack to a thousand times their size.
static int makes_pixels(const uint8_t *kind) { return !(kind[0] & 32) || !memcmp(kind, "tRNS", 4); }

// Checks that a PNG is whole, by the checksums of what its pixels depend on: some versions of libvips
// do not. Gives the orientation that it carries, how many images are
// in it, and how many bytes make the pixels of the first.
static CVStatus check_png(const uint8_t *bytes, size_t count, int *orientation, int *pages,
                           size_t *needed) {
  size_t at = 8;
  *needed = at;
  while (count - at >= 12) {
    size_t length = big(bytes + at, 1, 4);
    const uint8_t *kind = bytes + at + 4;
    if (length > count - at - 12) break;
    if (makes_pixels(kind)) {
      if (crc32_z(0, kind, length + 4) != big(kind + 4 + length, 1, 4)) {
        return cv_fail(CVFailed, "a checksum is wrong");
      }
      *needed += length + 12;
    }
    if (!memcmp(kind, "eXIf", 4)) *orientation = cv_orientation(kind + 4, length);
    if (!memcmp(kind, "acTL", 4) && length >= 4) *pages = big(kind + 4, 1, 4) & INT32_MAX;
    if (!memcmp(kind, "IEND", 4)) return CVDone;
    at += length + 12;
  }
  return cv_fail(CVFailed, "cut short");
}

// What makes the pixels of a PNG that was checked, in memory of its own.
static uint8_t *only_pixels(const uint8_t *bytes, size_t needed) {
  uint8_t *copy = g_try_malloc(needed);
  if (!copy) return NULL;
  memcpy(copy, bytes, 8);
  for (size_t from = 8, to = 8; to < needed;) {
    size_t length = (size_t)big(bytes + from, 1, 4) + 12;
    if (makes_pixels(bytes + from + 4)) {
      memcpy(copy + to, bytes + from, length);
      to += length;
    }
    from += length;
  }
  return copy;
}

// What PNG and WebP decode to: libvips's pixels as they are, transparency laid on black. `held` bytes
// are in memory for it already.
static CVStatus decode_by_vips(const uint8_t *bytes, size_t count, CVFileKind kind, size_t held,
                               const CVReading *reading, Raw *raw, CVImage *out) {
  CVStatus status;
  VipsImage *image = NULL, *made = NULL;
  int failed = kind == CVPNG
                   ? vips_pngload_buffer((void *)bytes, count, &image, "fail_on",
                                         VIPS_FAIL_ON_TRUNCATED, "access", VIPS_ACCESS_SEQUENTIAL,
                                         NULL)
                   : vips_webpload_buffer((void *)bytes, count, &image, "fail_on",
                                          VIPS_FAIL_ON_TRUNCATED, "access",
                                          VIPS_ACCESS_SEQUENTIAL, NULL);
  if (failed) return cv_vips_failed(NULL);
  const void *exif;
  size_t exif_size;
  if (kind == CVWebP && vips_image_get_typeof(image, VIPS_META_EXIF_NAME) &&
      !vips_image_get_blob(image, VIPS_META_EXIF_NAME, &exif, &exif_size)) {
    raw->orientation = cv_orientation(exif, exif_size);
  }
  if (vips_image_get_typeof(image, VIPS_META_N_PAGES)) {
    vips_image_get_int(image, VIPS_META_N_PAGES, &out->pages);
  }
  int has_alpha = image->Bands == 2 || image->Bands == 4;
  raw->colours = image->Bands - has_alpha;
  if ((raw->colours != 1 && raw->colours != 3) ||
      (image->BandFmt != VIPS_FORMAT_UCHAR && image->BandFmt != VIPS_FORMAT_USHORT)) {
    status = cv_fail(CVForeign, "%d channels", image->Bands);
    g_object_unref(image);
    return status;
  }
  raw->kind = image->BandFmt == VIPS_FORMAT_USHORT ? CVWords : CVBytes;
  raw->white = raw->kind == CVWords ? 65535 : 255;
  double pixels = (double)image->Xsize * image->Ysize;
  double needed = pixels * raw->colours * cv_size(raw->kind);
  if (raw->orientation > 1) needed *= 2;
  // Their decoders keep the whole image: an interlaced PNG once, WebP twice in four channels.
  if (kind == CVWebP) {
    needed += pixels * 8;
  } else if (vips_image_get_typeof(image, "interlaced")) {
    needed += pixels * image->Bands * cv_size(raw->kind);
  }
  status = cv_admit(reading, out, held, image->Ysize, image->Xsize, needed);
  if (status != CVDone) {
    g_object_unref(image);
    return status;
  }
  if (has_alpha &&
      cv_step(&image, vips_flatten(image, &made, "max_alpha", (double)raw->white, NULL), &made)) {
    return cv_vips_failed(image);
  }
  size_t size;
  raw->samples = vips_image_write_to_memory(image, &size);
  if (!raw->samples) return cv_vips_failed(image);
  raw->height = image->Ysize;
  raw->width = image->Xsize;
  g_object_unref(image);
  return CVDone;
}

static CVStatus decode_png(const uint8_t *bytes, size_t count, const CVReading *reading, Raw *raw,
                           CVImage *out) {
  size_t needed;
  CVStatus status = check_png(bytes, count, &raw->orientation, &out->pages, &needed);
  if (status != CVDone) return status;
  if (needed == count) return decode_by_vips(bytes, count, CVPNG, count, reading, raw, out);
  uint8_t *pixels = only_pixels(bytes, needed);
  if (!pixels) return cv_fail(CVFailed, "no memory for it");
  status = decode_by_vips(pixels, needed, CVPNG, count + needed, reading, raw, out);
  g_free(pixels);
  return status;
}

// Rows and columns that the header of a WebP promises; 0 where it says none. Its first chunk stands at
// 12: VP8 for lossy frames, VP8L for lossless ones, VP8X before either.
static void webp_sides(const uint8_t *bytes, size_t count, uint32_t *height, uint32_t *width) {
  *height = *width = 0;
  if (count < 30) return;
  if (!memcmp(bytes + 12, "VP8 ", 4)) {
    *width = big(bytes + 26, 0, 2) & 0x3fff;
    *height = big(bytes + 28, 0, 2) & 0x3fff;
  } else if (!memcmp(bytes + 12, "VP8L", 4)) {
    uint32_t sides = big(bytes + 21, 0, 4);
    *width = (sides & 0x3fff) + 1;
    *height = (sides >> 14 & 0x3fff) + 1;
  } else if (!memcmp(bytes + 12, "VP8X", 4)) {
    *width = big(bytes + 24, 0, 3) + 1;
    *height = big(bytes + 27, 0, 3) + 1;
  }
}

static CVStatus decode_webp(const uint8_t *bytes, size_t count, const CVReading *reading, Raw *raw,
                            CVImage *out) {
  // libvips makes room for all pixels as soon as it has read the header.
  uint32_t height, width;
  webp_sides(bytes, count, &height, &width);
  CVStatus status = cv_admit(reading, out, count, height, width, 0);
  if (status != CVDone) return status;
  return decode_by_vips(bytes, count, CVWebP, count, reading, raw, out);
}

// Multiplies colours with their transparency, and takes the transparency away.
#define LAY_ON_BLACK(TYPE, PRODUCT)                                                               \
  {                                                                                               \
    TYPE *from = raw->samples, *to = raw->samples;                                                \
    for (size_t i = 0; i < pixels; i++, from += raw->colours + 1, to += raw->colours) {           \
      TYPE alpha = from[raw->colours];                                                            \
      for (int c = 0; c < raw->colours; c++) to[c] = PRODUCT;                                     \
    }                                                                                             \
  }

static void lay_on_black(Raw *raw) {
  size_t pixels = (size_t)raw->height * raw->width;
  uint64_t white = raw->white;
  if (!raw->has_alpha) return;
  switch (raw->kind) {
  case CVBytes: LAY_ON_BLACK(uint8_t, ((uint32_t)from[c] * alpha + 127) / 255) break;
  case CVWords: LAY_ON_BLACK(uint16_t, ((uint64_t)from[c] * alpha + white / 2) / white) break;
  case CVFloats: LAY_ON_BLACK(float, from[c] * alpha) break;
  }
  raw->has_alpha = 0;
}

// CMYK by its profile, or by libvips's own where it has none.
static int convert_colours(VipsImage **image, const Raw *raw) {
  VipsImage *made = NULL;
  if (raw->colours != 4) return 0;
  int depth = raw->kind == CVWords ? 16 : 8;
  (*image)->Type = VIPS_INTERPRETATION_CMYK;
  if (raw->profile) {
    vips_image_set_blob_copy(*image, VIPS_META_ICC_NAME, raw->profile, raw->profile_size);
  }
  if (cv_step(image, vips_icc_transform(*image, &made, "srgb", "embedded", TRUE, "input_profile",
                                        "cmyk", "depth", depth, NULL), &made)) {
    return 1;
  }
  return cv_step(image, vips_cast(*image, &made, format_of(raw->kind), NULL), &made);
}

// Makes the image upright, and its colours grey or RGB, in memory of its own where that changes it.
static CVStatus finish(Raw *raw, CVImage *out) {
  lay_on_black(raw);
  if (raw->orientation > 1 || raw->colours == 4) {
    VipsImage *image = over(raw->samples, raw->kind, raw->height, raw->width, raw->colours);
    VipsImage *made = NULL;
    if (!image) return cv_vips_failed(NULL);
    if (convert_colours(&image, raw)) return cv_vips_failed(image);
    vips_image_set_int(image, VIPS_META_ORIENTATION, raw->orientation);
    if (cv_step(&image, vips_autorot(image, &made, NULL), &made)) return cv_vips_failed(image);
    size_t size;
    void *samples = vips_image_write_to_memory(image, &size);
    if (!samples) return cv_vips_failed(image);
    g_free(raw->samples);
    raw->samples = samples;
    raw->height = image->Ysize;
    raw->width = image->Xsize;
    raw->colours = image->Bands;
    g_object_unref(image);
    if (raw->colours != 3 && raw->colours != 1) return cv_fail(CVFailed, "%d colours", raw->colours);
  }
  out->height = raw->height;
  out->width = raw->width;
  out->channels = raw->colours;
  out->kind = raw->kind;
  out->white = raw->white;
  out->samples = raw->samples;
  raw->samples = NULL;
  return CVDone;
}

// The least and greatest of 16-bit numbers.
static void find_extremes(CVImage *out) {
  if (out->kind != CVWords) return;
  const uint16_t *words = out->samples;
  uint16_t lowest = UINT16_MAX, highest = 0;
  for (size_t i = 0, count = (size_t)out->height * out->width * out->channels; i < count; i++) {
    lowest = words[i] < lowest ? words[i] : lowest;
    highest = words[i] > highest ? words[i] : highest;
  }
  out->lowest = lowest;
  out->highest = highest;
}

CVStatus cv_decode(const void *bytes, size_t count, CVFileKind kind, const CVReading *reading,
                   CVImage *out) {
  memset(out, 0, sizeof *out);
  out->pages = 1;
  CVStatus status = cv_ready();
  if (status != CVDone) return status;
  Raw raw = {.orientation = 1};
  switch (kind) {
  case CVJPEG: status = cv_decode_jpeg(bytes, count, reading, &raw, out); break;
  case CVTIFF: status = cv_decode_tiff(bytes, count, reading, &raw, out); break;
  case CVPNG: status = decode_png(bytes, count, reading, &raw, out); break;
  case CVWebP: status = decode_webp(bytes, count, reading, &raw, out); break;
  default: status = cv_fail(CVForeign, "an unknown format"); break;
  }
  out->orientation = raw.orientation >= 1 && raw.orientation <= 8 ? raw.orientation : 1;
  if (reading->keeps_orientation) raw.orientation = 1;
  if (status == CVDone) status = finish(&raw, out);
  if (status == CVDone) find_extremes(out);
  g_free(raw.samples);
  g_free(raw.profile);
  return status;
}

// MARK: Pixels in memory

static void swap_red_and_blue(Raw *raw) {
  size_t size = cv_size(raw->kind), pixel = size * (raw->colours + raw->has_alpha);
  uint8_t *red = raw->samples;
  for (size_t left = (size_t)raw->height * raw->width; left > 0; left--, red += pixel) {
    uint8_t kept[2], *blue = red + 2 * size;
    memcpy(kept, red, size);
    memcpy(red, blue, size);
    memcpy(blue, kept, size);
  }
}

// By the operation that lays PNG on black, which rounds in its own way.
static CVStatus flatten(Raw *raw) {
  VipsImage *made = NULL;
  VipsImage *image = over(raw->samples, raw->kind, raw->height, raw->width, raw->colours + 1);
  if (!image) return cv_vips_failed(NULL);
  if (cv_step(&image, vips_flatten(image, &made, "max_alpha", (double)raw->white, NULL), &made)) {
    return cv_vips_failed(image);
  }
  size_t size;
  void *samples = vips_image_write_to_memory(image, &size);
  if (!samples) return cv_vips_failed(image);
  g_object_unref(image);
  g_free(raw->samples);
  raw->samples = samples;
  raw->has_alpha = 0;
  return CVDone;
}

CVStatus cv_take(const void *pixels, CVSampleKind kind, CVLayout layout, int32_t height,
                 int32_t width, size_t row_bytes, CVImage *out) {
  memset(out, 0, sizeof *out);
  out->pages = out->orientation = 1;
  CVStatus status = cv_ready();
  if (status != CVDone) return status;
  Raw raw = {.height = height,
             .width = width,
             .colours = layout == CVGrey ? 1 : 3,
             .has_alpha = layout == CVRGBA || layout == CVBGRA,
             .kind = kind,
             .white = kind == CVWords ? 65535 : 255,
             .orientation = 1};
  size_t row = (size_t)width * (raw.colours + raw.has_alpha) * cv_size(kind);
  raw.samples = g_try_malloc_n(height, row);
  if (!raw.samples) return cv_fail(CVFailed, "no memory for it");
  for (size_t y = 0; y < (size_t)height; y++) {
    memcpy((uint8_t *)raw.samples + y * row, (const uint8_t *)pixels + y * row_bytes, row);
  }
  if (layout == CVBGR || layout == CVBGRA) swap_red_and_blue(&raw);
  if (raw.has_alpha) status = flatten(&raw);
  if (status == CVDone) status = finish(&raw, out);
  if (status == CVDone) find_extremes(out);
  g_free(raw.samples);
  return status;
}

// MARK: Resizing

// The samples as 32-bit numbers, scaled.
static VipsImage *scaled(const CVSamples *samples) {
  VipsImage *made = NULL;
  VipsImage *image = over(samples->samples, samples->kind, samples->height, samples->width,
                          samples->channels);
  if (!image) return NULL;
  if ((samples->kind != CVFloats || samples->scale != 1 || samples->offset != 0) &&
      cv_step(&image, vips_linear1(image, &made, samples->scale, samples->offset, NULL), &made)) {
    g_object_unref(image);
    return NULL;
  }
  return image;
}

// Interpolates linearly between the middles of pixels. vips_resize would not: where a side grows, it shifts
// both by up to half a pixel.
static int enlarged(VipsImage *image, VipsImage **out, double across, double down, int width,
                    int height) {
  VipsInterpolate *linear = vips_interpolate_new("bilinear");
  VipsArrayInt *area = vips_array_int_newv(4, 0, 0, width, height);
  int status = vips_affine(image, out, across, 0.0, 0.0, down, "interpolate", linear, "oarea", area,
                           "idx", 0.5 - 0.5 / across, "idy", 0.5 - 0.5 / down, "extend",
                           VIPS_EXTEND_COPY, NULL);
  vips_area_unref(VIPS_AREA(area));
  g_object_unref(linear);
  return status;
}

// Shrinking averages over what a new pixel covers; enlarging interpolates linearly.
static CVStatus resized(const CVSamples *samples, int32_t new_height, int32_t new_width,
                        VipsImage **out) {
  CVStatus status = cv_ready();
  if (status != CVDone) return status;
  VipsImage *made = NULL, *image = scaled(samples);
  if (!image) return cv_vips_failed(NULL);
  double across = (double)new_width / samples->width, down = (double)new_height / samples->height;
  if ((across < 1 || down < 1) &&
      cv_step(&image, vips_resize(image, &made, fmin(across, 1), "vscale", fmin(down, 1), "kernel",
                                  VIPS_KERNEL_LINEAR, NULL), &made)) {
    return cv_vips_failed(image);
  }
  if ((across > 1 || down > 1) &&
      cv_step(&image, enlarged(image, &made, fmax(across, 1), fmax(down, 1), new_width, new_height),
              &made)) {
    return cv_vips_failed(image);
  }
  if (image->Xsize != new_width || image->Ysize != new_height) {
    status = cv_fail(CVFailed, "cannot be resized to %d x %d", new_width, new_height);
    g_object_unref(image);
    return status;
  }
  *out = image;
  return CVDone;
}

// Lets go of an image whose pixels are wanted in `out`.
static CVStatus write_to(VipsImage *image, void *out) {
  size_t size;
  void *bytes = vips_image_write_to_memory(image, &size);
  if (!bytes) return cv_vips_failed(image);
  memcpy(out, bytes, size);
  g_free(bytes);
  g_object_unref(image);
  return CVDone;
}

CVStatus cv_resize(const CVSamples *samples, int32_t new_height, int32_t new_width, float *out) {
  VipsImage *image = NULL;
  CVStatus status = resized(samples, new_height, new_width, &image);
  return status == CVDone ? write_to(image, out) : status;
}

CVStatus cv_resize_rows(const CVSamples *samples, int32_t new_height, int32_t new_width,
                        int32_t top, int32_t rows, float *out) {
  VipsImage *image = NULL, *made = NULL;
  CVStatus status = resized(samples, new_height, new_width, &image);
  if (status != CVDone) return status;
  if (cv_step(&image, vips_extract_area(image, &made, 0, top, new_width, rows, NULL), &made)) {
    return cv_vips_failed(image);
  }
  return write_to(image, out);
}

CVStatus cv_parts(const CVSamples *samples, int32_t zoom, int32_t side, const int32_t *rows,
                  const int32_t *columns, int32_t count, uint8_t *out) {
  CVStatus status = cv_ready();
  if (status != CVDone) return status;
  VipsImage *made = NULL;
  VipsImage *image = over(samples->samples, samples->kind, samples->height, samples->width,
                          samples->channels);
  if (!image) return cv_vips_failed(NULL);
  // 8 bits suffice for patches. The zoomed image itself is never made, only what the parts need.
  if ((samples->kind != CVBytes &&
       (cv_step(&image, vips_linear1(image, &made, samples->scale * 255, samples->offset * 255,
                                     "uchar", TRUE, NULL), &made))) ||
      cv_step(&image, vips_resize(image, &made, (double)zoom / image->Xsize, "vscale",
                                  (double)zoom / image->Ysize, "kernel", VIPS_KERNEL_CUBIC, NULL),
              &made)) {
    return cv_vips_failed(image);
  }
  size_t size = (size_t)side * side * samples->channels;
  for (int32_t i = 0; i < count; i++) {
    if (vips_extract_area(image, &made, columns[i], rows[i], side, side, NULL)) {
      return cv_vips_failed(image);
    }
    status = write_to(made, out + i * size);
    if (status != CVDone) break;
  }
  g_object_unref(image);
  return status;
}

// MARK: Encoding

CVStatus cv_encode(const uint8_t *pixels, int32_t height, int32_t width, int32_t bands,
                   CVFileKind kind, void **bytes, size_t *count) {
  CVStatus status = cv_ready();
  if (status != CVDone) return status;
  VipsImage *image = over(pixels, CVBytes, height, width, bands);
  if (!image) return cv_vips_failed(NULL);
  image->Type = bands == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  int failed = kind == CVPNG ? vips_pngsave_buffer(image, bytes, count, NULL)
                             : vips_jpegsave_buffer(image, bytes, count, "Q", 92, NULL);
  if (failed) return cv_vips_failed(image);
  g_object_unref(image);
  return CVDone;
}

CVStatus cv_text(const char *text, int32_t points, int32_t line, uint8_t **coverage,
                 int32_t *height, int32_t *width) {
  CVStatus status = cv_ready();
  if (status != CVDone) return status;
  char font[32];
  snprintf(font, sizeof font, "sans %d", points);
  VipsImage *image = NULL;
  // At 72 dots an inch a point is a pixel.
  if (vips_text(&image, text, "font", font, "dpi", 72, "width", line, "align", VIPS_ALIGN_CENTRE,
                NULL)) {
    return cv_vips_failed(NULL);
  }
  size_t size;
  *height = image->Ysize;
  *width = image->Xsize;
  *coverage = vips_image_write_to_memory(image, &size);
  if (!*coverage) return cv_vips_failed(image);
  g_object_unref(image);
  return CVDone;
}
