package io.ppmq.cli;

import io.ppmq.cli.admin.BackupCommand;
import io.ppmq.cli.admin.ClusterCommand;
import io.ppmq.cli.admin.DeadCommand;
import io.ppmq.cli.admin.DeleteCommand;
import io.ppmq.cli.admin.ExportCommand;
import io.ppmq.cli.admin.HealthCommand;
import io.ppmq.cli.admin.NamesCommand;
import io.ppmq.cli.admin.PauseCommand;
import io.ppmq.cli.admin.PeekCommand;
import io.ppmq.cli.admin.PurgeCommand;
import io.ppmq.cli.admin.ReloadCommand;
import io.ppmq.cli.admin.ResumeCommand;
import io.ppmq.cli.admin.StatsCommand;
import io.ppmq.cli.admin.TopCommand;
import io.ppmq.cli.bench.BenchCommand;
import io.ppmq.cli.client.AckCommand;
import io.ppmq.cli.client.NackCommand;
import io.ppmq.cli.client.PublishCommand;
import io.ppmq.cli.client.ReconnectCommand;
import io.ppmq.cli.client.SubscribeCommand;
import io.ppmq.cli.conformance.ConformanceCommand;
import io.ppmq.cli.demo.DemoCommand;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.serve.CheckCommand;
import io.ppmq.cli.serve.RepairCommand;
import io.ppmq.cli.serve.ServeCommand;
import io.ppmq.client.Refused;
import io.ppmq.config.InvalidConfig;
import io.ppmq.config.Spelling;
import io.ppmq.server.LoneNode;
import io.ppmq.server.StartException;
import io.ppmq.store.StoreException;
import io.ppmq.system.IoReason;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code ppmq}: it only picks a sub-command. */
@Command(
    name = "ppmq",
    header = "A persistent prioritized message queue broker for one server.",
    synopsisHeading = "%nUsage: ",
    customSynopsis = "ppmq COMMAND [OPTIONS]",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "'ppmq COMMAND --help' describes a command and shows an example.",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 65 damaged store,",
      "69 the broker is not reachable, 78 wrong configuration."
    })
final class Commands implements Callable<Integer> {
  private static final int WIDTH = 90;

  /** In the order of the help: running a broker, sending and receiving, looking, changing. */
  private static final Map<String, Function<Terminal, Callable<Integer>>> COMMANDS = commands();

  private final Terminal terminal;

  @Mixin final HelpOption help = new HelpOption();

  @Option(
      names = {"-V", "--version"},
      description = "Print the version and exit.")
  private boolean version;

  private Commands(Terminal terminal) {
    this.terminal = terminal;
  }

  private static Map<String, Function<Terminal, Callable<Integer>>> commands() {
    Map<String, Function<Terminal, Callable<Integer>>> commands = new LinkedHashMap<>();
    commands.put("serve", ServeCommand::new);
    commands.put("demo", DemoCommand::new);
    commands.put("bench", BenchCommand::new);
    commands.put("check", CheckCommand::new);
    commands.put("publish", PublishCommand::new);
    commands.put("subscribe", SubscribeCommand::new);
    commands.put("ack", AckCommand::new);
    commands.put("nack", NackCommand::new);
    commands.put("reconnect", ReconnectCommand::new);
    commands.put("stats", StatsCommand::new);
    commands.put("health", HealthCommand::new);
    commands.put("names", NamesCommand::new);
    commands.put("top", TopCommand::new);
    commands.put("peek", PeekCommand::new);
    commands.put("export", ExportCommand::new);
    commands.put("dead", DeadCommand::new);
    commands.put("backup", BackupCommand::new);
    commands.put("repair", RepairCommand::new);
    commands.put("delete", DeleteCommand::new);
    commands.put("pause", PauseCommand::new);
    commands.put("resume", ResumeCommand::new);
    commands.put("purge", PurgeCommand::new);
    commands.put("reload", ReloadCommand::new);
    commands.put("cluster", Commands::cluster);
    commands.put("conformance", ConformanceCommand::new);
    commands.put("version", VersionCommand::new);
    return commands;
  }

  private static ClusterCommand cluster(Terminal of) {
    return new ClusterCommand(
        of, (broker, terminal) -> LoneNode.force(broker.load(terminal).config()));
  }

  /** Runs the command within this process and returns its exit status. */
  static int run(Terminal terminal, String... given) {
    boolean isHelp = given.length > 0 && given[0].equals("help");
    String[] args = isHelp ? asHelp(given) : given;
    if (args.length > 0 && !args[0].startsWith("-") && !COMMANDS.containsKey(args[0])) {
      return unknown(
          terminal, args[0]); // its --help would be the help of ppmq, as if the command existed
    }
    CommandLine ppmq = commandLine(terminal, args);
    CommandLine command = isHelp ? ppmq.getSubcommands().get(args[0]) : null;
    if (command != null && given.length > 2 && !isAction(command, given)) {
      return unknownAction(terminal, command, given);
    }
    PrintWriter out = writer(terminal.out());
    try {
      return ppmq.setOut(out)
          .setErr(writer(terminal.err()))
          .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
          .setUsageHelpWidth(WIDTH)
          .setParameterExceptionHandler((e, wrong) -> wrongUsage(terminal, e))
          .setExecutionExceptionHandler((e, line, result) -> failed(terminal, e))
          .execute(args);
    } finally {
      out.flush();
    }
  }

