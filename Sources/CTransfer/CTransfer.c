#include "CTransfer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static void start(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

static CURL *opened(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start);
  return curl_easy_init();
}

// What both kinds of requests have in common. Fails for want of memory.
static CURLcode set_common(CURL *curl, const char *url, double seconds) {
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(seconds * 1000));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "students");
#if CURL_AT_LEAST_VERSION(7, 85, 0)
  CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  return code != CURLE_OK ? code : curl_easy_setopt(curl, CURLOPT_URL, url);
}

// Without signals libcurl lets OpenSSL write to connections that are gone, which would end a program that does not
// ignore SIGPIPE.
//
// An answer whose head breaks off is none, although libcurl takes it for one; `note_head` tells.
static CURLcode performed(CURL *curl, int *has_head) {
  *has_head = 0;
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  int was_pending = sigismember(&pending, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  CURLcode code = curl_easy_perform(curl);
  sigpending(&pending);
  if (!was_pending && sigismember(&pending, SIGPIPE)) {
    // One to the whole process may be gone to another thread by now: it is not waited for.
    struct timespec none = {0, 0};
    sigtimedwait(&pipe, NULL, &none);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return code == CURLE_OK && !*has_head ? CURLE_PARTIAL_FILE : code;
}

// Notes where the head of an answer begins and ends.
static void note_head(int *has_head, const char *line, size_t count) {
  if (count >= 5 && memcmp(line, "HTTP/", 5) == 0) *has_head = 0;
  if ((count == 1 || count == 2) && line[count - 1] == '\n') *has_head = 1;
}

// The list with a line more; NULL, and the list freed, for want of memory.
static struct curl_slist *with(struct curl_slist *lines, const char *line) {
  struct curl_slist *longer = curl_slist_append(lines, line);
  if (!longer) curl_slist_free_all(lines);
  return longer;
}

// MARK: POST

// An answer is read to its end, and forgotten; one that is long is not read on.
static size_t forget(char *bytes, size_t size, size_t count, void *seen) {
  (void)bytes;
  *(size_t *)seen += size * count;
  return *(size_t *)seen > 1 << 20 ? CURL_WRITEFUNC_ERROR : size * count;
}

static size_t forget_header(char *line, size_t size, size_t count, void *has_head) {
  note_head(has_head, line, size * count);
  return size * count;
}

const char *ct_post(const char *url, const void *body, size_t count, const char *const *headers,
                    double seconds, long *status) {
  *status = 0;
  CURL *curl = opened();
  // Without this some receivers would be asked first whether the body may come.
  struct curl_slist *lines = curl ? with(NULL, "Expect:") : NULL;
  for (; lines && *headers; headers++) lines = with(lines, *headers);
  if (!lines) {
    if (curl) curl_easy_cleanup(curl);
    return curl_easy_strerror(CURLE_OUT_OF_MEMORY);
  }
  size_t seen = 0;
  int has_head = 0;
  CURLcode code = set_common(curl, url, seconds);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &seen);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, forget_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &has_head);
  if (code == CURLE_OK) code = performed(curl, &has_head);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
  curl_slist_free_all(lines);
  curl_easy_cleanup(curl);
  return code == CURLE_OK ? NULL : curl_easy_strerror(code);
}

// MARK: GET

struct CTConnections {
  CURL *curl;
};

CTConnections *ct_open(void) {
  CTConnections *connections = calloc(1, sizeof *connections);
  if (connections && !(connections->curl = opened())) {
    free(connections);
    return NULL;
  }
  return connections;
}

void ct_close(CTConnections *connections) {
  curl_easy_cleanup(connections->curl);
  free(connections);
}

// What is known of an answer while it comes.
typedef struct {
  CURL *curl;
  const CTReceiver *receiver;
  int64_t limit, seen, header_seen;
  int was_too_long, was_ended, was_broken, was_astray, has_head;
  size_t detail_count;
  CTAnswer *answer;
} Coming;

