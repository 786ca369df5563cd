package io.ppmq.config;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Locale;

/** Finds the known word that a misspelt word resembles most, ignoring case. */
public final class Spelling {
  /** Only the first characters of a word are compared. */
  private static final int LENGTH_MAX = 40;

  /** The fewest characters that may be the beginning of an unfinished word. */
  private static final int BEGINNING_MIN = 3;

  private Spelling() {}

  /** The known word with the fewest changes; the first of several. */
  public static String nearest(String given, Collection<String> known) {
    return Collections.min(known, Comparator.comparingInt(word -> distance(given, word)));
  }

  /** Whether the two are so close that one is likely to be a slip for the other. */
  public static boolean isMeant(String given, String known) {
    return distance(given, known) <= slipsMax(cut(given));
  }

  private static int slipsMax(String word) {
    return Math.max(1, word.length() / 3);
  }

  private static String cut(String word) {
    return word.substring(0, Math.min(word.length(), LENGTH_MAX));
  }

  /**
   * The number of letters to insert, delete or exchange to make one word from the other. Letters of
   * the known word that are missing at the end count as one.
   */
  private static int distance(String given, String known) {
    String one = cut(given).toLowerCase(Locale.ROOT);
    String other = known.toLowerCase(Locale.ROOT);
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int exchanged = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(exchanged, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    int distance = row[other.length()];
    for (int j = BEGINNING_MIN; j < row.length && one.length() >= BEGINNING_MIN; j++) {
      int cutOff = 1 + row[j];
      distance = cutOff <= slipsMax(one) ? Math.min(distance, cutOff) : distance;
    }
    return distance;
  }
}
