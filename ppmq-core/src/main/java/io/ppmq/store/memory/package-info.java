/**
 * A store on the heap only: for a broker that needs no disk, and as the simplest implementation to
 * read.
 */
@NullMarked
package io.ppmq.store.memory;

import org.jspecify.annotations.NullMarked;
