package io.ppmq.server;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The unix users that a rule names. A name is compared with a user's present name, so that a new
 * user does not inherit the rule of a deleted user with the same number; a number is compared with
 * the user's number.
 */
final class Users {
  private final List<String> named;
  private final Set<String> names;
  private final List<UserPrincipal> numbers = new ArrayList<>();

  /** The users with these names and numbers. */
  Users(List<String> named) {
    this.named = List.copyOf(named);
    this.names = new HashSet<>(named);
    for (String name : named) {
      if (name.matches("[0-9]+")) {
        addNumber(name);
      }
    }
  }

  private void addNumber(String number) {
    try {
      numbers.add(
          FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(number));
    } catch (IOException e) {
      return; // larger than any user's number: it matches no user; the configuration has warned of
      // it
    }
  }

  /** Whether the rule names the user. */
  boolean has(UserPrincipal user) {
    return names.contains(user.getName()) || numbers.contains(user);
  }

  /**
   * The text to follow the name of the rule: {@code User is dave}, {@code Publishers are alice,
   * carol}.
   */
  @Override
  public String toString() {
    return (named.size() == 1 ? "is " : "are ") + String.join(", ", named);
  }
}
