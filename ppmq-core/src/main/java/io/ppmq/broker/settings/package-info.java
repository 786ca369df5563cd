/** The settings of the broker, of its subscribers and their rights. */
@NullMarked
package io.ppmq.broker.settings;

import org.jspecify.annotations.NullMarked;
