/** {@code ppmq bench}: a load on a broker, and its cost. */
@NullMarked
package io.ppmq.cli.bench;

import org.jspecify.annotations.NullMarked;
