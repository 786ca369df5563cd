/**
 * The broker inside a Java program, without sockets and without a process of its own: {@link
 * io.ppmq.embed.Ppmq} publishes to it, and has handlers called with what it delivers.
 */
@NullMarked
package io.ppmq.embed;

import org.jspecify.annotations.NullMarked;
