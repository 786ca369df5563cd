package io.ppmq.http;

import java.io.IOException;

/** Answers requests. Called on a worker, several of them at a time. */
@FunctionalInterface
public interface Handler {
  /**
   * The answer to a request.
   *
   * @throws IOException if there is none; the peer gets status 500, and the log gets the message
   */
  Response handle(Request request) throws IOException;
}
