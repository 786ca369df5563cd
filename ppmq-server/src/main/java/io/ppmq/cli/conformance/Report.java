package io.ppmq.cli.conformance;

import io.ppmq.cli.output.JsonText;
import io.ppmq.cli.output.Terminal;
import io.ppmq.message.Printable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The result of each step: a line when it is known, or all as JSON at the end. */
final class Report {
  private static final String PASSED = "passed";
  private static final String FAILED = "failed";
  private static final String SKIPPED = "skipped";

  /** A duty of the other side. */
  interface Step {
    /**
     * Tries the step.
     *
     * @return why it does not apply here; "" if it was tried and passed
     */
    String run() throws Broken, IOException, InterruptedException;
  }

  private final Terminal terminal;
  private final boolean json;
  private final List<Map<String, Object>> steps = new ArrayList<>();
  private int failed;

  Report(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
  }

  /**
   * Tries a step and notes the result.
   *
   * @param name one word
   * @param sentence what must hold
   */
  void step(String name, String sentence, Step step) throws InterruptedException {
    try {
      String skipped = step.run();
      note(name, sentence, skipped.isEmpty() ? PASSED : SKIPPED, skipped);
    } catch (Broken e) {
      fail(name, sentence, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      String reason = e.getMessage() == null ? "" : ": " + e.getMessage();
      fail(name, sentence, "the connection was lost" + reason);
    }
  }

  private void fail(String name, String sentence, String reason) {
    failed++;
    note(name, sentence, FAILED, reason);
  }

  /** Notes a step that an earlier failure makes useless. */
  void skip(String name, String sentence, String reason) {
    note(name, sentence, SKIPPED, reason);
  }

  private void note(String name, String sentence, String result, String reason) {
    Map<String, Object> step = new LinkedHashMap<>();
    step.put("step", name);
    step.put("sentence", sentence);
    step.put("result", result);
    if (!reason.isEmpty()) {
      step.put("reason", reason);
    }
    steps.add(step);
    if (!json) {
      terminal.out().printf("%-7s  %-15s  %s%n", result, name, sentence);
      if (!reason.isEmpty()) {
        terminal.out().printf("%26s%s%n", "", Printable.of(reason));
      }
      terminal.out().flush();
    }
  }

  boolean isAllPassed() {
    return failed == 0;
  }

  /** Prints the number of passed steps, or the JSON. */
  void end() {
    long passed = steps.stream().filter(step -> PASSED.equals(step.get("result"))).count();
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put(PASSED, passed);
      all.put(FAILED, failed);
      all.put(SKIPPED, steps.size() - passed - failed);
      all.put("steps", steps);
      terminal.out().println(JsonText.of(all));
    } else {
      terminal.out().printf("%d passed, %d failed of %d%n", passed, failed, steps.size());
    }
    terminal.out().flush();
  }
}
