/** What a configuration says of the broker, its subscribers, and what they may do. */
@NullMarked
package io.ppmq.broker.settings;

import org.jspecify.annotations.NullMarked;
