package io.ppmq.admin;

import io.ppmq.broker.request.RefusedException;
import io.ppmq.config.InvalidConfig;
import java.util.List;

/** Has the broker read its configuration again. */
@FunctionalInterface
public interface Reloading {
  /**
   * Reads it and applies it: all of it or nothing.
   *
   * @return a sentence for each change
   * @throws InvalidConfig when it cannot be used; nothing was changed
   * @throws RefusedException when there is no file, or the broker cannot apply it
   */
  List<String> reload() throws InvalidConfig, RefusedException;
}
