package io.ppmq.it;

/** The place of the messages of a broker under test. */
enum Storage {
  MEMORY,
  DIRECTORY
}
