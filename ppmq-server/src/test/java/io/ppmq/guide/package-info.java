/**
 * Makes the site of the guide in {@code docs/guide} and of the other documents, and knows which
 * commands the guide shows.
 */
@NullMarked
package io.ppmq.guide;

import org.jspecify.annotations.NullMarked;
