package io.ppmq.cli.option;

import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.client.Address;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import io.ppmq.config.Spelling;
import io.ppmq.config.SubscriberConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The configuration file that a command reads, and the values that it looks up there. */
public final class ConfigOption {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description =
          "The broker's configuration. Default: $PPMQ_CONFIG, or the first existing file of "
              + "those below (Files).")
  private @Nullable Path path;

  public ConfigOption() {}

  public ConfigOption(Path given) {
    this.path = given;
  }

  public ConfigFile load(Terminal terminal) throws InvalidConfig {
    return ConfigFile.load(ConfigFile.find(path, terminal.env()));
  }

  /** Whether -c names the file. */
  boolean isGiven() {
    return path != null;
  }

  /** A subscriber's part of the file. */
  public static SubscriberConfig subscriber(ConfigFile file, String name) throws Failure {
    List<String> names = new ArrayList<>();
    for (SubscriberConfig subscriber : file.config().subscribers()) {
      if (subscriber.name().equals(name)) {
        return subscriber;
      }
      names.add(subscriber.name());
    }
    throw new Failure(
        Status.FAILED, file.path() + " has no subscriber " + name + meant(name, names));
  }

  private static String meant(String given, List<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    String nearest = Spelling.nearest(given, names);
    return Spelling.isMeant(given, nearest)
        ? ": did you mean " + nearest + "?"
        : ": 'ppmq names subscribers' lists the broker's subscribers";
  }

  /**
   * An address for the client package. Replaces the path of a unix socket by one that the JDK
   * accepts.
   */
  public static Address address(io.ppmq.config.Address address) {
    return Address.of(
        address instanceof io.ppmq.config.Address.Unix unix
            ? unix.socketAddress().toString()
            : address.toString());
  }
}
