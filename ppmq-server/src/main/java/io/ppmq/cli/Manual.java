package io.ppmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.admin.Version;
import io.ppmq.cli.output.StandardOutput;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.config.ConfigKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes the manual pages and the completion for shells, from the help of the commands; run by the
 * build.
 */
public final class Manual {
  private static final String EXIT_STATUS = "Exit status: ";
  private static final String DEEPER = "      ";

  private final CommandLine ppmq;

  private Manual(CommandLine ppmq) {
    this.ppmq = ppmq;
  }

  /** Writes {@code man/man1}, {@code man/man5} and {@code completion} into the given directory. */
  public static void main(String[] args) throws IOException {
    new Manual(Commands.all(Terminal.of(new StandardOutput()))).write(Path.of(args[0]));
  }

  private void write(Path directory) throws IOException {
    Path commands = Files.createDirectories(directory.resolve("man/man1"));
    Files.writeString(commands.resolve("ppmq.1"), overview(), UTF_8);
    for (CommandLine command : ppmq.getSubcommands().values()) {
      String name = "ppmq-" + command.getCommandName();
      Files.writeString(commands.resolve(name + ".1"), page(command.getCommandSpec(), name), UTF_8);
    }
    Path files = Files.createDirectories(directory.resolve("man/man5"));
    Files.writeString(files.resolve("ppmq.yaml.5"), configuration(), UTF_8);
    Path completion = Files.createDirectories(directory.resolve("completion"));
    Files.writeString(completion.resolve("ppmq"), Completion.script(ppmq), UTF_8);
  }

  // ---- pages ----------------------------------------------------------------------------------

  private String overview() {
    CommandSpec spec = ppmq.getCommandSpec();
    Roff page = begin("ppmq", "1", spec);
    page.section("SYNOPSIS").line("\\fBppmq\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]");
    page.section("DESCRIPTION")
        .text(
            "A broker takes messages over a unix socket, keeps them on the disk, and pushes them in"
                + " batches, by priority, to each subscriber's own socket until they are"
                + " acknowledged.");
    page.section("COMMANDS");
    for (CommandLine command : ppmq.getSubcommands().values()) {
      String name = command.getCommandName();
      page.item("\\fBppmq\\-" + Roff.code(name) + "\\fR(1)")
          .text(String.join(" ", command.getCommandSpec().usageMessage().header()));
    }
    page.section("EXIT STATUS");
    for (String[] status : Status.meanings()) {
      page.item("\\fB" + status[0] + "\\fR").text(status[1]);
    }
    page.section("ENVIRONMENT");
    page.item("\\fBPPMQ_CONFIG\\fR").text("Names the configuration file.");
    page.item("\\fBPPMQ_JAVA_OPTS\\fR").text("Additional JVM options, separated by blanks.");
    page.item("\\fBJAVA_HOME\\fR")
        .text("The Java installation to run on. Default: the java on the PATH.");
    page.section("FILES");
    page.item("\\fI./ppmq.yaml\\fR, \\fI/etc/ppmq/ppmq.yaml\\fR")
        .text(
            "The configuration, unless -c or PPMQ_CONFIG names one. For a user other than root"
                + " ~/.config/ppmq/ppmq.yaml, or $XDG_CONFIG_HOME/ppmq/ppmq.yaml, comes before that"
                + " in /etc.");
    page.section("SEE ALSO").line("\\fBppmq.yaml\\fR(5)");
    return page.toString();
  }

  private static String page(CommandSpec spec, String name) {
    Roff page = begin(name, "1", spec);
    page.section("SYNOPSIS").line(synopsis(spec));
    if (spec.usageMessage().description().length > 0) {
      page.section("DESCRIPTION").text(String.join(" ", spec.usageMessage().description()));
      moreText(spec.usageMessage().footer()).forEach(text -> page.paragraph().text(text));
    }
    if (!spec.positionalParameters().isEmpty()) {
      page.section("ARGUMENTS");
      for (PositionalParamSpec argument : spec.positionalParameters()) {
        page.item("\\fI" + Roff.code(argument.paramLabel()) + "\\fR").text(description(argument));
      }
    }
    page.section("OPTIONS");
    for (OptionSpec option : spec.options()) {
      page.item(names(option)).text(description(option));
    }
    footer(page, spec.usageMessage().footer());
    page.section("SEE ALSO").line("\\fBppmq\\fR(1), \\fBppmq.yaml\\fR(5)");
    return page.toString();
  }

