package io.ppmq.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Plants bugs and checks whether the simulation finds them. */
final class Hunt {
  private static final Pattern BROKEN = Pattern.compile("(?m)^(\\w+) is broken: ");
  private static final Pattern EVENTS = Pattern.compile("s: ([\\d,.\\u00a0\\u202f]+) events");

  private final Options options;
  private final PrintStream out;

  Hunt(Options options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /** Plants one bug and simulates with it; returns 0 if it was not found. */
  int plant(String name) {
    return simulate(Mutation.named(options.project(), name), out);
  }

  private int simulate(Mutation mutation, PrintStream shown) {
    List<String> args = new ArrayList<>(List.of("--seed", "" + options.seed()));
    args.addAll(List.of("--life-events", "" + options.lifeEvents()));
    args.addAll(List.of("--minutes", "" + options.seconds() / 60, "--store", options.store()));
    args.addAll(mutation.options());
    if (options.life() != null) {
      args.addAll(List.of("--life", "" + options.life()));
    }
    if (options.cluster()) {
      args.add("--cluster");
    }
    if (options.traces()) {
      args.add("--trace");
    }
    System.setProperty("ppmq.bug", mutation.name());
    try (PlantedBug bug = PlantedBug.plant(mutation)) {
      return bug.run(args.toArray(String[]::new), shown);
    } catch (IOException | ReflectiveOperationException e) {
      throw new IllegalStateException(mutation.name() + ": " + e, e);
    } finally {
      System.clearProperty("ppmq.bug");
    }
  }

  /** Plants all bugs, one after another; returns whether each was found. */
  boolean huntAll() {
    boolean all = true;
    out.printf("%-36s %12s %9s  %s%n", "bug", "events", "seconds", "found by");
    for (Mutation mutation : Mutation.all(options.project())) {
      all &= hunt(mutation);
    }
    return all;
  }

  /** Whether this bug is found. */
  boolean hunt(Mutation mutation) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    long begun = System.nanoTime();
    simulate(mutation, new PrintStream(said, true, UTF_8));
    double seconds = (System.nanoTime() - begun) / 1e9;
    Matcher broken = BROKEN.matcher(said.toString(UTF_8));
    boolean found = broken.find();
    Matcher events = EVENTS.matcher(said.toString(UTF_8));
    String count = "";
    while (events.find()) {
      count = events.group(1);
    }
    String by = found ? broken.group(1) : "NOT FOUND";
    out.printf("%-36s %12s %9.1f  %s%n", mutation.name(), count, seconds, by);
    return found;
  }
}
