// TIFF by libtiff itself: libvips takes any fourth channel for transparency, reads no 64-bit numbers,
// and does not tell what range of numbers is meant.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "Decoding.h"

typedef struct Memory {
  const uint8_t *bytes;
  uint64_t size, at;
  char text[256];
  // Whether a decoder made pixels up.
  int has_warned;
  // What is written, where something is: the bytes, and how many there is room for.
  uint8_t *own;
  uint64_t room;
} Memory;

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t count) {
  Memory *memory = handle;
  if (count < 0 || memory->at >= memory->size) return 0;
  uint64_t rest = memory->size - memory->at;
  if ((uint64_t)count > rest) count = (tmsize_t)rest;
  memcpy(to, memory->bytes + memory->at, (size_t)count);
  memory->at += (uint64_t)count;
  return count;
}

static tmsize_t write_nothing(thandle_t handle, void *from, tmsize_t count) { return 0; }

static tmsize_t write_bytes(thandle_t handle, void *from, tmsize_t count) {
  Memory *memory = handle;
  uint64_t end = memory->at + (uint64_t)count;
  if (end > memory->room) {
    uint64_t room = end > 2 * memory->room ? end : 2 * memory->room;
    uint8_t *grown = g_try_realloc(memory->own, room);
    if (!grown) return 0;
    memset(grown + memory->room, 0, room - memory->room);
    memory->bytes = memory->own = grown;
    memory->room = room;
  }
  memcpy(memory->own + memory->at, from, (size_t)count);
  memory->at = end;
  if (end > memory->size) memory->size = end;
  return count;
}

static toff_t seek_to(thandle_t handle, toff_t offset, int whence) {
  Memory *memory = handle;
  if (whence == SEEK_CUR) offset += memory->at;
  if (whence == SEEK_END) offset += memory->size;
  memory->at = offset;
  return offset;
}

static int close_nothing(thandle_t handle) { return 0; }
static toff_t size_of(thandle_t handle) { return ((Memory *)handle)->size; }

static int map_bytes(thandle_t handle, void **base, toff_t *size) {
  Memory *memory = handle;
  *base = (void *)memory->bytes;
  *size = memory->size;
  return 1;
}

static void unmap_nothing(thandle_t handle, void *base, toff_t size) {}

static void keep_error(thandle_t handle, const char *module, const char *format, va_list values) {
  Memory *memory = handle;
  if (memory && !memory->text[0]) vsnprintf(memory->text, sizeof memory->text, format, values);
}

// What libtiff warns of is a matter of tags; what its JPEG decoder warns of are pixels.
static void keep_warning(thandle_t handle, const char *module, const char *format,
                         va_list values) {
  Memory *memory = handle;
  if (!memory || !module || !strstr(module, "JPEG")) return;
  memory->has_warned = 1;
  keep_error(handle, module, format, values);
}

void cv_start_tiff(void) {
  // No other code of this process opens a TIFF, so that each handle is one of ours.
  TIFFSetErrorHandler(NULL);
  TIFFSetWarningHandler(NULL);
  TIFFSetErrorHandlerExt(keep_error);
  TIFFSetWarningHandlerExt(keep_warning);
}

/// What the tags say.
typedef struct Layout {
  uint32_t height, width;
  uint16_t bits, channels, format, photometric, planes, compression, inks;
  // Which channel is transparency, or -1; and whether colours are multiplied with it already.
  int alpha, is_associated;
  uint16_t *red, *green, *blue;
  int has_short_map;
  double low, high;
} Layout;

static int is_read(uint16_t compression) {
  switch (compression) {
  case COMPRESSION_NONE:
  case COMPRESSION_CCITTRLE:
  case COMPRESSION_CCITTFAX3:
  case COMPRESSION_CCITTFAX4:
  case COMPRESSION_LZW:
  case COMPRESSION_JPEG:
  case COMPRESSION_ADOBE_DEFLATE:
  case COMPRESSION_DEFLATE:
  case COMPRESSION_PACKBITS: return 1;
#ifdef COMPRESSION_ZSTD
  case COMPRESSION_ZSTD: return 1;
#endif
  default: return 0;
  }
}

