package io.ppmq.config;

import io.ppmq.message.GoDuration;
import java.math.BigInteger;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A mapping of the file: the whole file, a subscriber or a topic. Returns checked values by key; a
 * key without a value counts as absent. Notes a wrong value as an error and returns something
 * harmless in its place, so that reading finds the other errors.
 */
final class Section {
  private static final Set<Tag> TAGS =
      Set.of(
          Tag.STR,
          Tag.INT,
          Tag.FLOAT,
          Tag.BOOL,
          Tag.NULL,
          Tag.TIMESTAMP,
          Tag.MERGE,
          Tag.SEQ,
          Tag.MAP);
  private static final BigInteger NANOS_MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private static final BigInteger NUMBER_MAX = BigInteger.valueOf(1_000_000_000_000_000L);

  private final MappingNode node;
  private final Problems problems;
  private final Entries entries;
  private final String label;
  private @Nullable String unknownKey;

  /**
   * Opens {@code node}, and notes duplicate and unknown keys.
   *
   * @param place a place such as {@code Topics[1]}, to which the name is added; empty for the whole
   *     file
   */
  Section(String place, MappingNode node, Keys keys, Problems problems) {
    this.node = node;
    this.problems = problems;
    this.entries = new Entries(node);
    this.label = place.isEmpty() ? "" : label(place, entries);
    entries.forEachFault(this::error);
    entries.forEachKey(
        (key, at) -> {
          String warning = keys.warning(key);
          if (warning != null) {
            warn(at, warning);
            unknownKey = unknownKey == null ? key : unknownKey;
          }
        });
  }

  /** Opens a mapping whose keys are names that the file chooses; {@code names} gets each. */
  static Section ofNames(
      String place, MappingNode node, Problems problems, Consumer<String> names) {
    Section section = new Section(place, node, Keys.ANY, problems);
    section.entries.forEachKey((name, at) -> names.accept(name));
    return section;
  }

  private static String label(String place, Entries entries) {
    return entries.value("Name") instanceof ScalarNode name
        ? place + " " + Quoted.of(name.getValue()) + ": "
        : place + ": ";
  }

  void error(Node at, String sentence) {
    problems.error(Problems.line(at), label + sentence);
  }

  void warn(Node at, String sentence) {
    problems.warn(Problems.line(at), label + sentence);
  }

  /** A place for an error after the section is gone. */
  record Spot(Problems problems, int line, String label) {
    void error(String sentence) {
      problems.error(line, label + sentence);
    }

    void warn(String sentence) {
      problems.warn(line, label + sentence);
    }
  }

  /** The place of {@code key} without the section, which takes much more memory. */
  Spot spot(String key) {
    return new Spot(problems, Problems.line(at(key)), label);
  }

  /** The node for an error in {@code key}: its value, or the section if it is absent. */
  Node at(String key) {
    Node place = entries.at(key);
    return place == null ? node : place;
  }

  /** Whether there is a value, right or wrong. */
  boolean has(String key) {
    return entries.value(key) != null;
  }

  /** The first key that has no effect here; null if there is none. */
  @Nullable String unknownKey() {
    return unknownKey;
  }

  /** Whether the key is present without a value. */
  boolean isEmpty(String key) {
    return entries.isEmpty(key);
  }

  /** The text of a value, right or wrong; empty if there is none. */
  String text(String key) {
    return entries.value(key) instanceof ScalarNode scalar ? scalar.getValue() : "";
  }

  /** The text of a value in the mapping of a key, right or wrong; empty if there is none. */
  String text(String key, String inner) {
    return entries.value(key) instanceof MappingNode mapping
            && new Entries(mapping).value(inner) instanceof ScalarNode scalar
        ? scalar.getValue()
        : "";
  }

  /** Whether {@link #list} could read the value, or there is none. */
  boolean isList(String key) {
    Node value = entries.value(key);
    return value == null || (value instanceof SequenceNode && TAGS.contains(value.getTag()));
  }

