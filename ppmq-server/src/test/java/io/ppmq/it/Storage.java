package io.ppmq.it;

/** Where the broker under test keeps its messages. */
enum Storage {
  MEMORY,
  DIRECTORY
}
