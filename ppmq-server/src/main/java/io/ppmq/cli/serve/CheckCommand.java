package io.ppmq.cli.serve;

import io.ppmq.cli.option.ConfigOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonText;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import io.ppmq.config.Problem;
import io.ppmq.server.WritableDirectories;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq check}. */
@Command(
    name = "check",
    header = "Check a configuration file.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Checks only; starts nothing. Prints all errors and warnings of the file on stderr, one on",
      "each line; with --json on stdout."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq check -c ppmq.yaml && systemctl restart ppmq",
      "",
      "Exit status: 0 the broker would start with the file, 2 wrong usage, 78 it would not."
    })
public final class CheckCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = "--json",
      description =
          "Print one JSON object: whether the file is valid, and its errors and warnings "
              + "with lines.")
  private boolean json;

  @Mixin private final ConfigOption config = new ConfigOption();
  @Mixin final HelpOption help = new HelpOption();

  public CheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InvalidConfig {
    try {
      ConfigFile file = config.load(terminal);
      ClusterModule.check(file);
      List<Problem> warnings = new ArrayList<>(file.warnings());
      String path = file.path().toString();
      WritableDirectories.warnings(file.config())
          .forEach(sentence -> warnings.add(new Problem(null, 0, sentence)));
      report(path, file.config(), warnings);
      return Status.DONE;
    } catch (InvalidConfig e) {
      if (!json) {
        warn(e.warnings());
        throw e;
      }
      terminal.out().println(JsonText.of(report(false, e.errors(), e.warnings())));
      return Status.CONFIG;
    }
  }

  private void report(String path, Config valid, List<Problem> warnings) {
    int topics = valid.topics().size();
    int subscribers = valid.subscribers().size();
    if (json) {
      Map<String, Object> report = report(true, List.of(), warnings);
      report.put("file", path);
      report.put("topics", topics);
      report.put("subscribers", subscribers);
      terminal.out().println(JsonText.of(report));
      return;
    }
    warn(warnings);
    String counted = Format.count(topics, "topic") + ", " + Format.count(subscribers, "subscriber");
    terminal.out().println(path + ": fine: " + counted);
  }

  private void warn(List<Problem> warnings) {
    warnings.forEach(warning -> terminal.complain("warning: " + warning));
  }

  private static Map<String, Object> report(
      boolean valid, List<Problem> errors, List<Problem> warnings) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("valid", valid);
    report.put("errors", errors.stream().map(CheckCommand::fields).toList());
    report.put("warnings", warnings.stream().map(CheckCommand::fields).toList());
    return report;
  }

  private static Map<String, Object> fields(Problem problem) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (problem.file() != null) {
      fields.put("file", problem.file());
    }
    if (problem.line() > 0) {
      fields.put("line", problem.line());
    }
    fields.put("reason", problem.sentence());
    return fields;
  }
}
