/** Requests to the broker, and its answers: a command, or a code and a reason. */
@NullMarked
package io.ppmq.broker.request;

import org.jspecify.annotations.NullMarked;
