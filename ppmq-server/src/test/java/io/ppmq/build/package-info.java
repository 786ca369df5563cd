/** The build's report at its end. */
@NullMarked
package io.ppmq.build;

import org.jspecify.annotations.NullMarked;
