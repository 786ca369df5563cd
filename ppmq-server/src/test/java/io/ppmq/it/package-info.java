/**
 * Tests of the assembled program from outside: the real process, raw bytes on its sockets, signals,
 * and what is left on the disk.
 */
@NullMarked
package io.ppmq.it;

import org.jspecify.annotations.NullMarked;