// How many channels of the file are colours; 0 for what is not read.
static int stored_colours(const Layout *layout) {
  switch (layout->photometric) {
  case PHOTOMETRIC_MINISBLACK:
  case PHOTOMETRIC_MINISWHITE:
  case PHOTOMETRIC_PALETTE: return 1;
  case PHOTOMETRIC_RGB: return 3;
  case PHOTOMETRIC_YCBCR: return layout->compression == COMPRESSION_JPEG ? 3 : 0;
  case PHOTOMETRIC_SEPARATED: return layout->inks == INKSET_CMYK ? 4 : 0;
  default: return 0;
  }
}

// A camera's raw data begin like a TIFF, and with a preview.
static CVStatus check_raw(TIFF *tiff, const Layout *layout) {
  uint32_t kind = 0;
  void *version = NULL;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &kind);
  if (TIFFGetField(tiff, TIFFTAG_DNGVERSION, &version) || kind & FILETYPE_REDUCEDIMAGE ||
      layout->photometric == 32803 || layout->photometric == 34892) {
    return cv_fail(CVForeign, "raw data of a camera, or a preview");
  }
  return CVDone;
}

static void find_alpha(TIFF *tiff, Layout *layout, int colours) {
  uint16_t count = 0, *kinds = NULL;
  layout->alpha = -1;
  if (!TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds)) return;
  for (int i = 0; kinds && i < count && colours + i < layout->channels; i++) {
    if (kinds[i] != EXTRASAMPLE_ASSOCALPHA && kinds[i] != EXTRASAMPLE_UNASSALPHA) continue;
    layout->alpha = colours + i;
    layout->is_associated = kinds[i] == EXTRASAMPLE_ASSOCALPHA;
    return;
  }
}

static CVStatus check_numbers(const Layout *layout, const CVReading *reading) {
  int bits = layout->bits;
  int is_ranged = reading->low < reading->high;
  int can = 0, must = 0;
  switch (layout->format) {
  case SAMPLEFORMAT_UINT: can = (bits >= 1 && bits <= 16) || bits == 32, must = bits == 32; break;
  case SAMPLEFORMAT_INT: can = bits == 8 || bits == 16 || bits == 32, must = 1; break;
  case SAMPLEFORMAT_IEEEFP: can = bits == 16 || bits == 32 || bits == 64; break;
  default: break;
  }
  if (layout->photometric == PHOTOMETRIC_PALETTE) {
    can = bits <= 8 && layout->format == SAMPLEFORMAT_UINT;
  }
  if (layout->photometric == PHOTOMETRIC_SEPARATED) {
    can = (bits == 8 || bits == 16) && layout->format == SAMPLEFORMAT_UINT;
  }
  if (!can) {
    return cv_fail(CVForeign, "TIFF of %d bits in sample format %d", bits, layout->format);
  }
  return must && !is_ranged ? cv_fail(CVNeedsRange, "%s integers of %d bits",
                                      layout->format == SAMPLEFORMAT_INT ? "signed" : "unsigned",
                                      bits)
                            : CVDone;
}

static CVStatus read_layout(TIFF *tiff, const CVReading *reading, Layout *layout) {
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout->width) ||
      !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout->height) || !layout->width ||
      !layout->height || layout->width > INT32_MAX || layout->height > INT32_MAX) {
    return cv_fail(CVFailed, "no size, or none that makes sense");
  }
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout->photometric)) {
    return cv_fail(CVFailed, "no photometric interpretation");
  }
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout->channels);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout->format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout->planes);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout->compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_INKSET, &layout->inks);
  if (layout->format == SAMPLEFORMAT_VOID) layout->format = SAMPLEFORMAT_UINT;
  CVStatus status = check_raw(tiff, layout);
  if (status != CVDone) return status;
  if (!is_read(layout->compression)) {
    return cv_fail(CVForeign, "TIFF of compression %d", layout->compression);
  }
  int colours = stored_colours(layout);
  if (!colours) {
    return cv_fail(CVForeign, "TIFF of photometric interpretation %d", layout->photometric);
  }
  if (layout->channels < colours) {
    return cv_fail(CVFailed, "%d channels, too few for its colours", layout->channels);
  }
  find_alpha(tiff, layout, colours);
  if (layout->photometric == PHOTOMETRIC_PALETTE) {
    if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &layout->red, &layout->green, &layout->blue)) {
      return cv_fail(CVFailed, "no palette");
    }
    // Old writers put 8 bits in the palette.
    layout->has_short_map = 1;
    for (int i = 0; layout->bits <= 8 && i < 1 << layout->bits; i++) {
      if ((layout->red[i] | layout->green[i] | layout->blue[i]) > 255) layout->has_short_map = 0;
    }
  }
  layout->low = reading->low < reading->high ? reading->low : 0;
  layout->high = reading->low < reading->high ? reading->high : 1;
  return check_numbers(layout, reading);
}

