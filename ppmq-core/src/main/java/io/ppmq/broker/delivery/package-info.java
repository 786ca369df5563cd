/**
 * The distribution of messages: the topics and subscribers by name, the links to subscribers with
 * the workers of each, and the push of one batch.
 */
@NullMarked
package io.ppmq.broker.delivery;

import org.jspecify.annotations.NullMarked;
