package io.ppmq.broker.turn;

import io.ppmq.broker.port.Clock;

/**
 * The moment of a turn. Everything that happens in one turn happens at one moment, which is read
 * from the clock once and handed on as an argument.
 *
 * @param nowNanos by a clock that never jumps; only differences have a meaning
 * @param nowMillis by the wall clock, in milliseconds since the epoch; it may jump
 */
public record Turn(long nowNanos, long nowMillis) {
  /** A turn that begins now. */
  public static Turn at(Clock clock) {
    return new Turn(clock.nanos(), clock.wallMillis());
  }
}
