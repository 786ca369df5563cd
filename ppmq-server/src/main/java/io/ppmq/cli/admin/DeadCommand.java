package io.ppmq.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.Bounds;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.Consent;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.MessageLine;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ppmq dead}. */
@Command(
    name = "dead",
    header = "List, requeue or drop dead letters.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "A message that was sent MaxDeliveries times without an acknowledgement, or nacked with a",
      "RetryAfter of never, becomes a dead letter in the topic that DeadLetter names. 'requeue'",
      "queues a letter again only for the subscriber for which it died, at the end of its priority,",
      "with its deliveries counted from 0. 'drop' deletes letters, and on a terminal asks first."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq dead",
      "  ppmq dead requeue 1lg5tpo0002",
      "  ppmq dead -s mailer requeue --all",
      "  ppmq dead -t graveyard drop --all --yes",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class DeadCommand implements Callable<Integer> {
  private static final String LIST = "list";
  private static final List<String> ACTIONS = List.of(LIST, "requeue", "drop");

  /** The number of letters in one request; letters may be large. */
  private static final int PAGE = 10;

  private final Terminal terminal;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ACTION",
      completionCandidates = Actions.class,
      description = "list (the default), requeue or drop.")
  private String action = LIST;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "ID",
      description = "The IDs of the letters, as the list prints them.")
  private List<String> ids = new ArrayList<>();

  @Option(
      names = {"-t", "--topic"},
      paramLabel = "TOPIC",
      description = "Only letters in this topic or from this topic. Default: all.")
  private @Nullable String topic;

  @Option(
      names = {"-s", "--subscriber"},
      paramLabel = "SUBSCRIBER",
      description = "Only letters of this subscriber. Default: all.")
  private @Nullable String subscriber;

  @Option(names = "--all", description = "Requeue or drop all letters.")
  private boolean all;

  @Mixin private final Consent consent = new Consent();

  @Option(
      names = {"-n", "--max"},
      paramLabel = "N",
      description = "The largest number of letters in the list. Default: all.")
  private long max = Long.MAX_VALUE;

  @Option(names = "--json", description = "Print JSON: one line for each letter, or the count.")
  private boolean json;

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public DeadCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException {
    boolean lists = action.equals(LIST);
    if (!ACTIONS.contains(action)) {
      throw new Failure(Status.USAGE, "the action must be list, requeue or drop, and is " + action);
    }
    if (lists ? !ids.isEmpty() || all : ids.isEmpty() != all) {
      throw new Failure(
          Status.USAGE,
          lists ? "the list takes no ID and no --all" : "name the ID of one dead letter, or --all");
    }
    Bounds.atLeast("-n", 1, max);
    AdminClient admin = broker.admin(terminal);
    if (lists) {
      list(admin);
      return Status.DONE;
    }
    String where = topic == null ? "" : " of topic " + topic;
    String whose = subscriber == null ? "" : " for subscriber " + subscriber;
    String which = all ? "all dead letters" : Format.count(ids.size(), "dead letter");
    if (action.equals("drop")
        && !consent.isGiven(terminal, () -> "drop " + which + where + whose)) {
      terminal.complain("nothing was dropped");
      return Status.FAILED;
    }
    String path = "/dead/" + action + "?";
    if (all) {
      return report(admin.post(path + "all=true" + filter()));
    }
    int status = Status.DONE;
    for (String id : ids) {
      status = Math.max(status, deal(id, admin, path));
    }
    return status;
  }

  /**
   * Requeues or drops one letter. If the broker refuses, prints the letter with the reason, and
   * goes on.
   */
  private int deal(String id, AdminClient admin, String path) throws Failure, IOException {
    try {
      return report(admin.post(path + "id=" + Target.encode(id) + filter()));
    } catch (Failure e) {
      if (e.status() != Status.FAILED) {
        throw e;
      }
      terminal.complain(id + " is not " + done() + ": " + e.getMessage());
      return Status.FAILED;
    }
  }

  private String done() {
    return action.equals("drop") ? "dropped" : "requeued";
  }

  private String filter() {
    return (topic == null ? "" : "&topic=" + Target.encode(topic))
        + (subscriber == null ? "" : "&subscriber=" + Target.encode(subscriber));
  }

  /** Prints the number of letters requeued or dropped, and the reason for each one that stays. */
  private int report(byte[] body) throws IOException {
    // The answer is white space while the change goes on.
    byte[] answer = (new String(body, UTF_8).strip() + "\n").getBytes(UTF_8);
    JsonTree outcome = JsonTree.parse(answer);
    long refused = outcome.count("refused");
    if (json) {
      terminal.out().write(answer, 0, answer.length);
      return refused == 0 ? Status.DONE : Status.FAILED;
    }
    String done = done();
    terminal.out().println(done + " " + Format.count(outcome.count(done), "dead letter"));
    terminal.out().flush();
    List<JsonTree> reasons = outcome.list("reasons");
    for (JsonTree reason : reasons) {
      terminal.complain(reason.text("id") + " is not " + done + ": " + reason.text("reason"));
    }
    if (refused > reasons.size()) {
      terminal.complain((refused - reasons.size()) + " more are not " + done);
    }
    return refused == 0 ? Status.DONE : Status.FAILED;
  }

  private void list(AdminClient admin) throws IOException, Failure {
    long left = max;
    String from = "";
    boolean any = false;
    while (left > 0) {
      long page = Math.min(left, PAGE);
      List<String> lines = lines(admin.get("/dead?max=" + page + filter() + from));
      for (String line : lines) {
        JsonTree letter = JsonTree.parse(line.getBytes(UTF_8));
        terminal.out().println(json ? line : MessageLine.shown(sentence(letter, line)));
        from =
            "&in="
                + Target.encode(letter.text("deadLetter"))
                + "&after="
                + Target.encode(letter.text("id"));
      }
      any |= !lines.isEmpty();
      left = lines.size() < page ? 0 : left - lines.size();
    }
    if (!any && !json) {
      terminal
          .out()
          .println(
              "there are no dead letters"
                  + (topic == null ? "" : " of topic " + topic)
                  + (subscriber == null ? "" : " for subscriber " + subscriber));
    }
  }

  private static List<String> lines(byte[] answer) {
    return new String(answer, UTF_8).lines().filter(line -> !line.isBlank()).toList();
  }

  private static String sentence(JsonTree found, String line) {
    JsonTree letter = found.object("letter");
    return found.text("id")
        + " in "
        + found.text("deadLetter")
        + ": "
        + letter.text("topic")
        + " for "
        + letter.text("subscriber")
        + ", died "
        + letter.text("died")
        + ", "
        + letter.text("reason")
        + ": "
        + payload(line);
  }

  /** The payload is the letter's last field, and is printed unchanged. */
  private static String payload(String line) {
    String field = ",\"payload\":";
    return line.substring(line.indexOf(field) + field.length(), line.length() - 2);
  }

  /** The actions, for the completion of the shell. */
  static final class Actions implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ACTIONS.iterator();
    }
  }
}
