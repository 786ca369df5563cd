package io.ppmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.config.InvalidConfig;
import io.ppmq.message.Printable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
      "A message that was sent MaxDeliveries times and not acknowledged is kept as a dead letter",
      "in the topic that DeadLetter names. 'requeue' queues it again for the subscriber for which",
      "it died and for no other, at the end of its priority, counted from 0; 'drop' forgets it."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq dead",
      "  ppmq dead requeue 1lg5tpo0002",
      "  ppmq dead -t graveyard drop --all --yes",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
final class Dead implements Callable<Integer> {
  private static final String LIST = "list";
  private static final Set<String> ACTIONS = Set.of(LIST, "requeue", "drop");

  private final Terminal terminal;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ACTION",
      description = "list (unless given), requeue or drop.")
  private String action = LIST;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ID",
      description = "Which one to requeue or drop, as the list names it.")
  private @Nullable String id;

  @Option(
      names = {"-t", "--topic"},
      paramLabel = "TOPIC",
      description = "A dead-letter topic; otherwise all of them.")
  private @Nullable String topic;

  @Option(names = "--all", description = "Requeue or drop all of them.")
  private boolean all;

  @Mixin private final Consent consent = new Consent();

  @Option(
      names = {"-n", "--max"},
      paramLabel = "N",
      description = "Most letters in the list, up to 1000; 100 unless given.")
  private int max = 100;

  @Option(names = "--json", description = "Print JSON: a line for each letter, or the count.")
  private boolean json;

  @Mixin private final ConfigOption config = new ConfigOption();
  @Mixin final HelpOption help = new HelpOption();

  Dead(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InvalidConfig, Failure, IOException {
    boolean lists = action.equals(LIST);
    if (!ACTIONS.contains(action)) {
      throw new Failure(Status.USAGE, "the action must be list, requeue or drop");
    }
    if (lists ? id != null || all : (id == null) != all) {
      throw new Failure(
          Status.USAGE,
          lists ? "the list takes no ID" : "name the ID of one dead letter, or --all");
    }
    Given.within("-n", 1, 1000, max);
    AdminClient admin = config.admin(terminal);
    if (lists) {
      list(admin.get("/dead?max=" + max + topicParameter()));
    } else {
      String where = topic == null ? "" : " of topic " + topic;
      if (all
          && action.equals("drop")
          && !consent.isGiven(terminal, () -> "drop all dead letters" + where)) {
        terminal.complain("nothing was dropped");
        return Status.FAILED;
      }
      String which = id == null ? "all=true" : "id=" + Target.encode(id);
      return report(admin.post("/dead/" + action + "?" + which + topicParameter()));
    }
    return Status.DONE;
  }

  private String topicParameter() {
    return topic == null ? "" : "&topic=" + Target.encode(topic);
  }

  /** Says how many were dealt with, and of each that stays why. */
  private int report(byte[] answer) throws IOException {
    JsonTree outcome = JsonTree.parse(answer);
    long refused = outcome.count("refused");
    if (json) {
      terminal.out().write(answer, 0, answer.length);
      return refused == 0 ? Status.DONE : Status.FAILED;
    }
    String done = action.equals("drop") ? "dropped" : "requeued";
    terminal.out().println(done + " " + Shown.count(outcome.count(done), "dead letter"));
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

  private void list(byte[] answer) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : new String(answer, UTF_8).split("\n", -1)) {
      if (!line.isBlank()) {
        lines.add(line);
      }
    }
    for (String line : lines) {
      terminal
          .out()
          .println(
              json ? line : Printable.of(sentence(JsonTree.parse(line.getBytes(UTF_8)), line)));
    }
    if (lines.isEmpty() && !json) {
      terminal.out().println("there are no dead letters");
    }
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

  /** The payload is the letter's last field, and is shown as it is. */
  private static String payload(String line) {
    String field = ",\"payload\":";
    return line.substring(line.indexOf(field) + field.length(), line.length() - 2);
  }
}
