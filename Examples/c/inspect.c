/* Inspects images in the form of binary PPM (P6, 8 bits): ./inspect MODEL.students IMAGE.ppm...
 * Ends with 0 if all are good, 1 if one is anomalous, 2 if one could not be inspected. */
#include <stdio.h>
#include <stdlib.h>

#include "students.h"

static unsigned char *read_ppm(const char *path, int *width, int *height) {
  unsigned char *pixels = NULL;
  FILE *file = fopen(path, "rb");
  if (file && fscanf(file, "P6 %5d %5d 255", width, height) == 2 && *width > 0 && *height > 0) {
    size_t count = (size_t)*width * *height * 3;
    fgetc(file);
    pixels = malloc(count);
    if (pixels && fread(pixels, 1, count, file) != count) free(pixels), pixels = NULL;
  }
  if (file) fclose(file);
  return pixels;
}

int main(int count, char **arguments) {
  students_model *model;
  int status = 0;
  if (count < 3) return fprintf(stderr, "usage: inspect MODEL.students IMAGE.ppm...\n"), 2;
  if (students_open(arguments[1], NULL, &model)) return fprintf(stderr, "%s\n", students_last_error()), 2;
  for (int i = 2; i < count; i++) {
    int width, height;
    students_result *result = NULL;
    unsigned char *pixels = read_ppm(arguments[i], &width, &height);
    if (!pixels) {
      fprintf(stderr, "%s: no binary PPM of 8 bits\n", arguments[i]);
    } else if (students_inspect(model, pixels, width, height, 0, STUDENTS_RGB8, NULL, &result)) {
      fprintf(stderr, "%s: %s\n", arguments[i], students_last_error());
    } else {
      printf("%s  %.9g  p %.9g  %s\n", result->is_anomalous ? "anomalous" : "good", result->score,
             result->p_value, arguments[i]);
      for (int r = 0; r < result->region_count; r++) {
        const students_region *region = &result->regions[r];
        printf("  %dx%d at %d,%d  peak %.9g\n", region->width, region->height, region->x, region->y,
               region->peak);
      }
    }
    if (!result) status = 2;
    else if (result->is_anomalous && status == 0) status = 1;
    students_result_free(result);
    free(pixels);
  }
  students_free(model);
  return status;
}
