package io.ppmq.cli.admin;

import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.HelpOption;
import io.ppmq.cli.option.JsonOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** The work of {@code ppmq pause} and {@code ppmq resume}, which differ in their words. */
abstract class Pausing implements Callable<Integer> {
  private final Terminal terminal;
  private final String page;
  private final String changed;
  private final String unchanged;

  @Mixin private final Target target = new Target();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final BrokerOption broker = new BrokerOption();
  @Mixin final HelpOption help = new HelpOption();

  /**
   * Asks for a page of the admin interface.
   *
   * @param changed the words that follow the target after a change
   * @param unchanged the words that follow it if there was nothing to change
   */
  Pausing(Terminal terminal, String page, String changed, String unchanged) {
    this.terminal = terminal;
    this.page = page;
    this.changed = changed;
    this.unchanged = unchanged;
  }

  @Override
  public Integer call() throws Failure, IOException {
    byte[] answer = broker.admin(terminal).post(page + target.query());
    json.print(answer, this::sentence, terminal);
    return Status.DONE;
  }

  private String sentence(JsonTree answer) {
    return target + ": " + (answer.isTrue("changed") ? changed : unchanged) + "\n";
  }
}
