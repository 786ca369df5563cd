/*
 * A machine whose clock is set: preloaded into a process, this library adds to the time of day
 * the nanoseconds in the file CLOCKSTEP_FILE, an int64 that may change at any moment. Monotonic
 * clocks do not change.
 *
 * A wait until a time of day ends by this clock as it stood when the wait began: a step meanwhile
 * does not end the wait, as a step of the kernel's clock would.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define SECOND 1000000000LL

/* A time of a clock that began at the start of the machine is far below. */
#define TIME_OF_DAY_SECONDS 1000000000L

static volatile int64_t none;
static volatile int64_t *step = &none;

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("CLOCKSTEP_FILE");
  int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  void *page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *step, PROT_READ, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) {
    perror("clockstep");
    _exit(99);
  }
  close(fd);
  step = page;
}

static void add(struct timespec *time, int64_t nanos) {
  int64_t all = time->tv_nsec + nanos % SECOND;
  time->tv_sec += nanos / SECOND + all / SECOND;
  time->tv_nsec = all % SECOND;
  if (time->tv_nsec < 0) {
    time->tv_nsec += SECOND;
    time->tv_sec--;
  }
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) add(time, *step);
  return result;
}

EXPORT int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

EXPORT time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}

/* The same time by the clock of the kernel, which does the waiting. */
static struct timespec kernels(const struct timespec *until) {
  struct timespec time = *until;
  if (time.tv_sec > TIME_OF_DAY_SECONDS) add(&time, -*step);
  return time;
}

EXPORT int pthread_cond_timedwait(
    pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
    const struct timespec *restrict until) {
  static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  if (!next) {
    void *found = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2"); /* not the one before */
    *(void **)&next = found ? found : dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  }
  struct timespec time = kernels(until);
  return next(cond, mutex, &time);
}

EXPORT int pthread_cond_clockwait(
    pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, clockid_t clock,
    const struct timespec *restrict until) {
  static int (*next)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
  if (!next) *(void **)&next = dlsym(RTLD_NEXT, "pthread_cond_clockwait");
  struct timespec time = kernels(until);
  return next(cond, mutex, clock, &time);
}
