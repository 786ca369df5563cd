package io.ppmq.cli.admin;

import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ppmq names}. The completion of the shells runs it too. */
@Command(
    name = "names",
    header = "Print the names of the topics or subscribers.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Asks the running broker and prints one name on each line. Includes topics that are no longer",
      "in its configuration but still have messages."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq names topics | while read -r topic; do ppmq peek \"$topic\"; done",
      "",
      "Exit status: 0 done, 1 refused, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class NamesCommand implements Callable<Integer> {
  private static final List<String> KINDS = List.of("topics", "subscribers");

  private final Terminal terminal;

  @Parameters(
      paramLabel = "topics|subscribers",
      completionCandidates = Kinds.class,
      description = "Which names to print.")
  private String kind = "";

  @Option(
      names = "--json",
      description = "Print one JSON object with both lists, as the admin interface answers.")
  private boolean json;

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public NamesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, Failure {
    if (!KINDS.contains(kind)) {
      throw new Failure(Status.USAGE, "the argument must be topics or subscribers, and is " + kind);
    }
    byte[] names = broker.admin(terminal).get("/names");
    if (json) {
      terminal.out().print(new String(names, StandardCharsets.UTF_8));
    } else {
      JsonTree.parse(names).texts(kind).forEach(terminal.out()::println);
    }
    return Status.DONE;
  }

  /** The kinds of names, for the completion of the shell. */
  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return KINDS.iterator();
    }
  }
}
