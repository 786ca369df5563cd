/*
 * A disk that forgets: preloaded into a process, this library records what a loss of power would
 * leave of a directory. The test kills the process and assembles the directory from the record.
 *
 *   POWERCUT_DIR     the directory; it holds files only
 *   POWERCUT_SHADOW  where the account is kept, on the same file system:
 *     disk/N    what of file N is on the disk: what was in it when it was last synced
 *     disk/N@S  with POWERCUT_HISTORY, what of file N was on the disk after sync S
 *     live/N    file N itself, one more name of it
 *     journal   a line for each change of the directory:
 *                 create N name | link N name | rename N from to | unlink N name
 *                 sync          the directory was synced: all lines above are on the disk
 *                 mkdir, sync-parent   the same for the directory itself
 *                 there           what was there at first is noted; nothing was changed before
 *                 unmodelled what   something was done that this cannot follow
 *                 syncing S T, synced S T   sync S of a file was asked for, and done, at T
 *                                 nanoseconds
 *     boot_id   read in place of the kernel's, which differs after a loss of power
 *
 * What POSIX does not promise does not happen: a synced file has no name before its directory is
 * synced, sync_file_range does nothing, closing does nothing. What this cannot follow (a mapping
 * that is written to, say) is noted, so that it never passes for something that was lost.
 *
 * All calls go to the kernel directly, so nothing has to be looked up and nothing can be called too
 * early.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define FDS 65536
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* A file, with the part written since its last sync. */
struct file {
  long number;
  off_t from, to; /* written, if from < to */
  int resized;    /* cut, or made longer without a write */
};

struct name {
  char *name;
  struct file *file;
  struct name *next;
};

static struct file a_directory, the_parent; /* only to compare with */
static struct file *open_files[FDS];
static struct name *names;
static long numbers, syncs;
static int journal = -1;
static char dir[PATH_MAX], parent[PATH_MAX], shadow[PATH_MAX];
static int ready; /* 1: in use; -1: not for this process */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;      /* all of the above */
static pthread_mutex_t sync_lock = PTHREAD_MUTEX_INITIALIZER; /* one sync at a time, taken first */

/* ---- the account ----------------------------------------------------------------------------- */

static int raw_open(const char *path, int flags, mode_t mode) {
  return syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, mode);
}

static void note(const char *format, ...) {
  char line[2 * NAME_MAX + 100];
  va_list args;
  va_start(args, format);
  int length = vsnprintf(line, sizeof line, format, args);
  va_end(args);
  int kept = errno;
  if (syscall(SYS_write, journal, line, (size_t)length) != length) abort();
  errno = kept;
}

static void note_time(const char *what, long sync) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  note("%s %ld %lld\n", what, sync, now.tv_sec * 1000000000LL + now.tv_nsec);
}

static void shadow_path(char *path, const char *what, long number) {
  snprintf(path, PATH_MAX + 50, "%s/%s/%ld", shadow, what, number);
}

static void copy(struct file *file, off_t from, off_t to, off_t size) {
  char path[PATH_MAX + 50];
  shadow_path(path, "live", file->number);
  int in = raw_open(path, O_RDONLY, 0);
  shadow_path(path, "disk", file->number);
  int out = raw_open(path, O_WRONLY | O_CREAT, 0600);
  if (in < 0 || out < 0) abort();
  char *buffer = malloc(1 << 16);
  while (from < to) {
    size_t most = to - from < 1 << 16 ? (size_t)(to - from) : 1 << 16;
    ssize_t count = syscall(SYS_pread64, in, buffer, most, from);
    if (count <= 0) break;
    if (syscall(SYS_pwrite64, out, buffer, (size_t)count, from) != count) abort();
    from += count;
  }
  free(buffer);
  if (size >= 0 && syscall(SYS_ftruncate, out, size) != 0) abort();
  syscall(SYS_close, in);
  syscall(SYS_close, out);
}