static int is_success(long status) { return status >= 200 && status < 300; }
static int is_redirect(long status) { return status >= 300 && status < 400; }

static size_t take(char *bytes, size_t size, size_t count, void *context) {
  Coming *coming = context;
  CTAnswer *answer = coming->answer;
  long status = 0;
  count *= size;
  curl_easy_getinfo(coming->curl, CURLINFO_RESPONSE_CODE, &status);
  coming->seen += (int64_t)count;
  if (!is_success(status)) {
    size_t room = sizeof answer->details - 1 - coming->detail_count;
    size_t kept = count < room ? count : room;
    memcpy(answer->details + coming->detail_count, bytes, kept);
    coming->detail_count += kept;
    // Read on, so that the connection can be kept, but not for long; a redirect is followed from its end.
    return coming->seen > (is_redirect(status) ? 1 << 20 : 1 << 16) ? CURL_WRITEFUNC_ERROR : count;
  }
  if (coming->seen > coming->limit) {
    coming->was_too_long = 1;
    return CURL_WRITEFUNC_ERROR;
  }
  if (coming->receiver->take(coming->receiver->context, bytes, count)) return count;
  coming->was_ended = 1;
  return CURL_WRITEFUNC_ERROR;
}

static size_t take_header(char *line, size_t size, size_t count, void *context) {
  static const char name[] = "x-amz-bucket-region:";
  Coming *coming = context;
  char *region = coming->answer->region;
  count *= size;
  note_head(&coming->has_head, line, count);
  // Those behind the body, too, which no length announces; libcurl keeps them all.
  coming->header_seen += (int64_t)count;
  if (coming->header_seen > 1 << 20) {
    coming->was_broken = 1;
    return 0;
  }
  if (count < sizeof name || strncasecmp(line, name, sizeof name - 1) != 0) return count;
  size_t kept = 0;
  for (size_t place = sizeof name - 1; place < count && kept < sizeof((CTAnswer *)0)->region - 1; place++) {
    char letter = line[place];
    int is_part = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
    if (is_part) region[kept++] = letter;
  }
  region[kept] = 0;
  return count;
}

static int go_on(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
  (void)a, (void)b, (void)c, (void)d;
  Coming *coming = context;
  if (coming->receiver->goes_on(coming->receiver->context)) return 0;
  coming->was_ended = 1;
  return 1;
}

static CTOutcome outcome(CURLcode code, const Coming *coming) {
  if (coming->was_ended) return CTEnded;
  if (coming->was_too_long) return CTTooLong;
  if (coming->was_broken) return CTNoWebServer;
  if (coming->was_astray) return CTAstray;
  switch (code) {
    case CURLE_OK: return CTAnswered;
    // The end of a long answer that brings nothing was not read.
    case CURLE_WRITE_ERROR: return CTAnswered;
    case CURLE_FILESIZE_EXCEEDED: return CTTooLong;
    case CURLE_OPERATION_TIMEDOUT: return CTTooSlow;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: {
      long proxy = 0;
      curl_easy_getinfo(coming->curl, CURLINFO_HTTP_CONNECTCODE, &proxy);
      return proxy == 0 || is_success(proxy) ? CTBroken : CTProxy;
    }
    case CURLE_PEER_FAILED_VERIFICATION: return CTUntrusted;
    case CURLE_SSL_CACERT_BADFILE: return CTNoCertificates;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: {
      // What is not HTTP on a connection that was used before may be what the last answer had too much.
      long made = 0;
      curl_easy_getinfo(coming->curl, CURLINFO_NUM_CONNECTS, &made);
      return made > 0 ? CTNoWebServer : CTBroken;
    }
    case CURLE_URL_MALFORMAT: return CTMalformed;
    default: return CTFailed;
  }
}

