/**
 * The values that all other packages use: a {@link io.ppmq.message.Message} as a producer hands it
 * in, and the {@link io.ppmq.message.Bytes} it is made of. They have no behaviour of their own.
 */
@NullMarked
package io.ppmq.message;

import org.jspecify.annotations.NullMarked;
