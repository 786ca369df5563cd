/**
 * Makes the site of the guide in {@code docs/guide} and of the other documents, and finds the
 * commands that the guide shows.
 */
@NullMarked
package io.ppmq.guide;

import org.jspecify.annotations.NullMarked;
