package io.ppmq.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.Consent;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.JsonOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ppmq purge}. */
@Command(
    name = "purge",
    header = "Delete the queued messages of a topic.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Deletes waiting, delayed and in-flight messages; an acknowledgement of a deleted message has",
      "no effect. With -s it deletes the messages of one subscriber only; delayed messages stay,",
      "since they are in no queue yet. It also deletes messages of topics and subscribers that the",
      "configuration no longer has. Deleted messages cannot be restored. On a terminal the command",
      "asks first."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq purge -t mails",
      "  ppmq purge -t mails -s mailer --yes",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class PurgeCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final Target target = new Target();

  @Mixin private final Consent consent = new Consent();

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public PurgeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException {
    AdminClient admin = broker.admin(terminal);
    String query = "?topic=" + Target.encode(target.topicNamed());
    String subscriber = target.subscriber();
    query += subscriber == null ? "" : "&subscriber=" + Target.encode(subscriber);
    if (!consent.isGiven(terminal, () -> question(admin))) {
      terminal.complain("nothing was purged");
      return Status.FAILED;
    }
    // The answer is white space while the purge goes on.
    String answer = new String(admin.post("/purge" + query), UTF_8).strip() + "\n";
    json.print(answer.getBytes(UTF_8), PurgeCommand::sentences, terminal);
    return Status.DONE;
  }

  private static String sentences(JsonTree purged) {
    String topic = purged.text("topic");
    List<JsonTree> queues = purged.list("purged");
    return queues.isEmpty()
        ? topic + ": nothing was queued\n"
        : queues.stream().map(queue -> topic + ", " + sentence(queue) + "\n").collect(joining());
  }

  private static String sentence(JsonTree queue) {
    String dropped = Format.count(queue.count("messages"), "message");
    return queue.text("subscriber") + ": " + dropped + " dropped";
  }

  private String question(AdminClient admin) throws IOException, Failure {
    long queued = 0;
    for (JsonTree topic : JsonTree.parse(admin.get("/stats")).list("topics")) {
      boolean whole =
          target.subscriber() == null && topic.text("topic").equals(target.topicNamed());
      queued += whole ? topic.count("delayed") : 0;
      for (JsonTree queue : topic.list("subscribers")) {
        boolean meant =
            topic.text("topic").equals(target.topicNamed())
                && (target.subscriber() == null
                    || target.subscriber().equals(queue.text("subscriber")));
        queued += meant ? queued(queue) : 0;
      }
    }
    return "drop " + Format.count(queued, "message") + " of " + target;
  }

  private static long queued(JsonTree queue) {
    return queue.count("backlog") + queue.count("inFlight") + queue.count("nacked");
  }
}
