#include "CVips.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <vips/vips.h>

static _Thread_local char message[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int start_status;

static GLogWriterOutput discard(GLogLevelFlags level, const GLogField *fields, gsize count,
                                gpointer data) {
  return G_LOG_WRITER_HANDLED;
}

static void start(void) {
  // Warnings of decoders come back as errors; standard error belongs to the program.
  g_log_set_writer_func(discard, NULL, NULL);
  start_status = vips_init("UninformedStudents");
  if (start_status) return;
  // Loaders that libvips's authors do not trust with hostile files stay closed.
  vips_block_untrusted_set(TRUE);
  // BMP comes through ImageMagick; is_known() lets no other file reach it.
  vips_operation_block_set("VipsForeignLoadMagick", FALSE);
  // Callers bring their own threads, and keep what they want to see again.
  vips_concurrency_set(1);
  vips_cache_set_max(0);
}

const char *cv_error(void) { return message; }

static CVStatus failed(VipsImage *image) {
  if (image) g_object_unref(image);
  snprintf(message, sizeof message, "%s", vips_error_buffer());
  vips_error_clear();
  message[strcspn(message, "\n")] = 0;
  return CVFailed;
}

void cv_free(CVPixels *pixels) {
  g_free(pixels->bytes);
  pixels->bytes = NULL;
}

void cv_free_bytes(void *bytes) { g_free(bytes); }

// Takes the place of `image` with what an operation made of it.
static int step(VipsImage **image, int status, VipsImage **made) {
  if (status) return 1;
  g_object_unref(*image);
  *image = *made;
  return 0;
}

static int to_rgb(VipsImage **image) {
  VipsImage *made = NULL;
  // A profile or CMYK needs colour management; plain RGB and grey do not.
  if ((*image)->Type == VIPS_INTERPRETATION_CMYK &&
      step(image, vips_icc_transform(*image, &made, "srgb", "embedded", TRUE, NULL), &made) &&
      step(image, vips_colourspace(*image, &made, VIPS_INTERPRETATION_sRGB, NULL), &made)) {
    return 1;
  }
  vips_error_clear();
  int is_deep = (*image)->BandFmt != VIPS_FORMAT_UCHAR;
  VipsInterpretation target = is_deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
  if (step(image, vips_colourspace(*image, &made, target, NULL), &made)) return 1;
  if (vips_image_hasalpha(*image) && step(image, vips_flatten(*image, &made, NULL), &made)) return 1;
  return step(image, vips_cast(*image, &made,
                               is_deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, NULL), &made);
}

// Whether a file begins as one of the formats that are read. The name says nothing.
static int is_known(const char *path) {
  unsigned char head[12] = {0};
  FILE *file = fopen(path, "rb");
  if (!file) return 0;
  size_t count = fread(head, 1, sizeof head, file);
  fclose(file);
  if (count < sizeof head) return 0;
  return !memcmp(head, "\x89PNG", 4) || !memcmp(head, "\xff\xd8\xff", 3) ||
         !memcmp(head, "II*\0", 4) || !memcmp(head, "MM\0*", 4) || !memcmp(head, "BM", 2) ||
         (!memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WEBP", 4));
}

static VipsImage *opened(const char *path) {
  return vips_image_new_from_file(path, "fail_on", VIPS_FAIL_ON_TRUNCATED, "access",
                                  VIPS_ACCESS_SEQUENTIAL, NULL);
}

// Opens a file whose header promises no more than `max_pixels`. No pixel is decoded yet: a file
// that lies about its size costs nothing.
static CVStatus checked(const char *path, int64_t max_pixels, VipsImage **image,
                        int64_t *promised) {
  pthread_once(&once, start);
  if (start_status) return failed(NULL);
  if (!is_known(path)) return CVUnknown;
  *image = opened(path);
  if (!*image) return failed(NULL);
  *promised = (int64_t)(*image)->Xsize * (*image)->Ysize;
  if (*promised <= max_pixels) return CVDone;
  g_object_unref(*image);
  return CVTooLarge;
}

// Turns the image as the camera was held, and makes it RGB.
static CVStatus upright_rgb(VipsImage **image) {
  VipsImage *made = NULL;
  if (step(image, vips_autorot(*image, &made, NULL), &made) || to_rgb(image)) return failed(*image);
  if ((*image)->Bands == 3) return CVDone;
  snprintf(message, sizeof message, "%d channels", (*image)->Bands);
  g_object_unref(*image);
  return CVFailed;
}

CVStatus cv_read(const char *path, int64_t max_pixels, CVPixels *out) {
  memset(out, 0, sizeof *out);
  VipsImage *image = NULL;
  CVStatus status = checked(path, max_pixels, &image, &out->promised);
  if (status == CVDone) status = upright_rgb(&image);
  if (status != CVDone) return status;
  size_t size;
  out->bytes = vips_image_write_to_memory(image, &size);
  if (!out->bytes) return failed(image);
  out->width = image->Xsize;
  out->height = image->Ysize;
  out->bits = image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
  g_object_unref(image);
  return CVDone;
}

CVStatus cv_read_parts(const char *path, int64_t max_pixels, int32_t zoom, int32_t side,
                       const int32_t *rows, const int32_t *columns, int32_t count, uint8_t *out,
                       int64_t *promised) {
  VipsImage *image = NULL, *made = NULL;
  CVStatus status = checked(path, max_pixels, &image, promised);
  if (status != CVDone) return status;
  // Decoders shrink a photo that is much too large while they decode it.
  if (image->Xsize >= 2 * zoom && image->Ysize >= 2 * zoom &&
      step(&image, vips_thumbnail(path, &made, zoom, "height", zoom, "size", VIPS_SIZE_FORCE,
                                  "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL), &made)) {
    return failed(image);
  }
  status = upright_rgb(&image);
  if (status != CVDone) return status;
  // 8 bits suffice for patches. In memory, so that parts may be taken in any order; the zoomed
  // picture itself is never made, only what the parts need of it.
  if (step(&image, vips_cast(image, &made, VIPS_FORMAT_UCHAR, "shift", TRUE, NULL), &made)) {
    return failed(image);
  }
  made = vips_image_copy_memory(image);
  if (step(&image, !made, &made) ||
      step(&image, vips_resize(image, &made, (double)zoom / image->Xsize, "vscale",
                               (double)zoom / image->Ysize, "kernel", VIPS_KERNEL_CUBIC, NULL),
           &made)) {
    return failed(image);
  }
  for (int32_t i = 0; i < count; i++) {
    VipsImage *part = NULL;
    if (vips_extract_area(image, &part, columns[i], rows[i], side, side, NULL)) {
      return failed(image);
    }
    size_t size;
    void *bytes = vips_image_write_to_memory(part, &size);
    g_object_unref(part);
    if (!bytes) return failed(image);
    memcpy(out + (size_t)i * side * side * 3, bytes, (size_t)side * side * 3);
    g_free(bytes);
  }
  g_object_unref(image);
  return CVDone;
}

CVStatus cv_resize(const float *pixels, int32_t height, int32_t width, int32_t new_height,
                   int32_t new_width, float *out) {
  pthread_once(&once, start);
  if (start_status) return failed(NULL);
  size_t size = (size_t)height * width * 3 * sizeof(float);
  VipsImage *image =
      vips_image_new_from_memory(pixels, size, width, height, 3, VIPS_FORMAT_FLOAT);
  if (!image) return failed(NULL);
  VipsImage *made = NULL;
  // Shrinking averages over what a new pixel covers; enlarging interpolates linearly.
  if (step(&image, vips_resize(image, &made, (double)new_width / width, "vscale",
                               (double)new_height / height, "kernel", VIPS_KERNEL_LINEAR, NULL),
           &made)) {
    return failed(image);
  }
  if (image->Xsize != new_width || image->Ysize != new_height) {
    g_object_unref(image);
    snprintf(message, sizeof message, "cannot be resized to %d x %d", new_width, new_height);
    return CVFailed;
  }
  size_t made_size;
  void *bytes = vips_image_write_to_memory(image, &made_size);
  if (!bytes) return failed(image);
  memcpy(out, bytes, (size_t)new_width * new_height * 3 * sizeof(float));
  g_free(bytes);
  g_object_unref(image);
  return CVDone;
}

CVStatus cv_encode(const uint8_t *pixels, int32_t height, int32_t width, int32_t bands,
                   CVFormat format, void **bytes, size_t *count) {
  pthread_once(&once, start);
  if (start_status) return failed(NULL);
  size_t size = (size_t)height * width * bands;
  VipsImage *image =
      vips_image_new_from_memory(pixels, size, width, height, bands, VIPS_FORMAT_UCHAR);
  if (!image) return failed(NULL);
  image->Type = bands == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  int status = format == CVPNG ? vips_pngsave_buffer(image, bytes, count, NULL)
                               : vips_jpegsave_buffer(image, bytes, count, "Q", 92, NULL);
  if (status) return failed(image);
  g_object_unref(image);
  return CVDone;
}

CVStatus cv_text(const char *text, int32_t points, int32_t line, uint8_t **coverage,
                 int32_t *height, int32_t *width) {
  pthread_once(&once, start);
  if (start_status) return failed(NULL);
  char font[32];
  snprintf(font, sizeof font, "sans %d", points);
  VipsImage *image = NULL;
  // At 72 dots an inch a point is a pixel.
  if (vips_text(&image, text, "font", font, "dpi", 72, "width", line, "align", VIPS_ALIGN_CENTRE,
                NULL)) {
    return failed(NULL);
  }
  size_t size;
  *height = image->Ysize;
  *width = image->Xsize;
  *coverage = vips_image_write_to_memory(image, &size);
  if (!*coverage) return failed(image);
  g_object_unref(image);
  return CVDone;
}
