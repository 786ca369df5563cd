package io.ppmq.server;

import java.nio.file.attribute.UserPrincipal;

/** A user of another machine, who has the same name here, and perhaps another number. */
record NamedUser(String name) implements UserPrincipal {
  @Override
  public String getName() {
    return name;
  }
}