  /** The items of a list; empty if it is absent or not a list. */
  List<Node> list(String key) {
    Node value = entries.value(key);
    if (!isList(key)) {
      error(at(key), key + " must be a list, and is " + kind(at(key)));
    }
    return isList(key) && value instanceof SequenceNode sequence ? sequence.getValue() : List.of();
  }

  /** A mapping in this one; null if it is absent or wrong. */
  @Nullable MappingNode mapping(String key) {
    Node value = entries.value(key);
    if (value != null && !(value instanceof MappingNode)) {
      error(value, key + " must be a mapping, and is " + kind(value));
    }
    return value instanceof MappingNode mapping ? mapping : null;
  }

  /** The distinct names in a list; empty if it is absent or wrong. */
  List<String> names(String key) {
    Set<String> names = new LinkedHashSet<>();
    for (Node item : list(key)) {
      String name = item(key, item);
      if (name != null && !names.add(name)) {
        error(item, key + " names " + Quoted.of(name) + " twice");
      }
    }
    return List.copyOf(names);
  }

  /** The text of {@code value}, an item of the list {@code key}; null if it is not text. */
  @Nullable String item(String key, Node value) {
    ScalarNode scalar = scalar(key + " must hold names, and one", value);
    return scalar == null ? null : scalar.getValue();
  }

  /** The result of {@code parser} for the text; an absent value is an error. */
  <T> @Nullable T required(String key, Function<String, T> parser) {
    if (!has(key)) {
      error(node, key + " is missing");
      return null;
    }
    return optional(key, parser);
  }

  /**
   * The result of {@code parser} for the text; null when it is absent or wrong. The message of an
   * {@link IllegalArgumentException} of the parser continues the sentence after the key.
   */
  <T> @Nullable T optional(String key, Function<String, T> parser) {
    ScalarNode scalar = scalarOf(key, "text");
    if (scalar == null) {
      return null;
    }
    try {
      return parser.apply(scalar.getValue());
    } catch (IllegalArgumentException e) {
      error(scalar, key + " " + e.getMessage());
      return null;
    }
  }

  /** True or false; false if it is absent. */
  boolean flag(String key) {
    ScalarNode scalar = scalarOf(key, "true or false");
    Boolean flag = scalar == null ? Boolean.FALSE : Scalars.flag(plain(scalar));
    if (flag == null) {
      error(at(key), key + " " + shown(at(key)) + " must be true or false, without quotes");
    }
    return Boolean.TRUE.equals(flag);
  }

  /** A number from 1 to {@code max}; {@code fallback} if it is absent or, as in Go, 0. */
  int count(String key, int max, int fallback) {
    ScalarNode scalar = scalarOf(key, "a whole number");
    BigInteger number = scalar == null ? BigInteger.ZERO : Scalars.wholeNumber(plain(scalar));
    if (number == null || number.signum() < 0 || number.compareTo(BigInteger.valueOf(max)) > 0) {
      error(at(key), key + " " + shown(at(key)) + " must be a whole number from 1 to " + max);
      return fallback;
    }
    return number.signum() == 0 ? fallback : number.intValue();
  }

  /**
   * A number of 0 or more; 0, or an absent value, means no limit.
   *
   * @param bytes whether it counts bytes, and may have the form 64MiB
   */
  long number(String key, boolean bytes) {
    ScalarNode scalar = scalarOf(key, bytes ? "a number of bytes" : "a whole number");
    if (scalar == null) {
      return 0;
    }
    BigInteger number =
        bytes ? Scalars.bytes(scalar.getValue()) : Scalars.wholeNumber(plain(scalar));
    if (number == null || number.signum() < 0 || number.compareTo(NUMBER_MAX) > 0) {
      String what = bytes ? "a number of bytes, like 65536 or 4MiB" : "a whole number";
      error(scalar, key + " " + shown(scalar) + " must be " + what + ", from 0 to " + NUMBER_MAX);
      return 0;
    }
    return number.longValue();
  }

