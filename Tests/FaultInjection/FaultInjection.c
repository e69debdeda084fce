// A library to preload (LD_PRELOAD) that makes one call to the system fail, or ends the program there.
//
//   FAULT_UNDER   calls on files below these folders, with colons between, are counted, from 1
//   FAULT_AT      the call that fails; 0 or none: all succeed
//   FAULT_CALL    only calls of this name are counted, such as rename
//   FAULT_NAME    only calls on files whose path ends so are counted
//   FAULT_HOW     the error, ENOSPC or EIO (which a read always gets); or a signal, KILL or INT.
//                 A write that is killed has written half of its bytes
//   FAULT_LOG     each counted call is appended to this file: its number, name and path
//   FAULT_SERVER  two descriptors, such as 5,6: the program does not run, but copies of it do, one for
//                 each group of lines NAME=VALUE, ended by an empty line, that comes from the first;
//                 the status of each is answered on the second. The program's libraries are so loaded
//                 once. FAULT_FOLDER is where the copy runs, FAULT_ERRORS the file of what it says
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
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

/// Whether a path is below one of the folders.
static int is_under(const char *path) {
  for (const char *folder = setting("FAULT_UNDER"); *folder;) {
    size_t length = strcspn(folder, ":");
    if (length && !strncmp(path, folder, length) && (!path[length] || path[length] == '/')) return 1;
    folder += length + (folder[length] == ':');
  }
  return 0;
}

/// Whether this call is the one that fails; errno says why. Counts and logs it.
static int fails(const char *call, const char *path, int reads) {
  const char *only = setting("FAULT_CALL");
  if (!is_under(path)) return 0;
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
  int before = errno;
  if (path && path[0] != '/') {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    // The numbers, not the functions: those are below.
    ssize_t count = folder == AT_FDCWD ? syscall(SYS_getcwd, base, sizeof base) - 1
                                       : syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
    if (count < 0) return 0;
    base[count] = 0;
    snprintf(whole, sizeof whole, "%s/%s", base, path);
    path = whole;
  }
  if (!path || !fails(call, path, reads)) {
    errno = before;
    return 0;
  }
  end_if_asked();
  return 1;
}

static int is_file(int file, char path[4200]) {
  struct stat status;
  if (syscall(SYS_fstat, file, &status) || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = syscall(SYS_readlinkat, AT_FDCWD, link, path, 4199);
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
int rmdir(const char *path) {
  if (path_fails("unlink", AT_FDCWD, path, 0)) return -1;
  return NEXT(rmdir)(path);
}

int ftruncate(int file, off_t length) {
  if (file_fails("truncate", file, 0)) return end_if_asked(), -1;
  return NEXT(ftruncate)(file, length);
}
int ftruncate64(int file, off64_t length) {
  if (file_fails("truncate", file, 0)) return end_if_asked(), -1;
  return NEXT(ftruncate64)(file, length);
}
int fchmod(int file, mode_t mode) {
  if (file_fails("rights", file, 0)) return end_if_asked(), -1;
  return NEXT(fchmod)(file, mode);
}
int fchown(int file, uid_t user, gid_t group) {
  if (file_fails("rights", file, 0)) return end_if_asked(), -1;
  return NEXT(fchown)(file, user, group);
}
int flock(int file, int operation) {
  if (file_fails("lock", file, 1)) return end_if_asked(), -1;
  return NEXT(flock)(file, operation);
}

void *mmap(void *at, size_t count, int rights, int flags, int file, off_t offset) {
  if (!(flags & MAP_ANONYMOUS) && file_fails("read", file, 1)) return end_if_asked(), MAP_FAILED;
  return (void *)syscall(SYS_mmap, at, count, rights, flags, file, offset);
}
void *mmap64(void *at, size_t count, int rights, int flags, int file, off64_t offset) {
  return mmap(at, count, rights, flags, file, offset);
}

DIR *opendir(const char *path) {
  if (path_fails("open", AT_FDCWD, path, 1)) return NULL;
  return NEXT(opendir)(path);
}
// The system is asked at the start of a folder, and at its end.
struct dirent *readdir(DIR *folder) {
  if (telldir(folder) == 0 && file_fails("list", dirfd(folder), 1)) return end_if_asked(), NULL;
  struct dirent *entry = NEXT(readdir)(folder);
  if (!entry && file_fails("list", dirfd(folder), 1)) end_if_asked();
  return entry;
}
struct dirent64 *readdir64(DIR *folder) { return (struct dirent64 *)readdir(folder); }

int stat(const char *path, struct stat *status) {
  if (path_fails("look", AT_FDCWD, path, 1)) return -1;
  return NEXT(stat)(path, status);
}
int stat64(const char *path, struct stat64 *status) { return stat(path, (struct stat *)status); }
int lstat(const char *path, struct stat *status) {
  if (path_fails("look", AT_FDCWD, path, 1)) return -1;
  return NEXT(lstat)(path, status);
}
int lstat64(const char *path, struct stat64 *status) { return lstat(path, (struct stat *)status); }
int fstat(int file, struct stat *status) {
  if (file_fails("look", file, 1)) return end_if_asked(), -1;
  return NEXT(fstat)(file, status);
}
int fstat64(int file, struct stat64 *status) { return fstat(file, (struct stat *)status); }
int access(const char *path, int rights) {
  if (path_fails("look", AT_FDCWD, path, 1)) return -1;
  return NEXT(access)(path, rights);
}
ssize_t readlink(const char *path, char *target, size_t count) {
  if (path_fails("look", AT_FDCWD, path, 1)) return -1;
  return NEXT(readlink)(path, target, count);
}
char *realpath(const char *path, char *whole) {
  if (path_fails("look", AT_FDCWD, path, 1)) return NULL;
  return NEXT(realpath)(path, whole);
}

// MARK: Copies of the program

typedef int Main(int, char **, char **);
static Main *program;

/// Reads one group of settings into the environment; 0 at the end.
static int next_settings(FILE *orders) {
  char line[8192];
  while (fgets(line, sizeof line, orders)) {
    line[strcspn(line, "\n")] = 0;
    if (!*line) return 1;
    putenv(strdup(line));
  }
  return 0;
}

static int serve(int count, char **arguments, char **environment) {
  int in, out;
  if (sscanf(setting("FAULT_SERVER"), "%d,%d", &in, &out) != 2) {
    return program(count, arguments, environment);
  }
  FILE *orders = fdopen(in, "r");
  while (next_settings(orders)) {
    pid_t copy = fork();
    if (copy == 0) {
      int errors = (int)syscall(
        SYS_openat, AT_FDCWD, setting("FAULT_ERRORS"), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      if (errors < 0 || chdir(setting("FAULT_FOLDER"))) _exit(99);
      dup2(errors, STDERR_FILENO);
      syscall(SYS_close, errors);
      syscall(SYS_close, in);
      syscall(SYS_close, out);
      exit(program(count, arguments, environ));
    }
    int status = 0;
    waitpid(copy, &status, 0);
    dprintf(out, "%d\n", WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
  }
  return 0;
}

int __libc_start_main(
  Main *main, int count, char **arguments, void (*init)(void), void (*fini)(void),
  void (*end)(void), void *stack) {
  typedef int Start(Main *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
  program = main;
  return ((Start *)dlsym(RTLD_NEXT, "__libc_start_main"))(
    serve, count, arguments, init, fini, end, stack);
}
