/**
 * The state and the counts of the broker, as text for Prometheus: for the admin interface's {@code
 * /metrics}, and as a file for the textfile collector of node_exporter. Loaded only on request.
 */
@NullMarked
package io.ppmq.metrics;

import org.jspecify.annotations.NullMarked;
