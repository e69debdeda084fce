// A library to preload (LD_PRELOAD) that makes one call to the system fail, or ends the program there.
//
//   FAULT_UNDER   calls on files below this folder are counted, from 1
//   FAULT_AT      the call that fails; 0 or none: all succeed
//   FAULT_CALL    only calls of this name are counted, such as rename
//   FAULT_NAME    only calls on files whose path ends so are counted
//   FAULT_HOW     the error, ENOSPC or EIO (which a read always gets); or a signal, KILL or INT.
//                 A write that is killed has written half of its bytes
//   FAULT_LOG     each counted call is appended to this file: its number, name and path
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static int ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && !strcmp(text + length - tail, end);
}

/// Whether this call is the one that fails; errno says why. Counts and logs it.
static int fails(const char *call, const char *path, int reads) {
  const char *under = setting("FAULT_UNDER"), *only = setting("FAULT_CALL");
  size_t length = strlen(under);
  if (!length || strncmp(path, under, length) || (path[length] && path[length] != '/')) return 0;
  if (*only && strcmp(only, call)) return 0;
  if (!ends_with(path, setting("FAULT_NAME"))) return 0;
  long number = atomic_fetch_add(&calls, 1) + 1;
  const char *log = setting("FAULT_LOG"), *how = setting("FAULT_HOW");
  if (*log) {
    char line[4400];
    int count = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
    int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (file >= 0) {
      syscall(SYS_write, file, line, (size_t)count);
      syscall(SYS_close, file);
    }
  }
  if (number != atol(setting("FAULT_AT"))) return 0;
  if (!strcmp(how, "INT")) {
    kill(getpid(), SIGINT);
    return 0;
  }
  errno = !strcmp(how, "ENOSPC") && !reads ? ENOSPC : EIO;
  return 1;
}

/// Ends the program where that is asked for.
static void end_if_asked(void) {
  if (!strcmp(setting("FAULT_HOW"), "KILL")) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
}

static int path_fails(const char *call, int folder, const char *path, int reads) {
  char whole[4200], base[2100];
  if (path && path[0] != '/') {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t count = folder == AT_FDCWD ? (getcwd(base, sizeof base) ? (ssize_t)strlen(base) : -1)
                                       : readlink(link, base, sizeof base - 1);
    if (count < 0) return 0;
    base[count] = 0;
    snprintf(whole, sizeof whole, "%s/%s", base, path);
    path = whole;
  }
  if (!path || !fails(call, path, reads)) return 0;
  end_if_asked();
  return 1;
}

static int is_file(int file, char path[4200]) {
  struct stat status;
  if (fstat(file, &status) || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = readlink(link, path, 4199);
  if (count < 0) return 0;
  path[count] = 0;
  return 1;
}

static int file_fails(const char *call, int file, int reads) {
  char path[4200];
  int before = errno;
  if (is_file(file, path) && fails(call, path, reads)) return 1;
  errno = before;
  return 0;
}

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

static const char *opening(int flags) {
  return flags & (O_CREAT | O_WRONLY | O_RDWR) ? "create" : "open";
}
static int only_reads(int flags) { return !(flags & (O_CREAT | O_WRONLY | O_RDWR)); }

#define MODE                                 \
  mode_t mode = 0;                           \
  if (flags & (O_CREAT | O_TMPFILE)) {       \
    va_list rest;                            \
    va_start(rest, flags);                   \
    mode = va_arg(rest, mode_t);             \
    va_end(rest);                            \
  }

int open(const char *path, int flags, ...) {
  MODE;
  if (path_fails(opening(flags), AT_FDCWD, path, only_reads(flags))) return -1;
  return NEXT(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE;
  if (path_fails(opening(flags), AT_FDCWD, path, only_reads(flags))) return -1;
  return NEXT(open64)(path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
  MODE;
  if (path_fails(opening(flags), folder, path, only_reads(flags))) return -1;
  return NEXT(openat)(folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) {
  MODE;
  if (path_fails(opening(flags), folder, path, only_reads(flags))) return -1;
  return NEXT(openat64)(folder, path, flags, mode);
}
FILE *fopen(const char *path, const char *mode) {
  int reads = *mode == 'r' && !strchr(mode, '+');
  if (path_fails(reads ? "open" : "create", AT_FDCWD, path, reads)) return NULL;
  return NEXT(fopen)(path, mode);
}
FILE *fopen64(const char *path, const char *mode) {
  int reads = *mode == 'r' && !strchr(mode, '+');
  if (path_fails(reads ? "open" : "create", AT_FDCWD, path, reads)) return NULL;
  return NEXT(fopen64)(path, mode);
}

ssize_t read(int file, void *bytes, size_t count) {
  if (file_fails("read", file, 1)) return end_if_asked(), -1;
  return NEXT(read)(file, bytes, count);
}
ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
  if (file_fails("read", file, 1)) return end_if_asked(), -1;
  return NEXT(pread)(file, bytes, count, offset);
}
ssize_t pread64(int file, void *bytes, size_t count, off64_t offset) {
  if (file_fails("read", file, 1)) return end_if_asked(), -1;
  return NEXT(pread64)(file, bytes, count, offset);
}
size_t fread(void *bytes, size_t size, size_t count, FILE *file) {
  if (file_fails("read", fileno(file), 1)) return end_if_asked(), 0;
  return NEXT(fread)(bytes, size, count, file);
}

ssize_t write(int file, const void *bytes, size_t count) {
  if (!file_fails("write", file, 0)) return NEXT(write)(file, bytes, count);
  int error = errno;
  if (!strcmp(setting("FAULT_HOW"), "KILL")) NEXT(write)(file, bytes, count / 2);
  end_if_asked();
  errno = error;
  return -1;
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  if (file_fails("write", file, 0)) return end_if_asked(), -1;
  return NEXT(pwrite)(file, bytes, count, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  if (file_fails("write", file, 0)) return end_if_asked(), -1;
  return NEXT(pwrite64)(file, bytes, count, offset);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
  if (file_fails("write", file, 0)) return end_if_asked(), -1;
  return NEXT(writev)(file, parts, count);
}
int fsync(int file) {
  if (file_fails("fsync", file, 0)) return end_if_asked(), -1;
  return NEXT(fsync)(file);
}
int fdatasync(int file) {
  if (file_fails("fsync", file, 0)) return end_if_asked(), -1;
  return NEXT(fdatasync)(file);
}

int rename(const char *from, const char *to) {
  if (path_fails("rename", AT_FDCWD, to, 0)) return -1;
  return NEXT(rename)(from, to);
}
int renameat(int old, const char *from, int folder, const char *to) {
  if (path_fails("rename", folder, to, 0)) return -1;
  return NEXT(renameat)(old, from, folder, to);
}
int renameat2(int old, const char *from, int folder, const char *to, unsigned flags) {
  if (path_fails("rename", folder, to, 0)) return -1;
  return NEXT(renameat2)(old, from, folder, to, flags);
}
int link(const char *from, const char *to) {
  if (path_fails("link", AT_FDCWD, to, 0)) return -1;
  return NEXT(link)(from, to);
}
int mkdir(const char *path, mode_t mode) {
  if (path_fails("mkdir", AT_FDCWD, path, 0)) return -1;
  return NEXT(mkdir)(path, mode);
}
int unlink(const char *path) {
  if (path_fails("unlink", AT_FDCWD, path, 0)) return -1;
  return NEXT(unlink)(path);
}
int unlinkat(int folder, const char *path, int flags) {
  if (path_fails("unlink", folder, path, 0)) return -1;
  return NEXT(unlinkat)(folder, path, flags);
}