static int is_mapped(const Layout *layout) {
  return layout->format != SAMPLEFORMAT_UINT || layout->bits > 16;
}

// A number of up to 16 bits, which may begin anywhere in a byte.
static uint32_t packed(const uint8_t *row, uint64_t index, int bits) {
  if (bits == 8) return row[index];
  if (bits == 16) {
    uint16_t word;
    memcpy(&word, row + 2 * index, 2);
    return word;
  }
  uint32_t value = 0;
  for (uint64_t bit = index * bits, left = bits; left > 0;) {
    int within = bit % 8;
    int taken = 8 - within < (int)left ? 8 - within : (int)left;
    uint32_t part = (row[bit / 8] >> (8 - within - taken)) & ((1u << taken) - 1);
    value = value << taken | part;
    bit += taken;
    left -= taken;
  }
  return value;
}

static double half(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  double fraction = bits & 1023;
  double value = exponent == 31 ? (fraction ? NAN : INFINITY)
                 : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                : ldexp(fraction, -24);
  return bits >> 15 ? -value : value;
}

static double number(const uint8_t *row, uint64_t index, const Layout *layout) {
  union {
    int8_t i8;
    int16_t i16;
    int32_t i32;
    uint32_t u32;
    uint16_t u16;
    float f32;
    double f64;
  } value;
  size_t size = layout->bits / 8;
  memcpy(&value, row + index * size, size);
  if (layout->format == SAMPLEFORMAT_IEEEFP) {
    return size == 8 ? value.f64 : size == 4 ? value.f32 : half(value.u16);
  }
  if (layout->format == SAMPLEFORMAT_UINT) return value.u32;
  return size == 4 ? value.i32 : size == 2 ? value.i16 : value.i8;
}

// Black is 0 and white 1 of what lies in the range; the caller looks at the extremes.
static float mapped(double value, int is_colour, const Layout *layout, CVImage *out) {
  if (!isfinite(value)) {
    out->has_non_finite = 1;
    return 0;
  }
  if (is_colour) {
    if (value < out->lowest) out->lowest = value;
    if (value > out->highest) out->highest = value;
  }
  double position = (value - layout->low) / (layout->high - layout->low);
  position = position < 0 ? 0 : position > 1 ? 1 : position;
  return layout->photometric == PHOTOMETRIC_MINISWHITE && is_colour ? 1 - position : position;
}

// Writes one sample of a pixel; `at` counts samples.
static void put(Raw *raw, size_t at, int is_colour, const uint8_t *row, uint64_t index,
                const Layout *layout, CVImage *out) {
  if (raw->kind == CVFloats) {
    ((float *)raw->samples)[at] = mapped(number(row, index, layout), is_colour, layout, out);
    return;
  }
  uint32_t white = (1u << layout->bits) - 1;
  uint32_t value = packed(row, index, layout->bits);
  if (layout->photometric == PHOTOMETRIC_MINISWHITE && is_colour) value = white - value;
  if (raw->kind == CVWords) {
    ((uint16_t *)raw->samples)[at] = value;
  } else {
    ((uint8_t *)raw->samples)[at] = layout->bits == 8 ? value : (value * 255 + white / 2) / white;
  }
}

static void put_color(Raw *raw, size_t at, const uint8_t *row, uint64_t index,
                      const Layout *layout) {
  uint32_t color = packed(row, index, layout->bits);
  int shift = layout->has_short_map ? 0 : 8;
  uint8_t *samples = (uint8_t *)raw->samples + at;
  samples[0] = layout->red[color] >> shift;
  samples[1] = layout->green[color] >> shift;
  samples[2] = layout->blue[color] >> shift;
}

