/**
 * A store that keeps everything on the heap and nothing anywhere else: for a broker that needs no
 * disk, and as the simplest implementation to read.
 */
@NullMarked
package io.ppmq.store.memory;

import org.jspecify.annotations.NullMarked;
