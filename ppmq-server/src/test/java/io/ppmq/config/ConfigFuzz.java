package io.ppmq.config;

import java.util.List;

/**
 * The properties of reading any file; {@code ./ppmq-fuzz} looks for files that break them. A file
 * loads, or is refused with reasons that name the file and take a line each; nothing else is
 * thrown, and reading it again gives the same result.
 */
public final class ConfigFuzz {
  private ConfigFuzz() {}

  /** Called by the fuzzer for each input; throws if a property does not hold. */
  public static void fuzzerTestOneInput(byte[] input) {
    List<String> said = read(input);
    if (!said.equals(read(input))) {
      throw new AssertionError("read again it says something else than " + said);
    }
  }

  private static List<String> read(byte[] input) {
    List<Problem> problems;
    boolean loads;
    try {
      ConfigFile file = ConfigFile.parse(Texts.FILE, input);
      checkWhole(file.config());
      problems = file.warnings();
      loads = true;
    } catch (InvalidConfig e) {
      problems = e.errors();
      loads = false;
    }
    List<String> lines = problems.stream().map(Problem::toString).toList();
    if (!loads && lines.isEmpty()) {
      throw new AssertionError("refused without a reason");
    }
    for (String line : lines) {
      if (!line.startsWith("ppmq.yaml:") || line.lines().count() != 1) {
        throw new AssertionError("no reason on a line: " + line);
      }
    }
    return lines;
  }

  private static void checkWhole(Config config) {
    List<String> names = config.subscribers().stream().map(SubscriberConfig::name).toList();
    for (TopicConfig topic : config.topics()) {
      if (!names.containsAll(topic.subscribers()) || topic.priorities() < 1) {
        throw new AssertionError("a topic that cannot be served: " + topic.name());
      }
    }
  }
}
