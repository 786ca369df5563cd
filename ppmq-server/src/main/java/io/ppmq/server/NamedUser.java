package io.ppmq.server;

import java.nio.file.attribute.UserPrincipal;

/** A user of another machine, with the same name here, and possibly another number. */
record NamedUser(String name) implements UserPrincipal {
  @Override
  public String getName() {
    return name;
  }
}
