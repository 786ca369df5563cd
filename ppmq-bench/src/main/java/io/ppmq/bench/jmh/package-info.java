/**
 * JMH benchmarks of the hot parts of the broker: reading values, appending messages, reading them
 * from the store, writing batches, taking acknowledgements. Scores are per message, in values and
 * batches of 50 messages of 100 bytes. {@code bench/run jmh} runs them.
 */
@NullMarked
package io.ppmq.bench.jmh;

import org.jspecify.annotations.NullMarked;
