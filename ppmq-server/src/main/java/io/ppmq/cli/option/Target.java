package io.ppmq.cli.option;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The topic that a command is about, and the subscriber. */
public final class Target {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = {"-t", "--topic"},
      paramLabel = "TOPIC",
      description = "The topic.")
  private @Nullable String topic;

  @Parameters(
      arity = "0..1",
      paramLabel = "TOPIC",
      description = "The topic; the same as -t TOPIC.")
  private @Nullable String topicToo;

  @Option(
      names = {"-s", "--subscriber"},
      paramLabel = "SUBSCRIBER",
      description = "Only this subscriber.")
  private @Nullable String subscriber;

  /** The named topic; null if there is none. */
  @Nullable String topic() {
    if (topic != null && topicToo != null) {
      throw wrong("the topic is given twice: -t " + topic + " and " + topicToo);
    }
    return topic != null ? topic : topicToo;
  }

  public String topicNamed() {
    String named = topic();
    if (named == null) {
      throw wrong("no topic given: name one with -t");
    }
    return named;
  }

  /** The named subscriber; null if there is none. */
  public @Nullable String subscriber() {
    return subscriber;
  }

  /** The named target, as the query of a request. */
  public String query() {
    String named = topic();
    if (named == null && subscriber == null) {
      throw wrong("no target given: name a topic with -t, a subscriber with -s, or both");
    }
    String ofTopic = named == null ? "" : "topic=" + encode(named);
    String ofSubscriber = subscriber == null ? "" : "subscriber=" + encode(subscriber);
    return "?" + ofTopic + (ofTopic.isEmpty() || ofSubscriber.isEmpty() ? "" : "&") + ofSubscriber;
  }

  /** The named target, as text for people. */
  @Override
  public String toString() {
    String named = topic();
    String ofTopic = named == null ? "" : "topic " + named;
    String ofSubscriber = subscriber == null ? "" : "subscriber " + subscriber;
    return ofTopic + (ofTopic.isEmpty() || ofSubscriber.isEmpty() ? "" : ", ") + ofSubscriber;
  }

  public static String encode(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  private ParameterException wrong(String sentence) {
    if (spec == null) {
      throw new IllegalStateException("a target that belongs to no command");
    }
    return new ParameterException(spec.commandLine(), sentence);
  }
}
