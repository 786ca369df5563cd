package io.ppmq.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Adds to the help of every command the places of the configuration, and fills its lines to the
 * width of the help.
 */
final class HelpText {
  private static final String EXIT_STATUS = "Exit status: ";

  private static final List<String> FILES =
      List.of(
          "Files:",
          "  ./ppmq.yaml, ~/.config/ppmq/ppmq.yaml (not for root), /etc/ppmq/ppmq.yaml",
          "      The configuration: the first that is there, unless -c or $PPMQ_CONFIG names one.",
          "");

  private HelpText() {}

  /** Completes the help of a command. */
  static void complete(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    UsageMessageSpec usage = spec.usageMessage();
    usage.description(flowing(List.of(usage.description())));
    List<String> footer = new ArrayList<>(List.of(usage.footer()));
    if (spec.findOption("--config") != null) {
      footer.addAll(placeOfStatus(footer), FILES);
    }
    usage.footer(flowing(footer));
  }

  private static int placeOfStatus(List<String> footer) {
    for (int i = 0; i < footer.size(); i++) {
      if (footer.get(i).startsWith(EXIT_STATUS)) {
        return i;
      }
    }
    return footer.size();
  }

  /** Lines of one paragraph become one; headings and indented lines stay. */
  private static String[] flowing(List<String> lines) {
    List<String> flowing = new ArrayList<>();
    boolean goesOn = false;
    for (String line : lines) {
      boolean text = !line.isEmpty() && !line.startsWith(" ") && !line.endsWith(":");
      if (text && goesOn) {
        int last = flowing.size() - 1;
        flowing.set(last, flowing.get(last) + " " + line);
      } else {
        flowing.add(line);
      }
      goesOn = text;
    }
    return flowing.toArray(String[]::new);
  }
}
