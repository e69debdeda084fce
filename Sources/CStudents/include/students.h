/* Visual anomaly detection for programs in C, C++, C# and whatever else calls C.
 *
 * A model that `students train` wrote is opened once and inspects any number of images, which come as
 * pixels in memory. A verdict is that of `students inspect` on a PNG file of the same pixels, bit for bit.
 *
 * Threads. All functions may be called from any thread, one model from several at once. A model maps one
 * image at a time, and uses several cores for it; calls wait for each other. A call blocks until it is
 * done.
 *
 * Errors. Functions that can fail return a students_status; after any but STUDENTS_OK,
 * students_last_error() says what is wrong on the same thread. Nothing is thrown, printed, or ends the
 * program, and a failed call leaves NULL where its answer would be. What no library can see is the
 * caller's to keep right: pointers that point to what they should, pixels that are all there.
 *
 * Ownership. What students_open() and students_inspect() give belongs to the caller, until
 * students_free() and students_result_free(). Everything else that is pointed to belongs to one of these.
 * Pixels, paths and options are copied; the caller may free them after the call.
 *
 * Options. NULL stands for all defaults, and so does 0 in each field but struct_size, which is the size of
 * the struct and tells its version; STUDENTS_OPEN_OPTIONS and STUDENTS_INSPECT_OPTIONS set it.
 *
 * Texts are UTF-8 and end with a zero.
 */
#ifndef STUDENTS_H
#define STUDENTS_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows where programs must be compiled again. New functions, and new fields at the end of options, infos
 * and results, do not change it. */
#define STUDENTS_ABI_VERSION 1

/* The version of the library that is loaded; compare it with STUDENTS_ABI_VERSION. */
int32_t students_abi_version(void);

/* ---- Errors ---- */

typedef int32_t students_status;
enum {
  STUDENTS_OK = 0,
  /* An argument makes no sense, or asks for what this machine has not. */
  STUDENTS_BAD_ARGUMENT = 1,
  /* The model cannot be read, or not be used so. */
  STUDENTS_BAD_MODEL = 2,
  /* The model cannot look at such an image: its size, or samples outside of the range of values. */
  STUDENTS_BAD_IMAGE = 3,
  /* It could not be computed; memory did not suffice, perhaps. There is no decision. */
  STUDENTS_FAILED = 4
};

/* What was wrong in the last call on this thread that failed: one line, empty before the first. The text
 * stays until another call fails on the thread. */
const char *students_last_error(void);

/* ---- Models ---- */

/* An open model. The number is no address and is never used again: with a closed model, functions fail. */
typedef struct students_model students_model;

typedef struct students_open_options {
  /* sizeof(students_open_options). */
  size_t struct_size;
  /* Where to compute: "cpu", "cuda", "cuda:1" or "mps"; NULL for a graphics card where there is one. */
  const char *device;
  /* "fp32", "tf32" or "bf16", and "strided" or "full": an execution that the model is calibrated for; NULL
   * for its own. */
  const char *precision;
  const char *density;
  /* The most pixels that an image may have; 0 for 268,435,456. */
  int64_t max_pixels;
  /* Threads of the processor for one image, 1 to 1024; 0 for one a core. Of several models the last one
   * opened decides. */
  int32_t threads;
  /* 0. */
  int32_t reserved;
} students_open_options;

#define STUDENTS_OPEN_OPTIONS {sizeof(students_open_options), NULL, NULL, NULL, 0, 0, 0}

/* Reads a .students file and readies it, which takes seconds.
 *
 * path     the file
 * options  or NULL
 * model    is set to the model, to be closed with students_free(); NULL where it fails */
students_status students_open(const char *path, const students_open_options *options,
                              students_model **model);

/* Closes a model; NULL and closed ones are ignored. Inspections that are under way end well. */
void students_free(students_model *model);

typedef struct students_model_info {
  /* What tells the model and its calibration from all others, 64 hexadecimal digits; "model" in the JSON of
   * `students inspect`. */
  const char *fingerprint;
  /* The method, such as "students", and the version of the package that trained it. */
  const char *method;
  const char *version;
  /* Where and how it computes; density is "" for methods that leave no choice. */
  const char *device;
  const char *precision;
  const char *density;
  /* The rate of false alarms that 0 stands for, and the least that can be promised, in 0 to 1. */
  double default_false_alarms;
  double least_false_alarms;
  /* The samples that are black and white in images of 16 bits. */
  double value_low;
  double value_high;
  /* The score above which an image is anomalous by the default rate. */
  float threshold;
  /* The side of maps, in pixels. */
  int32_t map_side;
  /* The good images that it is calibrated on. */
  int32_t calibration_images;
  /* 0. */
  int32_t reserved;
} students_model_info;