// Puts `count` pixels of a row of the file into a row of the image. A row holds the channels from
// `channel` on, `stride` of them a pixel.
static void put_row(Raw *raw, uint64_t y, uint64_t x, uint64_t count, const uint8_t *row,
                    int channel, int stride, const Layout *layout, CVImage *out) {
  int width = raw->colours + raw->has_alpha;
  int is_palette = layout->photometric == PHOTOMETRIC_PALETTE;
  int colours = is_palette ? 1 : raw->colours;
  size_t start = ((size_t)y * raw->width + x) * width;
  for (int c = channel; c < channel + stride; c++) {
    int is_colour = c < colours;
    if (!is_colour && (c != layout->alpha || !raw->has_alpha)) continue;
    size_t first = start + (is_colour ? c : raw->colours);
    for (uint64_t i = 0; i < count; i++) {
      uint64_t index = i * stride + (c - channel);
      if (is_palette && is_colour) {
        put_color(raw, first + i * width, row, index, layout);
      } else {
        put(raw, first + i * width, is_colour, row, index, layout, out);
      }
    }
  }
}

static CVStatus broken(const Memory *memory) {
  return cv_fail(CVFailed, "%s", memory->text[0] ? memory->text : "its data cannot be read");
}

static uint64_t row_bytes(uint64_t pixels, int channels, int bits) {
  return (pixels * channels * bits + 7) / 8;
}

static CVStatus read_strips(TIFF *tiff, Raw *raw, const Layout *layout, Memory *memory,
                            CVImage *out) {
  int is_separate = layout->planes == PLANARCONFIG_SEPARATE;
  int stride = is_separate ? 1 : layout->channels;
  int64_t size = TIFFScanlineSize64(tiff);
  if (size <= 0 || (uint64_t)size < row_bytes(layout->width, stride, layout->bits)) {
    return cv_fail(CVFailed, "its rows are too short");
  }
  uint8_t *row = g_try_malloc0((size_t)size);
  if (!row) return cv_fail(CVFailed, "out of memory");
  CVStatus status = CVDone;
  for (int plane = 0; plane < (is_separate ? layout->channels : 1); plane++) {
    for (uint32_t y = 0; status == CVDone && y < layout->height; y++) {
      if (TIFFReadScanline(tiff, row, y, plane) != 1 || memory->has_warned) {
        status = broken(memory);
      } else {
        put_row(raw, y, 0, layout->width, row, plane, stride, layout, out);
      }
    }
  }
  g_free(row);
  return status;
}

static CVStatus read_tiles(TIFF *tiff, Raw *raw, const Layout *layout, Memory *memory,
                           const CVReading *reading, CVImage *out) {
  int is_separate = layout->planes == PLANARCONFIG_SEPARATE;
  int stride = is_separate ? 1 : layout->channels;
  uint32_t height = 0, width = 0;
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
  uint64_t size = TIFFTileSize64(tiff), row = TIFFTileRowSize64(tiff);
  if (!height || !width || !row || row < row_bytes(width, stride, layout->bits) ||
      size / row < height) {
    return cv_fail(CVFailed, "its tiles make no sense");
  }
  out->bytes += size;
  if (size > (uint64_t)reading->max_bytes || out->bytes > reading->max_bytes) {
    return CVTooMuchMemory;
  }
  uint8_t *tile = g_try_malloc0((size_t)size);
  if (!tile) return cv_fail(CVFailed, "out of memory");
  CVStatus status = CVDone;
  for (int plane = 0; plane < (is_separate ? layout->channels : 1); plane++) {
    for (uint64_t top = 0; top < layout->height; top += height) {
      for (uint64_t left = 0; status == CVDone && left < layout->width; left += width) {
        if (TIFFReadTile(tiff, tile, left, top, 0, plane) < 0 || memory->has_warned) {
          status = broken(memory);
          break;
        }
        uint64_t columns = layout->width - left < width ? layout->width - left : width;
        for (uint64_t y = top; y < top + height && y < layout->height; y++) {
          put_row(raw, y, left, columns, tile + (y - top) * row, plane, stride, layout, out);
        }
      }
    }
  }
  g_free(tile);
  return status;
}

