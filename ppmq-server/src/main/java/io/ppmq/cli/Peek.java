package io.ppmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ppmq peek}. */
@Command(
    name = "peek",
    header = "Print the messages that a subscriber would get next.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "A line of JSON each; what is in flight with the subscriber comes first. Changes nothing."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Example:",
      "  ppmq peek mails -s mailer -n 3",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 69 the broker is not reachable,",
      "78 wrong configuration."
    })
final class Peek implements Callable<Integer> {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final Terminal terminal;

  @Parameters(paramLabel = "TOPIC", description = "The topic.")
  private String topic = "";

  @Option(
      names = {"-s", "--subscriber"},
      paramLabel = "SUBSCRIBER",
      description = "One of the topic's; otherwise its first.")
  private @Nullable String subscriber;

  @Option(
      names = {"-n", "--max"},
      paramLabel = "N",
      description = "Most messages, up to 1000; 10 unless given.")
  private int max = 10;

  @Mixin private final ConfigOption config = new ConfigOption();
  @Mixin final HelpOption help = new HelpOption();

  Peek(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InvalidConfig, Failure, IOException {
    String of = subscriber != null ? subscriber : firstSubscriber(config.load(terminal));
    byte[] answer =
        config
            .admin(terminal)
            .get("/peek?topic=" + encode(topic) + "&subscriber=" + encode(of) + "&max=" + max);
    print(answer);
    return Status.DONE;
  }

  private String firstSubscriber(ConfigFile file) throws Failure {
    List<String> subscribers =
        file.config().topics().stream()
            .filter(one -> one.name().equals(topic))
            .findFirst()
            .orElseThrow(() -> new Failure(Status.FAILED, file.path() + " has no topic " + topic))
            .subscribers();
    if (subscribers.isEmpty()) {
      throw new Failure(Status.FAILED, "topic " + topic + " has no subscribers: nothing is kept");
    }
    return subscribers.get(0);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  /** Cuts the array into its elements, each as it is. */
  private void print(byte[] array) throws IOException {
    try (JsonParser parser = FACTORY.createParser(array)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        int to = (int) parser.currentLocation().getByteOffset();
        terminal.out().println(MessageLine.onOneLine(new String(array, from, to - from, UTF_8)));
      }
    }
  }
}
