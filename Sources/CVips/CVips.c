#include "CVips.h"
#include <pthread.h>
#include <string.h>
#include <vips/vips.h>

static _Thread_local char message[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failed_to_start;

static void silence(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer data) {}

static void start(void) {
  failed_to_start = vips_init("UninformedStudents");
  if (failed_to_start) return;
  g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, silence, NULL);
  // Loaders that libvips's authors have not fuzzed stay closed to files from outside.
  vips_block_untrusted_set(TRUE);
  vips_concurrency_set(1);
  vips_cache_set_max(0);
}

const char *cv_error(void) { return message; }

static int failed(VipsImage *image) {
  if (image) g_object_unref(image);
  snprintf(message, sizeof message, "%s", vips_error_buffer());
  vips_error_clear();
  return 1;
}

void cv_free(CVPixels *pixels) {
  g_free(pixels->bytes);
  pixels->bytes = NULL;
}

static int replaced(VipsImage **image, int status, VipsImage *next) {
  if (status) return 1;
  g_object_unref(*image);
  *image = next;
  return 0;
}

static int to_rgb(VipsImage **image) {
  VipsImage *next;
  if (vips_image_hasalpha(*image) &&
      replaced(image, vips_flatten(*image, &next, NULL), next)) return 1;
  VipsInterpretation target = (*image)->BandFmt == VIPS_FORMAT_USHORT
      ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
  return replaced(image, vips_colourspace(*image, &next, target, NULL), next);
}

int cv_read(const char *path, int64_t max_pixels, int32_t side, CVPixels *out) {
  pthread_once(&once, start);
  if (failed_to_start) return failed(NULL);
  VipsImage *image = vips_image_new_from_file(path, "fail_on", VIPS_FAIL_ON_TRUNCATED, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
  if (!image) return failed(NULL);
  if ((int64_t)image->Xsize * image->Ysize > max_pixels) {
    g_object_unref(image);
    snprintf(message, sizeof message, "too large");
    return 2;
  }
  VipsImage *next;
  if (side > 0) {
    g_object_unref(image);
    if (vips_thumbnail(path, &image, side, "height", side, "size", VIPS_SIZE_FORCE, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL)) return failed(NULL);
  } else if (replaced(&image, vips_autorot(image, &next, NULL), next)) {
    return failed(image);
  }
  if (to_rgb(&image)) return failed(image);
  size_t size;
  void *memory = vips_image_write_to_memory(image, &size);
  if (!memory) return failed(image);
  *out = (CVPixels){image->Xsize, image->Ysize, image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8, memory};
  g_object_unref(image);
  return 0;
}
