package io.ppmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cli.output.StandardOutput;
import io.ppmq.cli.output.Terminal;
import java.util.Collection;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** The common parts of {@code ppmq COMMAND --help}. */
class HelpTextTest {
  private static final int WIDTH = 90;

  static Collection<CommandLine> commands() {
    return Commands.all(Terminal.of(new StandardOutput())).getSubcommands().values();
  }

  private static String help(CommandLine command) {
    return command.setUsageHelpWidth(WIDTH).getUsageMessage(Ansi.OFF);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void hasASynopsisADescriptionOptionsExamplesAndExitStatus(CommandLine command) {
    String help = help(command);
    assertThat(help.lines().findFirst().orElseThrow()).endsWith(".");
    assertThat(help)
        .contains("\nUsage: ppmq " + command.getCommandName())
        .contains("\nOptions:\n")
        .contains("\nExit status: 0 ")
        .containsPattern("\nExamples?:\n  (?s:.*)ppmq " + command.getCommandName());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void saysWhereTheConfigurationLiesIfItReadsOne(CommandLine command) {
    boolean reads = command.getCommandSpec().findOption("--config") != null;
    assertThat(help(command).contains("\nFiles:\n  ./ppmq.yaml, ")).isEqualTo(reads);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void whatIsSaidOfAnOptionBreaksOnlyWhereTheLineIsFull(CommandLine command) {
    assertThat(command.getCommandSpec().args())
        .allSatisfy(arg -> assertThat(arg.description()).as(arg.paramLabel()).hasSize(1));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void hasAHeadingAboveItsArguments(CommandLine command) {
    boolean has = !command.getCommandSpec().positionalParameters().isEmpty();
    assertThat(help(command).contains("\nArguments:\n")).isEqualTo(has);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void linesAreFilledAndFit(CommandLine command) {
    assertThat(help(command).lines())
        .allMatch(line -> line.length() <= WIDTH)
        .noneMatch(line -> line.matches("[a-z]+"));
  }
}
