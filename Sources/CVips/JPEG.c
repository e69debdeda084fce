// JPEG by libjpeg itself: libvips neither tells a file that lacks only its end marker from one whose
// data break off, nor a warning that means grey pixels from one that means nothing.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "Decoding.h"

// More scans than any encoder writes: each may touch every pixel again.
enum { most_scans = 200 };

typedef struct Errors {
  struct jpeg_error_mgr base;
  jmp_buf jump;
  char text[JMSG_LENGTH_MAX];
} Errors;

typedef struct Source {
  struct jpeg_source_mgr base;
  const uint8_t *bytes;
  // Whether the decoder asked for more than there is.
  int is_used_up;
} Source;

static void stop(j_common_ptr decoder) {
  Errors *errors = (Errors *)decoder->err;
  errors->base.format_message(decoder, errors->text);
  longjmp(errors->jump, 1);
}

// Whether the bytes that were passed over are filling: cameras pad the end of their data.
static int is_filling(j_common_ptr decoder) {
  int count = decoder->err->msg_parm.i[0];
  Source *source = (Source *)((j_decompress_ptr)decoder)->src;
  const uint8_t *end = source->base.next_input_byte;
  if (count <= 8) return 1;
  if (source->is_used_up || end - source->bytes < count) return 0;
  for (const uint8_t *byte = end - count; byte < end; byte++) {
    if (*byte != *(end - count)) return 0;
  }
  return 1;
}

// A warning is a pixel that the decoder made up, unless it is one of these.
static void warn(j_common_ptr decoder, int level) {
  if (level >= 0) return;
  switch (decoder->err->msg_code) {
  case JWRN_ADOBE_XFORM:
  case JWRN_JFIF_MAJOR:
  case JWRN_NOT_SEQUENTIAL:
  case JWRN_TOO_MUCH_DATA: return;
  case JWRN_EXTRANEOUS_DATA:
    if (is_filling(decoder)) return;
    break;
  default: break;
  }
  stop(decoder);
}

static void say_nothing(j_common_ptr decoder) { (void)decoder; }

static void count_scans(j_common_ptr decoder) {
  if (((j_decompress_ptr)decoder)->input_scan_number <= most_scans) return;
  Errors *errors = (Errors *)decoder->err;
  snprintf(errors->text, sizeof errors->text, "more than %d scans", most_scans);
  longjmp(errors->jump, 1);
}

static void source_nothing(j_decompress_ptr decoder) { (void)decoder; }

// At the end of the bytes stands an end marker, whether the file has one or not. Where pixels are
// still to come, the decoder warns of it.
static boolean source_end(j_decompress_ptr decoder) {
  static const JOCTET end[2] = {0xff, JPEG_EOI};
  Source *source = (Source *)decoder->src;
  source->is_used_up = 1;
  source->base.next_input_byte = end;
  source->base.bytes_in_buffer = sizeof end;
  return TRUE;
}

static void source_skip(j_decompress_ptr decoder, long count) {
  Source *source = (Source *)decoder->src;
  if (count <= 0) return;
  if ((size_t)count > source->base.bytes_in_buffer) {
    source_end(decoder);
    return;
  }
  source->base.next_input_byte += count;
  source->base.bytes_in_buffer -= (size_t)count;
}

// What arrays of coefficients take, which a decoder of several scans keeps in memory.
static double coefficient_bytes(j_decompress_ptr decoder) {
  double bytes = 0;
  if (!jpeg_has_multiple_scans(decoder)) return 0;
  for (int i = 0; i < decoder->num_components; i++) {
    jpeg_component_info *component = &decoder->comp_info[i];
    bytes += (double)component->width_in_blocks * component->height_in_blocks * DCTSIZE2 *
             sizeof(JCOEF);
  }
  return bytes;
}

// Whether scans are missing at the end of a file without end marker.
static int lacks_scans(j_decompress_ptr decoder) {
  if (!jpeg_has_multiple_scans(decoder)) return 0;
  if (!decoder->progressive_mode || !decoder->coef_bits) return 1;
  for (int i = 0; i < decoder->num_components; i++) {
    for (int k = 0; k < DCTSIZE2; k++) {
      if (decoder->coef_bits[i][k] != 0) return 1;
    }
  }
  return 0;
}

// The parts of a profile lie in several markers, by number.
static void read_profile(j_decompress_ptr decoder, Raw *raw) {
  static const char name[12] = "ICC_PROFILE";
  size_t size = 0;
  for (int pass = 0; pass < 2; pass++) {
    size_t at = 0;
    for (int number = 1; number <= 255; number++) {
      jpeg_saved_marker_ptr marker = decoder->marker_list;
      while (marker && !(marker->marker == JPEG_APP0 + 2 && marker->data_length > 14 &&
                         !memcmp(marker->data, name, sizeof name) && marker->data[12] == number)) {
        marker = marker->next;
      }
      if (!marker) break;
      if (pass) memcpy((uint8_t *)raw->profile + at, marker->data + 14, marker->data_length - 14);
      at += marker->data_length - 14;
    }
    if (!pass) {
      size = at;
      if (!size || !(raw->profile = g_try_malloc(size))) return;
    }
  }
  raw->profile_size = size;
}

