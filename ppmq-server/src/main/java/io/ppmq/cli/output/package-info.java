/** The output of a command, on stdout and stderr, and its end. */
@NullMarked
package io.ppmq.cli.output;

import org.jspecify.annotations.NullMarked;
