/** What others ask of the broker, and how it answers: a command, or a code and a reason. */
@NullMarked
package io.ppmq.broker.request;

import org.jspecify.annotations.NullMarked;
