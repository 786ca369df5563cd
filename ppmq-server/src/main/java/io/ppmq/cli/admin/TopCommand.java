package io.ppmq.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.Bounds;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.process.SignalStop;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ppmq top}. */
@Command(
    name = "top",
    header = "Watch topics and subscribers live.",
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description = {
      "Shows a line for each subscriber of each topic and updates it. DEPTH is the number of waiting",
      "messages, FLIGHT the number in flight, and OLDEST the age of the oldest waiting message.",
      "PUB/s, OUT/s and ACK/s are messages per second since the last update. DISK is the approximate",
      "disk space. DEAD is the number of messages that died after MaxDeliveries. The other columns",
      "also count from the start of the broker. The keys are listed below the table: a letter sorts",
      "by its column, p stops the updates, P pauses or resumes the subscriber of the selected line,",
      "q quits."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ppmq top",
      "  ppmq top --json -n 2 | tail -n 1",
      "",
      "Exit status: 0 done, 1 failed (also without a terminal), 2 wrong usage, 69 the broker is not",
      "reachable, 78 wrong configuration."
    })
public final class TopCommand implements Callable<Integer> {
  private static final double DELAY_SECONDS_MIN = 0.1;

  /** A moment so far away still fits in a count of milliseconds. */
  private static final double DELAY_SECONDS_MAX = 1e9;

  private final Terminal terminal;

  @Option(
      names = {"-d", "--delay"},
      paramLabel = "SECONDS",
      description = "The time between two updates. Default: ${DEFAULT-VALUE}.")
  private double delaySeconds = 2;

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      description = "End after this many updates.")
  private long count = Long.MAX_VALUE;

  @Option(
      names = "--json",
      description = "Print a line of JSON for each update and read no keys; needs no terminal.")
  private boolean json;

  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  public TopCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Failure, IOException, InterruptedException {
    Bounds.atLeast("-n", 1, count);
    if (!(delaySeconds > 0) || Double.isInfinite(delaySeconds)) { // also refuses what is no number
      throw new Failure(Status.USAGE, "-d must be a number above 0, and is " + delaySeconds);
    }
    AdminClient admin = broker.admin(terminal);
    long delayMillis =
        (long) (Math.min(DELAY_SECONDS_MAX, Math.max(DELAY_SECONDS_MIN, delaySeconds)) * 1000);
    if (json) {
      print(admin, delayMillis);
      return Status.DONE;
    }
    if (!Terminal.isTerminal("0") || !Terminal.isTerminal("1")) {
      throw new Failure(
          Status.FAILED,
          "top needs a terminal; without one use 'ppmq stats', or 'ppmq top --json' for a line with each update");
    }
    TopTable table = new TopTable(look(admin)); // fails before the screen is taken over
    try (Screen screen = Screen.open(terminal.out())) {
      SignalStop ending = SignalStop.onSignal(screen::close);
      try (ending) {
        watch(admin, table, screen, delayMillis);
      }
    }
    return Status.DONE;
  }

  private void print(AdminClient admin, long delayMillis)
      throws Failure, IOException, InterruptedException {
    for (long i = 0; i < count && !terminal.out().checkError(); i++) {
      if (i > 0) {
        TimeUnit.MILLISECONDS.sleep(delayMillis);
      }
      terminal.out().println(new String(admin.get("/stats"), UTF_8).strip());
    }
  }

  private static JsonTree look(AdminClient admin) throws Failure, IOException {
    return JsonTree.parse(admin.get("/stats"));
  }

  private void watch(AdminClient admin, TopTable table, Screen screen, long delayMillis)
      throws IOException, InterruptedException {
    boolean frozen = false;
    long looks = 1;
    long nextMillis = nowMillis() + delayMillis;
    while (looks <= count) {
      screen.draw(table.draw(screen.rows(), screen.columns(), frozen));
      int key = screen.key(Math.max(0, nextMillis - nowMillis()));
      if (key == 'q' || key == Screen.GONE) {
        return;
      }
      frozen ^= key == 'p';
      press(key, admin, table);
      if (nowMillis() >= nextMillis || key == 'P') {
        nextMillis = nowMillis() + delayMillis;
        if (!frozen) {
          looks++;
          if (key != 'P') {
            table.say("");
          }
          lookAgain(admin, table);
        }
      }
    }
  }

  private static long nowMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private static void press(int key, AdminClient admin, TopTable table) {
    switch (key) {
      case Screen.UP, 'k' -> table.move(-1);
      case Screen.DOWN, 'j' -> table.move(1);
      case 'i' -> table.invert();
      case 'P' -> pause(admin, table);
      default -> table.sortBy(key);
    }
  }

  private static void pause(AdminClient admin, TopTable table) {
    if (table.chosenSubscriber().isEmpty()) {
      return;
    }
    String page = table.isChosenPaused() ? "/resume" : "/pause";
    String topic = "?topic=" + Target.encode(table.chosenTopic());
    String subscriber = "&subscriber=" + Target.encode(table.chosenSubscriber());
    try {
      admin.post(page + topic + subscriber);
    } catch (IOException | Failure e) {
      table.say(String.valueOf(e.getMessage()));
    }
  }

  /** If the broker cannot be reached, the screen says so, and the next look tries again. */
  private static void lookAgain(AdminClient admin, TopTable table) {
    try {
      table.show(look(admin));
    } catch (IOException | Failure e) {
      table.say(String.valueOf(e.getMessage()));
    }
  }
}
