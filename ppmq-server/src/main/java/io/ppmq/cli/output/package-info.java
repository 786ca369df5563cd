/** What a command says, on stdout and stderr, and how it ends. */
@NullMarked
package io.ppmq.cli.output;

import org.jspecify.annotations.NullMarked;