/* Keeps the synced content of a file under the number of the sync. */
static void keep(struct file *file, long sync) {
  char path[PATH_MAX + 50], kept[PATH_MAX + 80];
  shadow_path(path, "disk", file->number);
  snprintf(kept, sizeof kept, "%s@%ld", path, sync);
  int in = raw_open(path, O_RDONLY, 0);
  int out = raw_open(kept, O_WRONLY | O_CREAT, 0600);
  if (in < 0 || out < 0) abort();
  char buffer[1 << 13];
  ssize_t count;
  while ((count = syscall(SYS_read, in, buffer, sizeof buffer)) > 0)
    if (syscall(SYS_write, out, buffer, (size_t)count) != count) abort();
  syscall(SYS_close, in);
  syscall(SYS_close, out);
}

static struct name **find(const char *name) {
  struct name **at = &names;
  while (*at && strcmp((*at)->name, name) != 0) at = &(*at)->next;
  return at;
}

static void put(const char *name, struct file *file) {
  struct name **at = find(name);
  if (!*at) {
    *at = calloc(1, sizeof **at);
    (*at)->name = strdup(name);
  }
  (*at)->file = file;
}

static void take_away(const char *name) {
  struct name **at = find(name), *gone = *at;
  if (gone) {
    *at = gone->next;
    free(gone->name);
    free(gone);
  }
}

/* Adds a new file and its name. */
static struct file *begin(const char *name) {
  char from[2 * PATH_MAX], to[PATH_MAX + 50];
  struct file *file = calloc(1, sizeof *file);
  file->number = ++numbers;
  snprintf(from, sizeof from, "%s/%s", dir, name);
  shadow_path(to, "live", file->number);
  if (syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0) != 0) abort();
  copy(file, 0, 0, 0);
  put(name, file);
  note("create %ld %s\n", file->number, name);
  return file;
}

static void look_at_what_is_there(void) {
  DIR *all = opendir(dir);
  if (!all) {
    note("there\n");
    return;
  }
  note("mkdir\nsync-parent\n");
  for (struct dirent *one; (one = readdir(all));) {
    if (one->d_name[0] == '.' && (!one->d_name[1] || one->d_name[1] == '.')) continue;
    struct file *file = begin(one->d_name);
    copy(file, 0, LONG_MAX, -1);
  }
  closedir(all);
  note("sync\nthere\n");
}

static void prepare(void) {
  const char *d = getenv("POWERCUT_DIR"), *s = getenv("POWERCUT_SHADOW");
  if (!d || !s) {
    ready = -1;
    return;
  }
  snprintf(dir, sizeof dir, "%s", d);
  snprintf(parent, sizeof parent, "%s", d);
  *strrchr(parent, '/') = 0;
  snprintf(shadow, sizeof shadow, "%s", s);
}

