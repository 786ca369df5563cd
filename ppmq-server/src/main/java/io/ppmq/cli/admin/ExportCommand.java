package io.ppmq.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.MessageLine;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq export}. */
@Command(
    name = "export",
    header = "Print all stored messages of a topic.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Prints a line of JSON for each message, with the fields of 'ppmq peek' and the subscribers",
      "that have not finished it; state and attempt are those of the first of these. With -s it",
      "prints only the messages that one subscriber has not finished. The order is by priority, then",
      "by time of publishing. Messages with a producer's key in a topic with Dedupe follow, ordered",
      "by key. Without -s, delayed messages come last, without a key and with their due time as",
      "notBefore, so that each line can be published again. Messages that are published or",
      "acknowledged meanwhile may or may not be included. Changes nothing."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq export mails > mails.jsonl",
      "  ppmq export mails -s mailer | jq -r 'select(.attempt > 3) | .key'",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class ExportCommand implements Callable<Integer> {
  private static final String NEXT = "{\"next\":";

  private final Terminal terminal;

  @Mixin private final Target target = new Target();

  @Option(
      names = "--json",
      description =
          "Print the lines byte for byte as the admin interface answers them; the JSON is "
              + "equal.")
  private boolean json;

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public ExportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException {
    String subscriber = target.subscriber();
    String page =
        "/export?topic="
            + Target.encode(target.topicNamed())
            + (subscriber == null ? "" : "&subscriber=" + Target.encode(subscriber));
    AdminClient admin = broker.admin(terminal);
    String next = print(admin.get(page));
    while (next != null && !terminal.out().checkError()) {
      next = print(admin.get(page + "&after=" + Target.encode(next)));
    }
    return Status.DONE;
  }

  /**
   * Prints the messages of a portion, and returns the position of the next one; null after the
   * last.
   */
  private @Nullable String print(byte[] portion) throws IOException {
    String[] lines = new String(portion, UTF_8).split("\n", -1);
    for (String line : lines) {
      if (line.startsWith(NEXT)) {
        return JsonTree.parse(line.getBytes(UTF_8)).text("next");
      }
      if (!line.isEmpty()) {
        terminal.out().println(json ? line : MessageLine.shown(line));
      }
    }
    return null;
  }
}
