package io.ppmq.config;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/**
 * The users and groups of this machine. A number stands for the user or group with that number,
 * whether or not it has a name. The system is asked only about those that a file names, since the
 * answer may come over a network.
 */
final class Accounts {
  private Accounts() {}

  static boolean isUser(String name) {
    return exists(name, true);
  }

  static boolean isGroup(String name) {
    return exists(name, false);
  }

  private static boolean exists(String name, boolean user) {
    if (name.startsWith("-") || name.startsWith("+")) {
      return false; // the lookup would take it for a number
    }
    UserPrincipalLookupService lookup = FileSystems.getDefault().getUserPrincipalLookupService();
    try {
      Object found =
          user ? lookup.lookupPrincipalByName(name) : lookup.lookupPrincipalByGroupName(name);
      return !found.toString().isEmpty();
    } catch (UserPrincipalNotFoundException e) {
      return false;
    } catch (IOException e) {
      return true; // unknown now: the start goes on, and the rule still applies
    }
  }
}
