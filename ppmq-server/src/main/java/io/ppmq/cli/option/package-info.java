/** The options that commands share, and the way to the broker that these name. */
@NullMarked
package io.ppmq.cli.option;

import org.jspecify.annotations.NullMarked;
