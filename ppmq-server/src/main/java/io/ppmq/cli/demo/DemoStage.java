package io.ppmq.cli.demo;

import io.ppmq.cli.output.Terminal;
import java.util.LinkedHashMap;
import java.util.Map;

/** The stage of the demo: prints the events, and keeps the checks for the end. */
final class DemoStage {
  private static final String BOLD = "\033[1m";
  private static final String GREEN = "\033[32m";
  private static final String RED = "\033[31m";
  private static final String DIM = "\033[2m";
  private static final String PLAIN = "\033[0m";
  private static final String INDENT = "   ";

  private final Terminal terminal;
  private final boolean colours;
  private final Map<String, Boolean> scenes = new LinkedHashMap<>();
  private String scene = "";
  private int checks;

  DemoStage(Terminal terminal) {
    this.terminal = terminal;
    this.colours = terminal.hasColours();
  }

  private void print(String line) {
    terminal.out().println(line);
    terminal.out().flush();
  }

  private String coloured(String colour, String text) {
    return colours ? colour + text + PLAIN : text;
  }

  /** A line at the margin. */
  void title(String text) {
    print(coloured(BOLD, text));
  }

  /** Begins a scene. */
  void scene(String text) {
    scene = text;
    scenes.put(text, true);
    print("");
    print(coloured(BOLD, scenes.size() + "  " + text));
  }

  /** Prints an event. */
  void say(String text) {
    print(INDENT + text);
  }

  /** Prints text unchanged, line by line. */
  void quote(String text) {
    text.lines().forEach(line -> print(INDENT + coloured(DIM, line)));
  }

  /** Checks a claim of the scene. */
  void check(boolean holds, String text) {
    checks++;
    scenes.computeIfPresent(scene, (name, before) -> before && holds);
    print(INDENT + (holds ? coloured(GREEN, "ok   ") : coloured(RED, "NOT  ")) + text);
  }

  /** Whether every check held. */
  boolean isFine() {
    return checks > 0 && !scenes.containsValue(false);
  }

  /** The table at the end. */
  void summary() {
    print("");
    title("Summary");
    int width = scenes.keySet().stream().mapToInt(String::length).max().orElse(0);
    scenes.forEach(
        (name, fine) ->
            print(
                INDENT
                    + name
                    + " ".repeat(width - name.length() + 2)
                    + (fine ? coloured(GREEN, "ok") : coloured(RED, "FAILED"))));
    print("");
  }
}
