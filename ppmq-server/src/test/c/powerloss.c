/*
 * Simulates a loss of power of an ext4 or XFS file system: unsynced data is never written.
 *
 *   powerloss DIRECTORY
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define SHUTDOWN _IOR('X', 125, uint32_t)
#define WITHOUT_WRITING_THE_JOURNAL 2

int main(int count, char **words) {
  uint32_t how = WITHOUT_WRITING_THE_JOURNAL;
  int directory = count == 2 ? open(words[1], O_RDONLY) : -1;
  if (directory < 0 || ioctl(directory, SHUTDOWN, &how) < 0) {
    perror("powerloss");
    return 1;
  }
  return 0;
}
