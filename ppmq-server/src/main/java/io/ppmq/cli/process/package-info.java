/** This process, its arguments and signals, and the processes that it starts. */
@NullMarked
package io.ppmq.cli.process;

import org.jspecify.annotations.NullMarked;
