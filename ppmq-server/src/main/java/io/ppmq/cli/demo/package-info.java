/** {@code ppmq demo}: scenes with a broker of its own. */
@NullMarked
package io.ppmq.cli.demo;

import org.jspecify.annotations.NullMarked;
