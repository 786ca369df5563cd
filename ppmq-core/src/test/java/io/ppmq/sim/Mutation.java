package io.ppmq.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A bug that can be planted: a patch of the program, kept beside the tests in the form that {@code
 * git apply} reads, after a sentence that names the broken promise. A hunk is found by its lines,
 * wherever they have moved, as long as they occur once.
 *
 * @param name its name
 * @param sentence what it breaks
 * @param options additional options of the simulation that finds it: they follow the sentence in
 *     brackets
 * @param patched the sources with the change, by their path below ppmq-core
 */
record Mutation(String name, String sentence, List<String> options, Map<String, String> patched) {
  private static final String WHERE = "src/test/mutations";

  /** All bugs, by name. */
  static List<Mutation> all(Path project) {
    try (Stream<Path> files = Files.list(project.resolve(WHERE))) {
      return files.sorted().map(file -> read(project, file)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bug with this name. */
  static Mutation named(Path project, String name) {
    return read(project, project.resolve(WHERE).resolve(name + ".patch"));
  }

  private static Mutation read(Path project, Path file) {
    String name = file.getFileName().toString().replace(".patch", "");
    try {
      List<String> lines = Files.readAllLines(file);
      Map<String, String> patched = new LinkedHashMap<>();
      String path = "";
      for (int i = 1; i < lines.size(); ) {
        String line = lines.get(i++);
        if (line.startsWith("+++ b/ppmq-core/")) {
          path = line.substring("+++ b/ppmq-core/".length());
          if (!patched.containsKey(path)) {
            patched.put(path, Files.readString(project.resolve(path)));
          }
        } else if (line.startsWith("@@")) {
          List<String> hunk = new ArrayList<>();
          while (i < lines.size() && !lines.get(i).matches("(@@|---|diff).*")) {
            hunk.add(lines.get(i++));
          }
          patched.put(path, replace(name, path, patched.get(path), hunk));
        }
      }
      String[] told = lines.get(0).split(" \\((?=--)|\\)$", 0);
      List<String> options = told.length > 1 ? List.of(told[1].split(" ", 0)) : List.of();
      return new Mutation(name, told[0], options, patched);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String replace(String name, String path, String source, List<String> hunk) {
    StringBuilder before = new StringBuilder();
    StringBuilder after = new StringBuilder();
    for (String line : hunk) {
      String text = line.isEmpty() ? "" : line.substring(1);
      if (!line.startsWith("+")) {
        before.append(text).append('\n');
      }
      if (!line.startsWith("-")) {
        after.append(text).append('\n');
      }
    }
    int at = source.indexOf(before.toString());
    if (at < 0 || source.indexOf(before.toString(), at + 1) >= 0) {
      throw new IllegalStateException(
          "%s.patch does not fit %s any more: there is not once\n%s".formatted(name, path, before));
    }
    return source.substring(0, at) + after + source.substring(at + before.length());
  }
}
