/** What an administrator looks at and changes while the broker runs. */
@NullMarked
package io.ppmq.broker.administration;

import org.jspecify.annotations.NullMarked;