/* The name of this path in the directory, "" for the directory itself, otherwise null. */
static const char *name_of(int at, const char *path) {
  if (ready < 0 || !path) return NULL;
  if (!dir[0]) {
    pthread_mutex_lock(&lock);
    if (!dir[0] && ready == 0) prepare();
    pthread_mutex_unlock(&lock);
    if (ready < 0) return NULL;
  }
  size_t length = strlen(dir);
  if (path[0] != '/') {
    /* No program opens a file relative to the directory; such a call would be missed. */
    if (at >= 0 && at < FDS && open_files[at] == &a_directory && ready > 0)
      note("unmodelled a path relative to the directory: %s\n", path);
    return NULL;
  }
  if (strncmp(path, dir, length) != 0 || (path[length] && path[length] != '/')) return NULL;
  path += length;
  while (*path == '/') path++;
  pthread_mutex_lock(&lock);
  if (ready == 0) {
    char file[PATH_MAX + 50];
    snprintf(file, sizeof file, "%s/journal", shadow);
    journal = raw_open(file, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (journal < 0) abort();
    ready = 1;
    int kept = errno;
    look_at_what_is_there();
    errno = kept;
  }
  pthread_mutex_unlock(&lock);
  return path;
}

static struct file *of(int fd) { return fd >= 0 && fd < FDS ? open_files[fd] : NULL; }

static int is_file(struct file *file) {
  return file && file != &a_directory && file != &the_parent;
}

static void written(struct file *file, off_t from, off_t to) {
  pthread_mutex_lock(&lock);
  if (file->from >= file->to) {
    file->from = from;
    file->to = to;
  } else {
    if (from < file->from) file->from = from;
    if (to > file->to) file->to = to;
  }
  pthread_mutex_unlock(&lock);
}

static void resized(struct file *file) {
  pthread_mutex_lock(&lock);
  file->resized = 1;
  pthread_mutex_unlock(&lock);
}

static void unmodelled(int fd, const char *what) {
  if (is_file(of(fd))) note("unmodelled %s\n", what);
}

/* ---- opening and closing --------------------------------------------------------------------- */

static int opened(int at, const char *path, int flags, mode_t mode) {
  if (path && strcmp(path, BOOT_ID) == 0 && getenv("POWERCUT_SHADOW")) {
    char file[PATH_MAX + 50];
    snprintf(file, sizeof file, "%s/boot_id", getenv("POWERCUT_SHADOW"));
    return syscall(SYS_openat, AT_FDCWD, file, flags, mode);
  }
  const char *name = name_of(at, path);
  if (!name) {
    int fd = syscall(SYS_openat, at, path, flags, mode);
    if (fd >= 0 && fd < FDS)
      open_files[fd] = ready > 0 && path[0] == '/' && strcmp(path, parent) == 0 ? &the_parent : NULL;
    return fd;
  }
  if (strchr(name, '/')) note("unmodelled a directory in the directory: %s\n", name);
  pthread_mutex_lock(&lock);
  int fd = syscall(SYS_openat, at, path, flags, mode);
  if (fd >= FDS) abort();
  if (fd >= 0) {
    struct name *known = *find(name);
    struct file *file = !*name ? &a_directory : known ? known->file : NULL;
    if (!file && flags & O_CREAT) file = begin(name);
    if (flags & O_TRUNC && is_file(file)) file->resized = 1;
    open_files[fd] = file;
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

#define MODE(flags)                          \
  mode_t mode = 0;                           \
  if ((flags) & (O_CREAT | O_TMPFILE)) {     \
    va_list args;                            \
    va_start(args, flags);                   \
    mode = va_arg(args, mode_t);             \
    va_end(args);                            \
  }

EXPORT int open(const char *path, int flags, ...) {
  MODE(flags)
  return opened(AT_FDCWD, path, flags, mode);
}
EXPORT int open64(const char *path, int flags, ...) {
  MODE(flags)
  return opened(AT_FDCWD, path, flags, mode);
}
EXPORT int openat(int at, const char *path, int flags, ...) {
  MODE(flags)
  return opened(at, path, flags, mode);
}
EXPORT int openat64(int at, const char *path, int flags, ...) {
  MODE(flags)
  return opened(at, path, flags, mode);
}
EXPORT int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
EXPORT int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
EXPORT int __openat_2(int at, const char *path, int flags) { return opened(at, path, flags, 0); }
EXPORT int __openat64_2(int at, const char *path, int flags) { return opened(at, path, flags, 0); }
EXPORT int creat(const char *path, mode_t mode) {
  return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
EXPORT int creat64(const char *path, mode_t mode) { return creat(path, mode); }

EXPORT int close(int fd) {
  if (of(fd)) open_files[fd] = NULL;
  return syscall(SYS_close, fd);
}
EXPORT int dup(int fd) {
  unmodelled(fd, "dup");
  return syscall(SYS_dup, fd);
}
EXPORT int dup3(int fd, int to, int flags) {
  unmodelled(fd, "dup3");
  if (of(to)) open_files[to] = NULL;
  return syscall(SYS_dup3, fd, to, flags);
}
EXPORT int dup2(int fd, int to) {
  if (fd == to) return syscall(SYS_fcntl, fd, F_GETFD) < 0 ? -1 : to;
  return dup3(fd, to, 0);
}

/* ---- writing --------------------------------------------------------------------------------- */

static ssize_t appended(int fd, ssize_t count) {
  struct file *file = of(fd);
  if (is_file(file) && count > 0) {
    off_t at = syscall(SYS_lseek, fd, 0, SEEK_CUR);
    written(file, at - count, at);
  }
  return count;
}

static ssize_t placed(int fd, off_t at, ssize_t count) {
  struct file *file = of(fd);
  if (is_file(file) && count > 0) written(file, at, at + count);
  return count;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t count) {
  return appended(fd, syscall(SYS_write, fd, bytes, count));
}
EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) {
  return appended(fd, syscall(SYS_writev, fd, parts, count));
}
EXPORT ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  return placed(fd, at, syscall(SYS_pwrite64, fd, bytes, count, at));
}
EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
  return pwrite(fd, bytes, count, at);
}
EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  return placed(fd, at, syscall(SYS_pwritev, fd, parts, (long)count, at, 0L));
}
EXPORT ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
  return pwritev(fd, parts, count, at);
}
EXPORT int ftruncate(int fd, off_t size) {
  int result = syscall(SYS_ftruncate, fd, size);
  if (is_file(of(fd)) && result == 0) resized(of(fd));
  return result;
}
EXPORT int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }
EXPORT int truncate(const char *path, off_t size) {
  const char *name = name_of(AT_FDCWD, path);
  if (name) note("unmodelled truncate of %s\n", name);
  return syscall(SYS_truncate, path, size);
}
EXPORT int truncate64(const char *path, off_t size) { return truncate(path, size); }
EXPORT int fallocate(int fd, int mode, off_t at, off_t count) {
  if (mode & ~FALLOC_FL_KEEP_SIZE) unmodelled(fd, "fallocate that changes bytes");
  int result = syscall(SYS_fallocate, fd, mode, at, count);
  if (is_file(of(fd)) && result == 0 && !(mode & FALLOC_FL_KEEP_SIZE)) resized(of(fd));
  return result;
}
EXPORT int fallocate64(int fd, int mode, off_t at, off_t count) {
  return fallocate(fd, mode, at, count);
}
EXPORT int posix_fallocate(int fd, off_t at, off_t count) {
  return fallocate(fd, 0, at, count) == 0 ? 0 : errno;
}
EXPORT int posix_fallocate64(int fd, off_t at, off_t count) {
  return posix_fallocate(fd, at, count);
}
EXPORT ssize_t copy_file_range(int in, off_t *from, int out, off_t *to, size_t count, unsigned f) {
  unmodelled(out, "copy_file_range");
  return syscall(SYS_copy_file_range, in, from, out, to, count, f);
}
EXPORT ssize_t sendfile(int out, int in, off_t *from, size_t count) {
  unmodelled(out, "sendfile");
  return syscall(SYS_sendfile, out, in, from, count);
}
EXPORT ssize_t sendfile64(int out, int in, off_t *from, size_t count) {
  return sendfile(out, in, from, count);
}
EXPORT void *mmap(void *at, size_t length, int access, int flags, int fd, off_t from) {
  if (flags & MAP_SHARED && access & PROT_WRITE && !(flags & MAP_ANONYMOUS))
    unmodelled(fd, "a mapping that can be written to");
  return (void *)syscall(SYS_mmap, at, length, access, flags, fd, from);
}
EXPORT void *mmap64(void *at, size_t length, int access, int flags, int fd, off_t from) {
  return mmap(at, length, access, flags, fd, from);
}

