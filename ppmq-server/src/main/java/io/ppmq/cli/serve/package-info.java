/** {@code ppmq serve}, and the commands on a broker's files while it does not run. */
@NullMarked
package io.ppmq.cli.serve;

import org.jspecify.annotations.NullMarked;