  /** Many users try {@code ppmq help COMMAND} first. */
  private static String[] asHelp(String... given) {
    if (given.length == 1 || given[1].equals("help")) {
      return new String[] {"--help"};
    }
    return COMMANDS.containsKey(given[1])
        ? new String[] {given[1], "--help"}
        : new String[] {given[1]};
  }

  /** Whether {@code ppmq help COMMAND} is followed by nothing but an action of the command. */
  private static boolean isAction(CommandLine command, String... given) {
    String word = given[2];
    return given.length == 3
        && (word.equals("-h") || word.equals("--help") || actions(command).contains(word));
  }

  /** The words that the first argument of a command may be; empty if it may be any word. */
  private static List<String> actions(CommandLine command) {
    List<String> actions = new ArrayList<>();
    command.getCommandSpec().positionalParameters().stream()
        .limit(1)
        .map(PositionalParamSpec::completionCandidates)
        .filter(Objects::nonNull)
        .forEach(candidates -> candidates.forEach(actions::add));
    return actions;
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  /** The command with the specifications of all its sub-commands. */
  static CommandLine all(Terminal terminal) {
    return commandLine(terminal);
  }

  /** Loads only the named sub-command: a broker does not need the others. */
  private static CommandLine commandLine(Terminal terminal, String... args) {
    CommandLine line = new CommandLine(new Commands(terminal));
    String name = args.length > 0 ? args[0] : "";
    COMMANDS.forEach(
        (known, command) -> {
          if (known.equals(name) || !COMMANDS.containsKey(name)) {
            line.addSubcommand(known, command.apply(terminal));
          }
        });
    HelpText.complete(line);
    line.getSubcommands().values().forEach(HelpText::complete);
    return line;
  }

  @Override
  public Integer call() {
    if (version) {
      return new VersionCommand(terminal).call();
    }
    terminal.complain("no command given: 'ppmq --help' lists the commands");
    return Status.USAGE;
  }

  private static int unknown(Terminal terminal, String command) {
    terminal.complain(
        "there is no command "
            + command
            + meant(command, COMMANDS.keySet())
            + " (see 'ppmq --help')");
    return Status.USAGE;
  }

  private static int unknownAction(Terminal terminal, CommandLine command, String... given) {
    terminal.complain(
        "there is no command "
            + String.join(" ", Arrays.copyOfRange(given, 1, given.length))
            + (given.length == 3 ? meant(given[2], actions(command)) : "")
            + " (see 'ppmq "
            + command.getCommandName()
            + " --help')");
    return Status.USAGE;
  }

  private static List<String> options(CommandLine line) {
    return line.getCommandSpec().options().stream()
        .flatMap(option -> Arrays.stream(option.names()))
        .filter(name -> name.startsWith("--"))
        .toList();
  }

  /**
   * The known word that the user probably meant, as the end of a sentence; empty if none is close.
   */
  private static String meant(String given, Collection<String> known) {
    if (known.isEmpty()) {
      return "";
    }
    String nearest = Spelling.nearest(given, known);
    return Spelling.isMeant(given, nearest) ? ": did you mean " + nearest + "?" : "";
  }

  private static int wrongUsage(Terminal terminal, ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    terminal.complain(sentence(e) + " (see '" + command + " --help')");
    return Status.USAGE;
  }

  /** Reports misspelt words first: words may seem to be missing because of them. */
  private static String sentence(ParameterException e) {
    for (String given : e.getCommandLine().getUnmatchedArguments()) {
      if (given.startsWith("-")) {
        return "there is no option " + given + meant(given, options(e.getCommandLine()));
      }
    }
    if (e instanceof UnmatchedArgumentException unmatched) {
      String given = unmatched.getUnmatched().get(0);
      boolean isConfig = given.endsWith(".yaml") || given.endsWith(".yml");
      String meant =
          isConfig && options(e.getCommandLine()).contains("--config")
              ? ": did you mean -c " + given + "?"
              : "";
      return "unexpected argument: " + given + meant;
    }
    return String.valueOf(e.getMessage())
        .replaceFirst(" is not an? (int|long)$", " is not a whole number");
  }

  /** Prints why a command failed, and returns the exit status. */
  static int failed(Terminal terminal, Exception e) {
    terminal.out().flush();
    if (e instanceof InvalidConfig invalid) {
      invalid.errors().forEach(error -> terminal.complain(error.toString()));
      return Status.CONFIG;
    }
    if (e instanceof Failure failure) {
      failure.sentences().forEach(terminal::complain);
      return failure.status();
    }
    terminal.complain(sentence(e));
    if (e instanceof StartException start && start.isStoreDamage()) {
      return Status.DAMAGED;
    }
    return e instanceof ConnectException ? Status.UNREACHABLE : Status.FAILED;
  }

  private static String sentence(Exception e) {
    String message = e.getMessage();
    if (e instanceof StoreException store) {
      return store.sentence();
    }
    if (e instanceof UncheckedIOException && e.getCause() instanceof IOException cause) {
      return sentence(cause);
    }
    if (e instanceof IOException io) {
      return IoReason.of(io);
    }
    if (e instanceof Refused refused) {
      return Format.reason(refused);
    }
    return e instanceof StartException && message != null ? message : "unexpected: " + e;
  }
}
