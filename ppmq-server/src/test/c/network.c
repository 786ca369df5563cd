/*
 * A network between network namespaces that can be cut, slowed and made to lose packets,
 * separately for each direction. It needs root, and only TUN devices of the kernel: not every kernel
 * has netem.
 *
 *   network NAMESPACE...
 *
 * Makes the device "net" in each of the namespaces, which needs the address 10.77.0.I/24
 * for the I-th of them, from 1 on, and then prints "ready". A line on stdin changes the way from
 * one to another, and the answer is "done"; the end of stdin removes the network:
 *
 *   FROM TO LOSS DELAY JITTER
 *
 * LOSS is a percentage, so 100 cuts the way; DELAY is in milliseconds, and a random part of JITTER
 * is added to it. Packets stay in order, and the way is as wide as the machine allows.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NODES_MAX 8
#define PACKET_MAX 65536
#define DESTINATION 19        /* where the last byte of the destination is in an IPv4 packet */
#define QUEUED_MAX (16 << 20) /* the most bytes on a way; more are lost */

struct packet {
  struct packet *next;
  long long due;
  int length;
  unsigned char bytes[];
};

struct way {
  int loss, delay, jitter;
  long long last_due;
  long queued;
  struct packet *first, **last;
};

static int devices[NODES_MAX], nodes;
static struct way ways[NODES_MAX][NODES_MAX];

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int device_in(const char *namespace) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", namespace);
  int in = open(path, O_RDONLY);
  if (in < 0 || setns(in, CLONE_NEWNET) < 0) {
    fail(path);
  }
  close(in);
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  struct ifreq request = {.ifr_name = "net", .ifr_flags = IFF_TUN | IFF_NO_PI};
  if (device < 0 || ioctl(device, TUNSETIFF, &request) < 0) {
    fail("/dev/net/tun");
  }
  return device;
}

static void take(int from) {
  static unsigned char bytes[PACKET_MAX];
  int length;
  while ((length = read(devices[from], bytes, sizeof bytes)) > DESTINATION) {
    int to = bytes[DESTINATION] - 1;
    if (bytes[0] >> 4 != 4 || to < 0 || to >= nodes) {
      continue;
    }
    struct way *way = &ways[from][to];
    if (rand() % 100 < way->loss || way->queued > QUEUED_MAX) {
      continue;
    }
    struct packet *packet = malloc(sizeof *packet + length);
    packet->next = NULL;
    packet->length = length;
    packet->due = now() + way->delay + (way->jitter ? rand() % way->jitter : 0);
    if (packet->due < way->last_due) {
      packet->due = way->last_due;
    }
    way->last_due = packet->due;
    way->queued += length;
    memcpy(packet->bytes, bytes, length);
    *way->last = packet;
    way->last = &packet->next;
  }
}

/* Delivers due packets; returns the milliseconds until the next one, or -1. */
static int bring(void) {
  int next = -1;
  long long at = now();
  for (int from = 0; from < nodes; from++) {
    for (int to = 0; to < nodes; to++) {
      struct way *way = &ways[from][to];
      struct packet *packet;
      while ((packet = way->first) && packet->due <= at) {
        way->first = packet->next;
        if (!way->first) {
          way->last = &way->first;
        }
        way->queued -= packet->length;
        if (way->loss < 100 && write(devices[to], packet->bytes, packet->length) < 0) {
          /* lost, as packets are */
        }
        free(packet);
      }
      if (packet && (next < 0 || packet->due - at < next)) {
        next = packet->due - at;
      }
    }
  }
  return next;
}

static int order(void) {
  char line[256];
  int from, to, loss, delay, jitter;
  if (!fgets(line, sizeof line, stdin)) {
    return 0;
  }
  if (sscanf(line, "%d %d %d %d %d", &from, &to, &loss, &delay, &jitter) != 5 || from < 1 ||
      from > nodes || to < 1 || to > nodes) {
    fprintf(stderr, "cannot read %s", line);
    exit(1);
  }
  struct way *way = &ways[from - 1][to - 1];
  way->loss = loss;
  way->delay = delay;
  way->jitter = jitter;
  puts("done");
  return 1;
}

int main(int count, char **words) {
  struct pollfd from[NODES_MAX + 1];
  nodes = count - 1;
  if (nodes < 1 || nodes > NODES_MAX) {
    fprintf(stderr, "for 1 to %d namespaces\n", NODES_MAX);
    return 2;
  }
  setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what is left */
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 0; i < nodes; i++) {
    devices[i] = device_in(words[i + 1]);
    from[i] = (struct pollfd){.fd = devices[i], .events = POLLIN};
    for (int to = 0; to < nodes; to++) {
      ways[i][to].last = &ways[i][to].first;
    }
  }
  from[nodes] = (struct pollfd){.fd = 0, .events = POLLIN};
  puts("ready");
  while (1) {
    poll(from, nodes + 1, bring());
    for (int i = 0; i < nodes; i++) {
      if (from[i].revents) {
        take(i);
      }
    }
    if (from[nodes].revents && !order()) {
      return 0;
    }
  }
}
