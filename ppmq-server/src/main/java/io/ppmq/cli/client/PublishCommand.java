package io.ppmq.cli.client;

import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.Refused;
import io.ppmq.config.Config;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.TopicConfig;
import io.ppmq.message.Bytes;
import io.ppmq.message.GoDuration;
import io.ppmq.message.Rfc3339;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code ppmq publish}. */
@Command(
    name = "publish",
    header = "Publish one message, or each line of stdin.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Returns when the broker has confirmed every message, which then survives a crash of the",
      "broker."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq publish -t mails 'hello'",
      "  ppmq publish -t prices -k ACME -p 0 --expires 10m --json '{\"bid\": 41.5}'",
      "  ppmq publish -t reminders --delay 24h 'the trial ends'",
      "  tail -f access.log | ppmq publish -t log",
      "",
      "Exit status: 0 all confirmed, 1 refused or not confirmed, 2 wrong usage,",
      "69 the broker is not reachable, 78 wrong configuration. When it is not 0 and lines were",
      "read from stdin, the lines before the failure may have been stored."
    })
public final class PublishCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = {"-t", "--topic"},
      required = true,
      paramLabel = "TOPIC",
      description = "The topic to publish to.")
  private String topic = "";

  @Option(
      names = {"-k", "--key"},
      paramLabel = "KEY",
      description = "In a topic with Dedupe: replaces the queued message with the same key.")
  private String key = "";

  @Option(
      names = {"-p", "--priority"},
      paramLabel = "PRIORITY",
      description = "0, the default, is the highest.")
  private int priority;

  @Option(
      names = "--expires",
      paramLabel = "WHEN",
      converter = ExpiryOption.Converter.class,
      description =
          "A time (2027-01-02T03:04:05Z) or a duration from now (10m) after which the "
              + "message is not delivered; for topics with Expire.")
  private @Nullable ExpiryOption expires;

  @Option(
      names = "--delay",
      paramLabel = "DURATION",
      converter = DelayConverter.class,
      description = "The broker queues the message this long (30s, 1h30m) after it has stored it.")
  private @Nullable Duration delay;

  @Option(
      names = "--not-before",
      paramLabel = "WHEN",
      converter = TimeConverter.class,
      description = "The broker queues the message at this time, such as 2027-01-02T03:04:05Z.")
  private @Nullable Instant notBefore;

  @Option(
      names = "--json",
      description = "The payload, or each line of stdin, is a JSON value; otherwise it is text.")
  private boolean isJson;

  @Parameters(
      arity = "0..1",
      paramLabel = "PAYLOAD|-",
      description =
          "The payload. Without it, or with '-', each line of stdin is a payload, without "
              + "the LF or CR LF that ends it.")
  private String payload = "-";

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public PublishCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, Refused, IOException, InterruptedException {
    if (delay != null && notBefore != null) {
      throw new Failure(Status.USAGE, "--delay and --not-before cannot both be given");
    }
    ConfigFile file = broker.file(terminal);
    if (file != null) {
      warn(file.config());
    } else if (terminal.isInteractive()) {
      noteUnchecked();
    }
    int lineBytesMax = file == null ? Config.VALUE_BYTES_DEFAULT : file.config().maxMessageBytes();
    try (Publisher publisher = new Publisher(broker.address(terminal))) {
      Iterator<String> payloads =
          payload.equals("-")
              ? new Lines(terminal.in(), lineBytesMax)
              : List.of(payload).iterator();
      publisher.publishAll(topic, new Messages(payloads));
      return Status.DONE;
    } catch (ConnectException e) {
      throw broker.advised(e, terminal);
    } catch (IllegalArgumentException e) {
      throw new Failure(Status.FAILED, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Warns of options that have no effect on this topic, since the broker accepts the message
   * nevertheless.
   */
  private void warn(Config config) {
    for (TopicConfig known : config.topics()) {
      if (known.name().equals(topic)) {
        warn(known);
      }
    }
  }

  /**
   * Names the options whose effect this command cannot know without the configuration. Only a
   * person is told: a script uses an option each time, and cannot do anything about the note.
   */
  private void noteUnchecked() {
    note(priority != 0, "-p " + priority, "that priority");
    note(!key.isEmpty(), "-k", "Dedupe");
    note(expires != null, "--expires", "Expire");
  }

  private void note(boolean isGiven, String option, String needed) {
    if (isGiven) {
      terminal.complain(
          "note: %s is not checked without the configuration: topic %s must have %s"
              .formatted(option, topic, needed));
    }
  }

  private void warn(TopicConfig known) {
    int lowest = known.priorities() - 1;
    if (priority < 0) {
      warn("-p " + priority + " is taken as 0, the highest");
    } else if (priority > lowest) {
      warn(
          "-p "
              + priority
              + " is taken as "
              + lowest
              + ", the lowest that topic "
              + topic
              + " has");
    }
    if (!key.isEmpty() && !known.dedupe()) {
      warn("-k has no effect: topic " + topic + " has no Dedupe");
    }
    if (expires != null && !known.expire()) {
      warn("--expires has no effect: topic " + topic + " has no Expire");
    }
  }

  /** For picocli: a duration in Go's form, from zero to ten years. */
  static final class DelayConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Duration delay;
      try {
        delay = GoDuration.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
      try {
        OutgoingMessage.text("").withDelay(delay); // refuses values that no message can have
        return delay;
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + text + "' is not from 0s to ten years");
      }
    }
  }

  /** For picocli: RFC 3339. */
  static final class TimeConverter implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
      Instant time = Rfc3339.parse(Bytes.utf8(text));
      if (time == null) {
        throw new TypeConversionException(
            "'" + text + "' is not a time, such as 2027-01-02T03:04:05Z");
      }
      return time;
    }
  }

  private void warn(String sentence) {
    terminal.complain("warning: " + sentence);
  }

  /** Makes a message of each payload when the message is needed. */
  private final class Messages implements Iterator<OutgoingMessage> {
    private final Iterator<String> payloads;
    private long number;

    Messages(Iterator<String> payloads) {
      this.payloads = payloads;
    }

    @Override
    public boolean hasNext() {
      return payloads.hasNext();
    }

    @Override
    public OutgoingMessage next() {
      String next = payloads.next();
      number++;
      OutgoingMessage message = isJson ? json(next) : OutgoingMessage.text(next);
      message = message.withKey(key).withPriority(priority);
      if (delay != null) {
        message = message.withDelay(delay);
      } else if (notBefore != null) {
        message = message.withNotBefore(notBefore);
      }
      return expires == null ? message : message.withExpires(expires.instant(Instant.now()));
    }

    private OutgoingMessage json(String line) {
      try {
        return OutgoingMessage.json(line);
      } catch (IllegalArgumentException e) {
        String which = payloads instanceof Lines ? "line " + number + ": " : "";
        throw new IllegalArgumentException(which + e.getMessage(), e);
      }
    }
  }
}
