/**
 * {@code ppmq conformance}: plays the broker for a client, and a client for a broker, and says what
 * either does otherwise than PROTOCOL.md has it.
 */
@NullMarked
package io.ppmq.cli.conformance;

import org.jspecify.annotations.NullMarked;
