/// Requests by HTTP and HTTPS (libcurl). What answers is not trusted.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Sends `count` bytes by POST, with header lines of which the last is NULL. Redirects are not followed, and
/// what is answered beyond the status is not kept.
///
/// Returns NULL and the status of the answer, or why there is none, in words that live until the program ends.
const char *ct_post(const char *url, const void *body, size_t count, const char *const *headers,
                    double seconds, long *status);

/// Connections that are kept from one request to the next; for one thread at a time.
typedef struct CTConnections CTConnections;

/// Returns NULL for want of memory.
CTConnections *ct_open(void);
void ct_close(CTConnections *connections);

/// What is asked for. Texts that are NULL are not used.
typedef struct {
  const char *url;
  /// How many redirects are followed, never from HTTPS to HTTP; with a signature give 0.
  long redirects;
  /// The region for which the request is signed as one of S3 (AWS Signature Version 4), and by whom.
  const char *region;
  const char *access_key;
  const char *secret_key;
  const char *session_token;
  /// A file with the certificates of authorities, in place of the system's.
  const char *certificates;
  /// The most bytes of an answer.
  int64_t limit;
  double connect_seconds;
  /// How long a transfer may bring less than 1,000 bytes a second.
  double stall_seconds;
  double seconds;
  /// Whether a connection is made for it, whichever there are.
  int connects;
} CTRequest;

/// Who gets the bytes of an answer; both functions are called by the thread that asks.
typedef struct {
  void *context;
  /// Takes bytes of an answer that brings what was asked for; 0 ends the transfer.
  int (*take)(void *context, const void *bytes, size_t count);
  /// Asked about once a second, and more often while bytes come; 0 ends the transfer.
  int (*goes_on)(void *context);
} CTReceiver;

typedef enum {
  /// There is an answer with a status, complete where the status is one of success.
  CTAnswered,
  /// No answer, or half of one; another try may help.
  CTBroken,
  CTTooSlow,
  CTTooLong,
  /// The receiver has ended it.
  CTEnded,
  /// The certificate is not one of a known authority for this host.
  CTUntrusted,
  /// There are no certificates of authorities in their file, or no such file.
  CTNoCertificates,
  /// Too many redirects, or one to what is neither HTTP nor HTTPS, from HTTPS to HTTP, with a user in
  /// it, or one that cannot be read.
  CTAstray,
  /// What answers is not HTTP, or breaks its rules.
  CTNoWebServer,
  /// A proxy does not connect; the status is its own.
  CTProxy,
  /// The address cannot be read.
  CTMalformed,
  CTFailed
} CTOutcome;

typedef struct {
  CTOutcome outcome;
  long status;
  /// After how many seconds to try again; 0 where the server does not say it.
  int64_t retry_after;
  /// Whether a connection was made to where the last redirect leads, and whether to any server.
  int connected;
  int has_connected;
  /// What libcurl says; it lives until the program ends.
  const char *reason;
  /// The region of the bucket, where the server tells it.
  char region[64];
  /// The beginning of what is answered with another status than success.
  char details[1024];
} CTAnswer;

/// Asks by GET, and waits for the answer.
CTAnswer ct_get(CTConnections *connections, const CTRequest *request, const CTReceiver *receiver);

#ifdef __cplusplus
}
#endif
