/**
 * Tests of the assembled program from outside: the real process, raw bytes on its sockets, signals,
 * and the files on the disk.
 */
@NullMarked
package io.ppmq.it;

import org.jspecify.annotations.NullMarked;