static int is_secure(const char *url) { return strncasecmp(url, "https://", 8) == 0; }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// Asks, and asks again where an answer leads. libcurl would be told once for all of them which schemes are taken, and
// go from HTTPS to HTTP where the first address is HTTP.
static CURLcode followed(CURL *curl, const CTRequest *request, Coming *coming) {
  double end = now() + request->seconds;
  int was_secure = is_secure(request->url);
  for (long redirects = 0;; redirects++) {
    CURLcode code = performed(curl, &coming->has_head);
    double connected = 0;
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME, &connected);
    coming->answer->connected = connected > 0;
    coming->answer->has_connected |= connected > 0;
    // An address that a server has given is not the user's.
    if (redirects > 0 && (code == CURLE_URL_MALFORMAT || code == CURLE_LOGIN_DENIED)) coming->was_astray = 1;
    char *next = NULL;
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &next);
    if (code != CURLE_OK || request->redirects == 0 || !next) return code;
    int is_taken = is_secure(next) || (!was_secure && strncasecmp(next, "http://", 7) == 0);
    if (redirects == request->redirects || !is_taken) {
      coming->was_astray = 1;
      return code;
    }
    double left = end - now();
    if (left < 0.001) return CURLE_OPERATION_TIMEDOUT;
    was_secure = is_secure(next);
    coming->seen = 0;
    coming->detail_count = 0;
    memset(coming->answer->details, 0, sizeof coming->answer->details);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(left * 1000));
    code = curl_easy_setopt(curl, CURLOPT_URL, next);
    if (code != CURLE_OK) return code;
  }
}

// Signs as S3 wants it: libcurl 7.88 leaves out the header with the digest of the body, which S3 insists on, but signs
// it where it is there. Fails for want of memory: what is not signed must not go out.
static CURLcode set_signature(CURL *curl, const CTRequest *request, struct curl_slist **lines) {
  if (!request->region) return CURLE_OK;
  char scheme[128] = "aws:amz:";
  strncat(scheme, request->region, 64);
  strcat(scheme, ":s3");
  *lines = with(NULL, "x-amz-content-sha256: "
                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  if (*lines && request->session_token) {
    static const char name[] = "x-amz-security-token: ";
    char *line = malloc(sizeof name + strlen(request->session_token));
    if (line) *lines = with(*lines, strcat(strcpy(line, name), request->session_token));
    int is_whole = line && *lines;
    free(line);
    if (!is_whole) return CURLE_OUT_OF_MEMORY;
  }
  if (!*lines) return CURLE_OUT_OF_MEMORY;
  CURLcode code = curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, scheme);
  if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_USERNAME, request->access_key);
  if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_PASSWORD, request->secret_key);
  if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *lines);
  return code;
}

CTAnswer ct_get(CTConnections *connections, const CTRequest *request, const CTReceiver *receiver) {
  CTAnswer answer = {CTFailed, 0};
  CURL *curl = connections->curl;
  Coming coming = {.curl = curl, .receiver = receiver, .limit = request->limit, .answer = &answer};
  struct curl_slist *lines = NULL;
  // Options go, connections stay.
  curl_easy_reset(curl);
  CURLcode code = set_common(curl, request->url, request->seconds);
  // Nor does a server give a login for another one.
  curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // A key of S3 may have dots between its slashes.
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(request->connect_seconds * 1000));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1000L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)request->stall_seconds);
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->limit);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, request->connects ? 1L : 0L);
  if (code == CURLE_OK && request->certificates) {
    code = curl_easy_setopt(curl, CURLOPT_CAINFO, request->certificates);
  }
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &coming);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &coming);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &coming);
  if (code == CURLE_OK) code = set_signature(curl, request, &lines);
  if (code == CURLE_OK) code = followed(curl, request, &coming);
  answer.outcome = outcome(code, &coming);
  answer.reason = curl_easy_strerror(code);
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl, answer.outcome == CTProxy ? CURLINFO_HTTP_CONNECTCODE : CURLINFO_RESPONSE_CODE,
                    &answer.status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  answer.retry_after = retry_after;
  curl_easy_reset(curl);
  curl_slist_free_all(lines);
  return answer;
}