  /** Checks a whole number that is not used. */
  void ignoredNumber(String key) {
    ScalarNode scalar = scalarOf(key, "a whole number");
    if (scalar != null && Scalars.wholeNumber(plain(scalar)) == null) {
      error(scalar, key + " " + shown(scalar) + " must be a whole number");
    }
  }

  /** A number of bytes from 1 to {@link Config#BYTES_MAX}. */
  int bytes(String key, int fallback) {
    return (int) bytes(key, 1, Config.BYTES_MAX, fallback);
  }

  /** A number of bytes from {@code min} to {@code max}; {@code fallback} if it is absent. */
  long bytes(String key, long min, long max, long fallback) {
    ScalarNode scalar = scalarOf(key, "a number of bytes");
    if (scalar == null) {
      return fallback;
    }
    BigInteger bytes = Scalars.bytes(scalar.getValue());
    if (bytes == null) {
      error(
          scalar,
          key + " " + shown(scalar) + " is not a number of bytes: write it like 65536 or 4MiB");
    } else if (bytes.compareTo(BigInteger.valueOf(min)) < 0) {
      error(scalar, key + " " + shown(scalar) + " must be at least " + min);
    } else if (bytes.compareTo(BigInteger.valueOf(max)) > 0) {
      error(scalar, key + " " + shown(scalar) + " is too large: at most " + max + " bytes");
    } else {
      return bytes.longValueExact();
    }
    return fallback;
  }

  /** A duration that is not negative, zero if it is absent; a bare number is in nanoseconds. */
  Duration duration(String key) {
    ScalarNode scalar = scalarOf(key, "a duration");
    if (scalar == null) {
      return Duration.ZERO;
    }
    BigInteger nanos = Scalars.wholeNumber(plain(scalar));
    Duration duration =
        nanos == null ? optional(key, GoDuration::parse) : ofNanos(key, scalar, nanos);
    if (duration != null && duration.isNegative()) {
      error(scalar, key + " " + shown(scalar) + " is negative");
      return Duration.ZERO;
    }
    return duration == null ? Duration.ZERO : duration;
  }

  private @Nullable Duration ofNanos(String key, Node at, BigInteger nanos) {
    if (nanos.abs().compareTo(NANOS_MAX) > 0) {
      error(at, key + " " + shown(at) + " is too long: without a unit it counts as nanoseconds");
      return null;
    }
    if (nanos.signum() > 0) {
      warn(
          at,
          key
              + " "
              + shown(at)
              + " has no unit and counts as nanoseconds: write it like 300ms, 5m"
              + " or 1h30m");
    }
    return Duration.ofNanos(nanos.longValueExact());
  }

  private @Nullable ScalarNode scalarOf(String key, String needed) {
    Node value = entries.value(key);
    return value == null ? null : scalar(key + " must be " + needed + ", and", value);
  }

  private @Nullable ScalarNode scalar(String fault, Node value) {
    if (value instanceof ScalarNode scalar
        && TAGS.contains(value.getTag())
        && !value.getTag().equals(Tag.NULL)) {
      return scalar;
    }
    error(value, fault + " is " + kind(value));
    return null;
  }

  /** The text of an unquoted value; empty if it has quotes, since then it is not a number. */
  private static String plain(ScalarNode scalar) {
    return scalar.getScalarStyle() == ScalarStyle.PLAIN ? scalar.getValue() : "";
  }

  private static String shown(Node value) {
    return value instanceof ScalarNode scalar ? Quoted.of(scalar.getValue()) : kind(value);
  }

  static String kind(Node value) {
    if (!TAGS.contains(value.getTag())) {
      return "of the unknown type " + Quoted.of(value.getTag().getValue());
    }
    if (value.getTag().equals(Tag.NULL)) {
      return "empty";
    }
    if (value instanceof SequenceNode) {
      return "a list";
    }
    return value instanceof MappingNode ? "a mapping" : "a single value";
  }
}