/* ---- syncing --------------------------------------------------------------------------------- */

/*
 * Data written before the call is on the disk when it returns, not earlier. Data written
 * meanwhile belongs to the next sync.
 */
static int synced(int fd, long call) {
  struct file *file = of(fd);
  if (!file) return syscall(call, fd);
  if (!is_file(file)) {
    int result = syscall(call, fd);
    pthread_mutex_lock(&lock);
    if (result == 0) note(file == &a_directory ? "sync\n" : "sync-parent\n");
    pthread_mutex_unlock(&lock);
    return result;
  }
  long sync = __atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED);
  note_time("syncing", sync);
  pthread_mutex_lock(&sync_lock);
  pthread_mutex_lock(&lock);
  struct stat now;
  if (fstat(fd, &now) != 0) abort();
  off_t from = file->from, to = file->to, size = file->resized ? now.st_size : -1;
  if (file->resized) {
    from = 0;
    to = now.st_size;
  }
  file->from = file->to = 0;
  file->resized = 0;
  pthread_mutex_unlock(&lock);
  int result = syscall(call, fd);
  if (result == 0) {
    copy(file, from, to, size);
    if (getenv("POWERCUT_HISTORY")) keep(file, sync);
  } else {
    note("unmodelled a sync that failed\n");
  }
  note_time("synced", sync);
  pthread_mutex_unlock(&sync_lock);
  return result;
}