static int read_orientation(j_decompress_ptr decoder) {
  for (jpeg_saved_marker_ptr marker = decoder->marker_list; marker; marker = marker->next) {
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 &&
        !memcmp(marker->data, "Exif\0", 6)) {
      return cv_orientation(marker->data, marker->data_length);
    }
  }
  return 1;
}

// What is decoded to, and by how much smaller.
static void choose_output(j_decompress_ptr decoder, int32_t least_side) {
  if (decoder->jpeg_color_space == JCS_GRAYSCALE) {
    decoder->out_color_space = JCS_GRAYSCALE;
  } else if (decoder->num_components == 4) {
    decoder->out_color_space = JCS_CMYK;
  } else {
    decoder->out_color_space = JCS_RGB;
  }
  decoder->scale_num = decoder->scale_denom = 1;
  int64_t shorter =
      decoder->image_width < decoder->image_height ? decoder->image_width : decoder->image_height;
  for (int by = 2; least_side > 0 && by <= 8 && shorter / by >= least_side; by *= 2) {
    decoder->scale_denom = by;
  }
  jpeg_calc_output_dimensions(decoder);
}

static CVStatus read_header(j_decompress_ptr decoder, size_t count, const CVReading *reading,
                            Raw *raw, CVImage *out) {
  jpeg_read_header(decoder, TRUE);
  choose_output(decoder, reading->least_side);
  raw->height = decoder->output_height;
  raw->width = decoder->output_width;
  raw->colours = decoder->out_color_components;
  raw->kind = CVBytes;
  raw->white = 255;
  raw->orientation = read_orientation(decoder);
  double pixels = (double)raw->height * raw->width;
  double after = raw->colours == 4 ? 3 * pixels : 0;
  if (raw->orientation > 1 && raw->colours * pixels > after) after = raw->colours * pixels;
  CVStatus status =
      cv_admit(reading, out, count, decoder->image_height, decoder->image_width,
               raw->colours * pixels + coefficient_bytes(decoder) + after);
  if (status != CVDone) return status;
  if (raw->colours == 4) read_profile(decoder, raw);
  raw->samples = g_try_malloc((size_t)raw->height * raw->width * raw->colours);
  return raw->samples ? CVDone : cv_fail(CVFailed, "out of memory");
}

static void read_pixels(j_decompress_ptr decoder, Raw *raw) {
  jpeg_start_decompress(decoder);
  size_t row = (size_t)raw->width * raw->colours;
  uint8_t *samples = raw->samples;
  while (decoder->output_scanline < decoder->output_height) {
    JSAMPROW line = samples + decoder->output_scanline * row;
    jpeg_read_scanlines(decoder, &line, 1);
    // CMYK is stored as what the paper reflects.
    for (size_t i = 0; raw->colours == 4 && i < row; i++) line[i] = 255 - line[i];
  }
}

CVStatus cv_decode_jpeg(const uint8_t *bytes, size_t count, const CVReading *reading, Raw *raw,
                        CVImage *out) {
  struct jpeg_decompress_struct decoder;
  struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
  Errors errors;
  Source source = {.bytes = bytes};
  memset(&decoder, 0, sizeof decoder);
  decoder.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = stop;
  errors.base.emit_message = warn;
  errors.base.output_message = say_nothing;
  if (setjmp(errors.jump)) {
    jpeg_destroy_decompress(&decoder);
    return cv_fail(CVFailed, "%s", errors.text);
  }
  jpeg_create_decompress(&decoder);
  decoder.progress = &progress;
  source.base.next_input_byte = bytes;
  source.base.bytes_in_buffer = count;
  source.base.init_source = source_nothing;
  source.base.fill_input_buffer = source_end;
  source.base.skip_input_data = source_skip;
  source.base.resync_to_restart = jpeg_resync_to_restart;
  source.base.term_source = source_nothing;
  decoder.src = &source.base;
  jpeg_save_markers(&decoder, JPEG_APP0 + 1, 0xffff);
  jpeg_save_markers(&decoder, JPEG_APP0 + 2, 0xffff);
  CVStatus status = read_header(&decoder, count, reading, raw, out);
  if (status == CVDone) {
    read_pixels(&decoder, raw);
    // Data that no pixel came of are told here.
    int lacks = lacks_scans(&decoder);
    jpeg_finish_decompress(&decoder);
    if (source.is_used_up && lacks) status = cv_fail(CVFailed, "its last scans are missing");
  }
  jpeg_destroy_decompress(&decoder);
  return status;
}
