/*
 * Makes the disk fail on command, for a directory and the process that preloads this library.
 *
 *   cc -shared -fPIC -o failio.so failio.c -ldl
 *   FAILIO_DIR=/data FAILIO_CONTROL=/tmp/control LD_PRELOAD=./failio.so program
 *
 * Files whose path begins with FAILIO_DIR are affected. The file FAILIO_CONTROL is read before each
 * call and holds any of these words; while it is absent or empty, nothing fails:
 *
 *   write    write, pwrite, writev fail with EIO
 *   nospace  they fail with ENOSPC
 *   torn     they write half of what they are given, and the next call fails with EIO
 *   sync     fsync, fdatasync, sync_file_range fail with EIO and put nothing on the disk
 *
 * The path of each file whose sync failed is appended to FAILIO_CONTROL.failed: after a loss of
 * power, data written to it since its last good sync may be gone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t raw_write(int fd, const void *bytes, size_t count) {
  return syscall(SYS_write, fd, bytes, count);
}

/* The path of an open file if it can fail; otherwise NULL. */
static const char *affected(int fd, char *path) {
  const char *directory = getenv("FAILIO_DIR");
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (directory == NULL || length < 0) {
    return NULL;
  }
  path[length] = 0;
  return strncmp(path, directory, strlen(directory)) == 0 ? path : NULL;
}

static int told(const char *word) {
  const char *control = getenv("FAILIO_CONTROL");
  int fd = control == NULL ? -1 : open(control, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return 0;
  }
  char words[128];
  ssize_t length = read(fd, words, sizeof words - 1);
  close(fd);
  words[length < 0 ? 0 : length] = 0;
  return strstr(words, word) != NULL;
}

/* The outcome of a write: the number of bytes to write, or -1 with errno set. */
static ssize_t allowed(int fd, size_t count) {
  static int torn;
  char path[PATH_MAX];
  if (affected(fd, path) == NULL) {
    return count;
  }
  if (told("nospace")) {
    errno = ENOSPC;
    return -1;
  }
  if (told("write")) {
    errno = EIO;
    return -1;
  }
  if (told("torn")) {
    torn = !torn;
    if (!torn) {
      errno = EIO;
      return -1;
    }
    return count > 1 ? count / 2 : count;
  }
  return count;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  int before = errno;
  ssize_t some = allowed(fd, count);
  if (some < 0) {
    return -1;
  }
  errno = before;
  return raw_write(fd, bytes, some);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  int before = errno;
  ssize_t some = allowed(fd, count);
  if (some < 0) {
    return -1;
  }
  errno = before;
  return syscall(SYS_pwrite64, fd, bytes, some, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return pwrite(fd, bytes, count, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  int before = errno;
  if (allowed(fd, 1) < 0) {
    return -1;
  }
  errno = before;
  return syscall(SYS_writev, fd, parts, count);
}

/* 0 if a sync may proceed; -1 with errno set if it fails. */
static int may_sync(int fd) {
  char path[PATH_MAX];
  int before = errno;
  if (affected(fd, path) != NULL && told("sync")) {
    char list[PATH_MAX];
    snprintf(list, sizeof list, "%s.failed", getenv("FAILIO_CONTROL"));
    int out = open(list, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out >= 0) {
      strcat(path, "\n");
      raw_write(out, path, strlen(path));
      close(out);
    }
    errno = EIO;
    return -1;
  }
  errno = before;
  return 0;
}

int fsync(int fd) {
  return may_sync(fd) < 0 ? -1 : (int) syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  return may_sync(fd) < 0 ? -1 : (int) syscall(SYS_fdatasync, fd);
}

int sync_file_range(int fd, off64_t at, off64_t count, unsigned int flags) {
  return may_sync(fd) < 0 ? -1 : (int) syscall(SYS_sync_file_range, fd, at, count, flags);
}
