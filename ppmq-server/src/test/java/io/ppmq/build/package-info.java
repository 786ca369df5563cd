/** What the build says of itself at its end. */
@NullMarked
package io.ppmq.build;

import org.jspecify.annotations.NullMarked;
