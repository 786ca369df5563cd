/** {@code ppmq bench}: a load on a broker, and what it costs. */
@NullMarked
package io.ppmq.cli.bench;

import org.jspecify.annotations.NullMarked;