  private static Roff begin(String name, String section, CommandSpec spec) {
    String what = String.join(" ", spec.usageMessage().header());
    return Roff.page(name, section, Version.current()).named(name, what);
  }

  private static String synopsis(CommandSpec spec) {
    StringBuilder line = new StringBuilder("\\fBppmq " + Roff.code(spec.name()) + "\\fR");
    if (!spec.options().isEmpty()) {
      line.append(" [\\fIOPTIONS\\fR]");
    }
    for (PositionalParamSpec argument : spec.positionalParameters()) {
      String label = "\\fI" + Roff.code(argument.paramLabel()) + "\\fR";
      line.append(' ').append(argument.arity().min() == 0 ? "[" + label + "]" : label);
    }
    return line.toString();
  }

  private static String names(OptionSpec option) {
    List<String> names = new ArrayList<>();
    for (String name : option.names()) {
      names.add("\\fB" + Roff.code(name) + "\\fR");
    }
    boolean takesValue = option.arity().max() > 0;
    return String.join(", ", names)
        + (takesValue ? " \\fI" + Roff.code(option.paramLabel()) + "\\fR" : "");
  }

  private static String description(ArgSpec argument) {
    return String.join(" ", argument.description())
        .replace("${DEFAULT-VALUE}", String.valueOf(argument.initialValue()))
        .replace("%%", "%");
  }

  /**
   * The text of the help below the options and before its first heading; a page has it in the
   * description of the command.
   */
  private static List<String> moreText(String... footer) {
    return Arrays.stream(footer)
        .takeWhile(line -> !line.endsWith(":") && !line.startsWith(EXIT_STATUS))
        .filter(line -> !line.isEmpty())
        .toList();
  }

  /** Examples and files are indented below their headings; the exit status stands last. */
  private static void footer(Roff page, String... lines) {
    String heading = "";
    for (String line : lines) {
      if (line.matches("Examples?:")) {
        heading = "EXAMPLES";
        page.section(heading).line(".nf");
      } else if (line.equals("Files:")) {
        heading = "FILES";
        page.section(heading);
      } else if (line.startsWith(EXIT_STATUS)) {
        page.section("EXIT STATUS").text(line.substring(EXIT_STATUS.length()));
      } else if (line.isEmpty()) {
        page.line(heading.equals("EXAMPLES") ? ".fi" : ".");
        heading = "";
      } else if (heading.equals("EXAMPLES")) {
        page.line(Roff.code(line.strip()));
      } else if (heading.equals("FILES") && line.startsWith(DEEPER)) {
        page.text(line.strip());
      } else if (heading.equals("FILES")) {
        page.item("\\fI" + Roff.code(line.strip()) + "\\fR");
      }
    }
  }

  private static String configuration() {
    Roff page = Roff.page("ppmq.yaml", "5", Version.current());
    page.named("ppmq.yaml", "The configuration of the ppMQ broker");
    page.section("DESCRIPTION")
        .text(
            "A YAML file. Names of keys are case-sensitive. A key that is not known is a warning; a"
                + " wrong value is an error, and all errors are reported at once: see"
                + " ppmq-check(1). A running broker applies changes on SIGHUP: see"
                + " ppmq-reload(1).");
    for (ConfigKeys.Place place : ConfigKeys.places()) {
      page.section(place.name().toUpperCase(Locale.ROOT));
      place.keys().forEach((key, help) -> page.item("\\fB" + Roff.code(key) + "\\fR").text(help));
    }
    page.section("EXAMPLES").line(".nf");
    ConfigKeys.EXAMPLE.lines().forEach(line -> page.line(Roff.code(line)));
    page.line(".fi");
    page.section("SEE ALSO").line("\\fBppmq\\fR(1)");
    return page.toString();
  }
}