/* Sets `info` to what a model is; that is valid until the model is closed. */
students_status students_info(const students_model *model, const students_model_info **info);

/* ---- Images ---- */

typedef int32_t students_format;
enum {
  STUDENTS_GREY8 = 1,
  STUDENTS_RGB8 = 2,
  STUDENTS_BGR8 = 3,
  /* Alpha is how much a pixel covers, over black; colours are not multiplied with it yet. A camera whose
   * fourth byte means nothing must set it to 255. */
  STUDENTS_RGBA8 = 4,
  STUDENTS_BGRA8 = 5,
  /* 16 bits in the order of the machine's bytes; value_low is black and value_high white, and a sample
   * outside of them is an error. */
  STUDENTS_GREY16 = 6,
  STUDENTS_RGB16 = 7
};

typedef int32_t students_map_size;
enum {
  STUDENTS_NO_MAP = 0,
  /* As it was computed, map_side x map_side. */
  STUDENTS_MODEL_MAP = 1,
  /* A score for every pixel of the image. */
  STUDENTS_IMAGE_MAP = 2
};

typedef struct students_inspect_options {
  /* sizeof(students_inspect_options). */
  size_t struct_size;
  /* The share of good images that may be called anomalous, above 0 and at most 1; 0 for the model's. */
  double false_alarms;
  /* Whether scores of pixels are wanted. */
  students_map_size map;
  /* Not 0 where regions are not wanted. */
  int32_t omit_regions;
} students_inspect_options;

#define STUDENTS_INSPECT_OPTIONS {sizeof(students_inspect_options), 0, STUDENTS_NO_MAP, 0}

/* ---- Verdicts ---- */

/* In pixels; x counts from the left, y from the top, both from 0. */
typedef struct students_rectangle {
  int32_t x, y, width, height;
} students_rectangle;

/* A connected part of the image whose pixels all score above the level. */
typedef struct students_region {
  /* The box around it, in pixels of the image. */
  int32_t x, y, width, height;
  /* About how many pixels of the image it covers. */
  int64_t area;
  /* Its highest score, and the pixel of the image that has it. */
  float peak;
  int32_t peak_x, peak_y;
  /* 0. */
  int32_t reserved;
} students_region;

typedef struct students_result {
  /* The decision: 1 where score > threshold, otherwise 0. */
  int32_t is_anomalous;
  /* The mean score of the pixels that stand out most; it has no unit, and means nothing for other models. */
  float score;
  float threshold;
  /* Of `regions`; 0 where they were not wanted. */
  int32_t region_count;
  /* An upper bound for the share of good images that score at least as high, in 0 to 1. */
  double p_value;
  /* The share of good images that the threshold calls anomalous at most, on average over
   * calibrations. */
  double false_alarms;
  /* The share of the inspected area whose pixels never decide; mostly 0. */
  double ignored;
  /* Sides of the image in pixels. */
  int32_t width, height;
  /* The part of the image that was inspected; mostly all of it. */
  students_rectangle looked_at;
  /* The worst first; NULL where there is none. */
  const students_region *regions;
  /* Why the image is unlike the good ones as a whole, a reason a line; mostly "". Look at such an image: what
   * is missing from it no pixel shows. */
  const char *unlike;
  /* map_height x map_width scores, row by row without gaps; NULL where it was not wanted. */
  const float *map;
  int32_t map_height, map_width;
  /* The inspected area within the map; pixels outside never decide. */
  students_rectangle map_part;
  /* Pixels that score above this are marked. That is the same for all images, but for an anomalous image
   * none of whose pixels stands out so far, and a good one of which single pixels do. */
  float level;
  /* 0. */
  int32_t reserved;
} students_result;

/* Decides about an image.
 *
 * model       an open model
 * pixels      the first sample of the top row
 * width       pixels in a row
 * height      rows
 * row_stride  bytes from the start of a row to that of the next, at least those of its pixels; 0 for rows
 *             without gaps
 * format      one of STUDENTS_GREY8 to STUDENTS_RGB16
 * options     or NULL
 * result      is set to the verdict, to be freed with students_result_free(); NULL where it fails */
students_status students_inspect(const students_model *model, const void *pixels, int32_t width,
                                 int32_t height, int64_t row_stride, students_format format,
                                 const students_inspect_options *options,
                                 students_result **result);

/* Frees a verdict and all that it points to, once; NULL is ignored. It may outlive its model. */
void students_result_free(students_result *result);

#ifdef __cplusplus
}
#endif
#endif
