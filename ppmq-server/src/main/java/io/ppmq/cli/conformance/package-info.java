/**
 * {@code ppmq conformance}: plays the broker for a client, or a client for a broker, and reports
 * where the other side departs from PROTOCOL.md.
 */
@NullMarked
package io.ppmq.cli.conformance;

import org.jspecify.annotations.NullMarked;
