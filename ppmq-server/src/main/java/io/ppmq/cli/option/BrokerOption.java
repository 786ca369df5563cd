package io.ppmq.cli.option;

import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.client.Address;
import io.ppmq.config.ConfigFile;
import io.ppmq.config.InvalidConfig;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The broker that a command speaks to: that of the configuration, or the one that --socket names.
 * With --socket a configuration is read only if -c names one.
 */
public final class BrokerOption {
  private static final String WITHOUT =
      " (--socket PATH names the socket of a running broker, and needs no configuration)";

  @Mixin private final ConfigOption config = new ConfigOption();

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description =
          "The broker's socket. The command then reads no configuration, unless -c names "
              + "one, and expects the admin socket beside the broker's.")
  private @Nullable String socket;

  /**
   * The configuration; null if --socket makes it unnecessary.
   *
   * @throws Failure if it cannot be read or has errors; lists all of them, and mentions --socket
   */
  public @Nullable ConfigFile file(Terminal terminal) throws Failure {
    return socket != null && !config.isGiven() ? null : required(terminal);
  }

  private ConfigFile required(Terminal terminal) throws Failure {
    try {
      return config.load(terminal);
    } catch (InvalidConfig e) {
      List<String> sentences = new ArrayList<>();
      e.errors().forEach(error -> sentences.add(error.toString()));
      if (socket == null) {
        sentences.add(sentences.remove(sentences.size() - 1) + WITHOUT);
      }
      throw new Failure(Status.CONFIG, sentences);
    }
  }

  /** The configuration, for a command that needs more than the broker's address. */
  public ConfigFile load(Terminal terminal) throws InvalidConfig {
    return config.load(terminal);
  }

  /** The broker's own socket. */
  public Address address(Terminal terminal) throws Failure {
    return ConfigOption.address(configured(terminal));
  }

  private io.ppmq.config.Address configured(Terminal terminal) throws Failure {
    return socket == null ? required(terminal).config().serverSocket() : parsed(socket);
  }

  /** The admin interface of the broker. */
  public AdminClient admin(Terminal terminal) throws Failure {
    ConfigFile file = file(terminal);
    if (file == null) {
      return new AdminClient(beside(socket == null ? "" : socket));
    }
    io.ppmq.config.Address admin = file.config().admin();
    if (admin == null) {
      throw new Failure(Status.FAILED, file.path() + " gives the broker no admin interface");
    }
    return AdminClient.of(admin, file.config(), terminal.env());
  }

  private static io.ppmq.config.Address beside(String socket) throws Failure {
    if (!(parsed(socket) instanceof io.ppmq.config.Address.Unix unix)) {
      throw new Failure(
          Status.USAGE,
          "no admin socket lies beside " + socket + ": name the configuration with -c instead");
    }
    return parsed(unix.path() + ".admin");
  }

  private static io.ppmq.config.Address parsed(String text) throws Failure {
    try {
      return io.ppmq.config.Address.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Failure(Status.USAGE, "--socket: " + e.getMessage());
    }
  }

  /**
   * For a command that waits until the broker runs.
   *
   * @throws ConnectException if this user may not open the broker's socket, so that waiting is
   *     useless
   */
  public void refuseIfClosed(Terminal terminal) throws ConnectException, Failure {
    Advice.refuseIfClosed(configured(terminal));
  }

  /** The same failure to reach the broker's socket, with advice. */
  public ConnectException advised(ConnectException e, Terminal terminal) throws Failure {
    return Advice.added(e, configured(terminal));
  }
}
