/**
 * The values that every other package speaks of: a {@link io.ppmq.message.Message} as a producer
 * hands it in, and the {@link io.ppmq.message.Bytes} it is made of. Nothing here does anything.
 */
@NullMarked
package io.ppmq.message;

import org.jspecify.annotations.NullMarked;
