/** The queries and changes of an administrator while the broker runs. */
@NullMarked
package io.ppmq.broker.administration;

import org.jspecify.annotations.NullMarked;
