package io.ppmq.cli.admin;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ppmq.admin.Admin;
import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.Bounds;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.AnyJson;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.MessageLine;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.TopicConfig;
import io.ppmq.topic.TopicSettings;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq peek}. */
@Command(
    name = "peek",
    header = "Print the next messages of a subscriber.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Prints a line of JSON for each message, starting with the messages in flight. Without -s it",
      "shows the first subscriber of the topic. It ends after 4 MiB of payloads. Of the messages that",
      "were never sent it reads at most 4,096 of each priority, and with a filter 50,000. It says so",
      "when one of these bounds ends the list. A nacked message has the \"reason\" of its last nack, as",
      "long as the broker keeps it: up to 16 KiB for each subscriber, and not over a restart. A line",
      "with \"replaced\":true is a message in flight that a newer one with the same key has replaced;",
      "its payload is no longer stored and is null. Changes nothing."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq peek mails -s mailer -n 3",
      "  ppmq peek -t mails -p 0 --state redeliver",
      "  ppmq peek mails --state delayed",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
public final class PeekCommand implements Callable<Integer> {
  private static final Set<String> STATES =
      Set.of("queued", "waiting", "in flight", "redeliver", "nacked", "delayed");

  private final Terminal terminal;

  @Mixin private final Target target = new Target();

  @Option(
      names = {"-p", "--priority"},
      paramLabel = "N",
      description = "Only messages of this priority.")
  private @Nullable Integer priority;

  @Option(
      names = {"-k", "--key"},
      paramLabel = "KEY",
      description = "Only the message with this key.")
  private @Nullable String key;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description =
          "Only messages in this state: queued (also: waiting), 'in flight', redeliver, "
              + "nacked or delayed. Delayed messages are in no queue yet, so -s has no effect on "
              + "them.")
  private @Nullable String state;

  @Option(
      names = {"-n", "--max"},
      paramLabel = "N",
      description = "The largest number of messages, up to 1000. Default: 10.")
  private int max = 10;

  @Option(names = "--json", description = "Print one JSON array, as the admin interface answers.")
  private boolean json;

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public PeekCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException {
    Bounds.within("-n", 1, 1000, max);
    if (priority != null) {
      Bounds.atLeast("-p", 0, priority);
    }
    if (state != null && !STATES.contains(state)) {
      throw new Failure(
          Status.USAGE,
          "--state must be queued, in flight, redeliver, nacked or delayed, and is " + state);
    }
    String topic = target.topicNamed();
    String named = target.subscriber();
    AdminClient admin = broker.admin(terminal);
    boolean isNobodys = "delayed".equals(state);
    String of =
        named != null || isNobodys ? named : firstSubscriber(broker.file(terminal), admin, topic);
    String path =
        "/peek?topic="
            + Target.encode(topic)
            + (of == null ? "" : "&subscriber=" + Target.encode(of))
            + "&max="
            + max
            + (priority == null ? "" : "&priority=" + priority)
            + (key == null ? "" : "&key=" + Target.encode(key))
            + (state == null ? "" : "&state=" + Target.encode(state));
    AdminClient.Answer answer = admin.getAnswer(path);
    if (json) {
      terminal.out().write(answer.body(), 0, answer.body().length);
    }
    complain(answer.word(Admin.ENDED_HEADER), print(answer.body()) > 0);
    return Status.DONE;
  }

  private static String firstSubscriber(@Nullable ConfigFile file, AdminClient admin, String topic)
      throws Failure, IOException {
    List<TopicConfig> topics = file == null ? List.of() : file.config().topics();
    for (TopicConfig known : topics) {
      if (known.name().equals(topic) && !known.subscribers().isEmpty()) {
        return known.subscribers().get(0);
      }
    }
    return topics.stream().anyMatch(one -> topic.equals(one.limits().deadLetter()))
        ? TopicSettings.DEAD_LETTERS
        : firstSubscriber(admin, topic);
  }

  /** Asks the broker, which also knows topics that are no longer in the configuration. */
  private static String firstSubscriber(AdminClient admin, String topic)
      throws Failure, IOException {
    for (JsonTree known : JsonTree.parse(admin.get("/stats")).list("topics")) {
      if (known.text("topic").equals(topic)) {
        List<JsonTree> queues = known.list("subscribers");
        if (queues.isEmpty()) {
          throw new Failure(
              Status.FAILED, "topic " + topic + " has no subscribers: it keeps no messages");
        }
        return queues.get(0).text("subscriber");
      }
    }
    throw new Failure(
        Status.FAILED, Format.reason("unknown-topic", "there is no topic \"" + topic + "\""));
  }

  /** The number of elements of the array; prints each unchanged, if the array was not printed. */
  private int print(byte[] array) throws IOException {
    int count = 0;
    char[] text = AnyJson.text(array);
    try (JsonParser parser = AnyJson.parser(text)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        int from = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        int to = (int) parser.currentLocation().getCharOffset();
        if (!json) {
          terminal.out().println(MessageLine.shown(new String(text, from, to - from)));
        }
        count++;
      }
    }
    return count;
  }

  /** Says that the list is not complete, if a bound of the broker ended it. */
  private void complain(@Nullable String bound, boolean any) {
    if ("bytes".equals(bound)) {
      notComplete("ends after 4 MiB of payloads; -k shows one message");
    } else if ("looks".equals(bound) && !(any && key != null)) {
      String read = priority == null && key == null && state == null ? "4,096" : "50,000";
      notComplete(
          "delayed".equals(state)
              ? "reads at most 50,000 delayed messages"
              : "reads at most " + read + " messages of each priority that were never sent");
    }
  }

  private void notComplete(String why) {
    terminal.complain(
        "the list is not complete, since a peek " + why + "; 'ppmq export' prints all of them");
  }
}
