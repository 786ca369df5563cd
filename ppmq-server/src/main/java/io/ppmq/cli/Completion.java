package io.ppmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The completion for bash, which zsh reads too. The command line library completes commands and
 * options; the code around it asks the running broker for the names of topics and subscribers.
 */
final class Completion {
  private static final Set<String> TOPIC = Set.of("TOPIC");
  private static final Set<String> SUBSCRIBER = Set.of("SUBSCRIBER", "NAME");

  private Completion() {}

  /** The script; it is read by a shell, not run. */
  static String script(CommandLine ppmq) throws IOException {
    String plain =
        AutoComplete.bash("ppmq", ppmq)
            .replaceFirst("^#!.*\n", "")
            .replaceFirst("(?m)^complete -F _complete_ppmq .*\n", "");
    try (InputStream in = Completion.class.getResourceAsStream("names.bash")) {
      if (in == null) {
        throw new IOException("the program has no names.bash");
      }
      String names = new String(in.readAllBytes(), UTF_8);
      return plain
          + names
              .replace("@TOPIC@", commandsThatBeginWith(ppmq, TOPIC))
              .replace("@SUBSCRIBER@", commandsThatBeginWith(ppmq, SUBSCRIBER));
    }
  }

  /** The commands whose first argument has one of these labels, as a pattern of the shell. */
  private static String commandsThatBeginWith(CommandLine ppmq, Set<String> labels) {
    return ppmq.getSubcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .filter(
            spec ->
                spec.positionalParameters().stream()
                    .limit(1)
                    .map(PositionalParamSpec::paramLabel)
                    .anyMatch(labels::contains))
        .map(spec -> spec.name())
        .sorted()
        .collect(joining(" | "));
  }
}
