#include "CPosting.h"

#include <curl/curl.h>
#include <pthread.h>

static void start(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

// An answer is read to its end, and forgotten; one that is long is not read on.
static size_t forget(char *bytes, size_t size, size_t count, void *seen) {
  (void)bytes;
  *(size_t *)seen += size * count;
  return *(size_t *)seen > 1 << 20 ? CURL_WRITEFUNC_ERROR : size * count;
}

const char *cp_post(const char *url, const void *body, size_t count, const char *const *headers,
                    double seconds, long *status) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start);
  *status = 0;
  CURL *curl = curl_easy_init();
  struct curl_slist *lines = NULL;
  for (const char *const *header = headers; curl && *header; header++) {
    struct curl_slist *longer = curl_slist_append(lines, *header);
    if (!longer) break;
    lines = longer;
  }
  // Without this some receivers would be asked first whether the body may come.
  struct curl_slist *all = curl ? curl_slist_append(lines, "Expect:") : NULL;
  if (!all) {
    curl_slist_free_all(lines);
    if (curl) curl_easy_cleanup(curl);
    return curl_easy_strerror(CURLE_OUT_OF_MEMORY);
  }
  size_t seen = 0;
  curl_easy_setopt(curl, CURLOPT_URL, url);
#if CURL_AT_LEAST_VERSION(7, 85, 0)
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, all);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(seconds * 1000));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "students");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &seen);
  CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
  curl_slist_free_all(all);
  curl_easy_cleanup(curl);
  return code == CURLE_OK ? NULL : curl_easy_strerror(code);
}
