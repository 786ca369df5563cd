package io.ppmq.admin;

import io.ppmq.broker.request.RefusedException;
import io.ppmq.config.InvalidConfig;
import java.util.List;

/** Makes the broker read its configuration again. */
@FunctionalInterface
public interface Reloading {
  /**
   * Reads the configuration and applies it, all of it or nothing.
   *
   * @return a sentence for each change
   * @throws InvalidConfig if it cannot be used; nothing was changed
   * @throws RefusedException if there is no file, or the broker cannot apply it
   */
  List<String> reload() throws InvalidConfig, RefusedException;
}