// Colours that are multiplied with their transparency already lie on black.
static void shape(Raw *raw, const Layout *layout, CVImage *out) {
  raw->height = layout->height;
  raw->width = layout->width;
  int is_palette = layout->photometric == PHOTOMETRIC_PALETTE;
  int stored = stored_colours(layout);
  raw->colours = is_palette ? 3 : stored;
  raw->has_alpha = layout->alpha >= 0 && !layout->is_associated;
  raw->kind = is_mapped(layout) ? CVFloats : layout->bits <= 8 || is_palette ? CVBytes : CVWords;
  raw->white = raw->kind == CVWords ? (1 << layout->bits) - 1 : raw->kind == CVBytes ? 255 : 1;
  out->left_out = layout->channels - stored - (layout->alpha >= 0);
}

static CVStatus read_page(TIFF *tiff, size_t count, const CVReading *reading, Memory *memory,
                          Raw *raw, CVImage *out) {
  Layout layout = {.bits = 1, .channels = 1, .format = SAMPLEFORMAT_UINT, .inks = INKSET_CMYK};
  CVStatus status = read_layout(tiff, reading, &layout);
  if (status != CVDone) return status;
  uint16_t orientation = 1;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  raw->orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  if (layout.photometric == PHOTOMETRIC_YCBCR) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  shape(raw, &layout, out);
  size_t pixel = (raw->colours + raw->has_alpha) * cv_size(raw->kind);
  double pixels = (double)layout.height * layout.width;
  int is_copied = raw->orientation > 1 || raw->colours == 4;
  status = cv_admit(reading, out, count, layout.height, layout.width,
                    pixels * pixel * (is_copied ? 2 : 1));
  if (status != CVDone) return status;
  if (raw->colours == 4) {
    uint32_t size = 0;
    void *profile = NULL;
    if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &size, &profile) && size && profile &&
        (raw->profile = g_try_malloc(size))) {
      memcpy(raw->profile, profile, size);
      raw->profile_size = size;
    }
  }
  raw->samples = g_try_malloc0((size_t)layout.height * layout.width * pixel);
  if (!raw->samples) return cv_fail(CVFailed, "out of memory");
  out->lowest = INFINITY;
  out->highest = -INFINITY;
  status = TIFFIsTiled(tiff) ? read_tiles(tiff, raw, &layout, memory, reading, out)
                             : read_strips(tiff, raw, &layout, memory, out);
  if (status == CVDone && !TIFFLastDirectory(tiff)) {
    out->pages = (int32_t)TIFFNumberOfDirectories(tiff);
  }
  return status;
}

CVStatus cv_decode_tiff(const uint8_t *bytes, size_t count, const CVReading *reading, Raw *raw,
                        CVImage *out) {
  Memory memory = {.bytes = bytes, .size = count};
  TIFF *tiff = TIFFClientOpen("TIFF", "r", &memory, read_bytes, write_nothing, seek_to,
                              close_nothing, size_of, map_bytes, unmap_nothing);
  if (!tiff) return broken(&memory);
  CVStatus status = read_page(tiff, count, reading, &memory, raw, out);
  TIFFClose(tiff);
  return status;
}

CVStatus cv_encode_numbers(const float *numbers, int32_t height, int32_t width,
                           const char *description, void **bytes, size_t *count) {
  CVStatus status = cv_ready();
  if (status != CVDone) return status;
  Memory memory = {0};
  TIFF *tiff = TIFFClientOpen("numbers", "wm", &memory, read_bytes, write_bytes, seek_to,
                              close_nothing, size_of, map_bytes, unmap_nothing);
  if (!tiff) return cv_fail(CVFailed, "%s", memory.text);
  tmsize_t size = (tmsize_t)height * width * sizeof(float);
  // Every reader knows one strip of numbers that are not compressed.
  int is_written = TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width) &&
                   TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height) &&
                   TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, height) &&
                   TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 32) &&
                   TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1) &&
                   TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP) &&
                   TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK) &&
                   TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE) &&
                   TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, description) &&
                   TIFFWriteEncodedStrip(tiff, 0, (void *)numbers, size) == size &&
                   TIFFWriteDirectory(tiff);
  TIFFClose(tiff);
  if (!is_written || memory.text[0]) {
    g_free(memory.own);
    return cv_fail(CVFailed, "%s", memory.text);
  }
  *bytes = memory.own;
  *count = memory.size;
  return CVDone;
}
