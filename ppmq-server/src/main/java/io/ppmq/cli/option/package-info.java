/** The options that commands share, and the connection to the broker that they name. */
@NullMarked
package io.ppmq.cli.option;

import org.jspecify.annotations.NullMarked;