EXPORT int fsync(int fd) { return synced(fd, SYS_fsync); }
EXPORT int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }
EXPORT void sync(void) {
  if (ready > 0) note("unmodelled sync\n");
  syscall(SYS_sync);
}
EXPORT int syncfs(int fd) {
  if (ready > 0) note("unmodelled syncfs\n");
  return syscall(SYS_syncfs, fd);
}

/* ---- names ----------------------------------------------------------------------------------- */

EXPORT int unlinkat(int at, const char *path, int flags) {
  const char *name = name_of(at, path);
  if (!name) return syscall(SYS_unlinkat, at, path, flags);
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_unlinkat, at, path, flags);
  struct name *known = *find(name);
  if (result == 0 && known) {
    note("unlink %ld %s\n", known->file->number, name);
    take_away(name);
  }
  pthread_mutex_unlock(&lock);
  return result;
}
EXPORT int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
EXPORT int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
EXPORT int remove(const char *path) {
  int result = unlink(path);
  return result != 0 && (errno == EISDIR || errno == EPERM) ? rmdir(path) : result;
}

EXPORT int renameat2(int at, const char *path, int to_at, const char *to_path, unsigned flags) {
  const char *from = name_of(at, path), *to = name_of(to_at, to_path);
  if (!from && !to) return syscall(SYS_renameat2, at, path, to_at, to_path, flags);
  if (!from || !to || flags) note("unmodelled rename of %s to %s\n", path, to_path);
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_renameat2, at, path, to_at, to_path, flags);
  struct name *known = from ? *find(from) : NULL;
  if (result == 0 && known && to) {
    struct file *file = known->file;
    note("rename %ld %s %s\n", file->number, from, to);
    take_away(from);
    put(to, file);
  }
  pthread_mutex_unlock(&lock);
  return result;
}
EXPORT int renameat(int at, const char *path, int to_at, const char *to_path) {
  return renameat2(at, path, to_at, to_path, 0);
}
EXPORT int rename(const char *path, const char *to_path) {
  return renameat2(AT_FDCWD, path, AT_FDCWD, to_path, 0);
}

EXPORT int linkat(int at, const char *path, int to_at, const char *to_path, int flags) {
  const char *from = name_of(at, path), *to = name_of(to_at, to_path);
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_linkat, at, path, to_at, to_path, flags);
  struct name *known = from ? *find(from) : NULL;
  if (result == 0 && known && to) {
    note("link %ld %s\n", known->file->number, to);
    put(to, known->file);
  } else if (result == 0 && to) {
    note("unmodelled link from %s\n", path);
  }
  pthread_mutex_unlock(&lock);
  return result;
}
EXPORT int link(const char *path, const char *to_path) {
  return linkat(AT_FDCWD, path, AT_FDCWD, to_path, 0);
}
EXPORT int symlink(const char *target, const char *path) {
  const char *name = name_of(AT_FDCWD, path);
  if (name) note("unmodelled symlink %s\n", name);
  return syscall(SYS_symlinkat, target, AT_FDCWD, path);
}

EXPORT int mkdirat(int at, const char *path, mode_t mode) {
  const char *name = name_of(at, path);
  int result = syscall(SYS_mkdirat, at, path, mode);
  if (name && result == 0) {
    if (*name) note("unmodelled mkdir %s\n", name);
    else note("mkdir\n");
  }
  return result;
}
EXPORT int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
