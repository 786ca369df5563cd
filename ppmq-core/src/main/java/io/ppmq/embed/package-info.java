/**
 * The broker inside a Java program, without sockets and without a process of its own: {@link
 * io.ppmq.embed.Ppmq} publishes to it, and calls handlers with the delivered messages.
 */
@NullMarked
package io.ppmq.embed;

import org.jspecify.annotations.NullMarked;
