package io.ppmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every class of the broker and of its topics has a test with its name, or a line in covered-by.txt
 * that names the test which covers it. Records, interfaces and enums have hardly any logic and need
 * neither.
 */
class CoveredClassesTest {
  private static final Path MAIN = Path.of("src/main/java/io/ppmq");
  private static final Path TESTS = Path.of("src/test/java");
  private static final Path LINES = Path.of("src/test/resources/io/ppmq/covered-by.txt");
  private static final Pattern CLASS =
      Pattern.compile("^(?:public )?(?:abstract |final )*class ", Pattern.MULTILINE);

  /** The classes by the names in the lines. */
  private static Set<String> classes() throws IOException {
    Set<String> classes = new TreeSet<>();
    for (String chapter : List.of("broker", "topic")) {
      try (Stream<Path> files = Files.walk(MAIN.resolve(chapter))) {
        for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
          if (CLASS.matcher(Files.readString(file)).find()) {
            String name = MAIN.relativize(file).toString().replace('/', '.');
            classes.add(name.substring(0, name.length() - ".java".length()));
          }
        }
      }
    }
    return classes;
  }

  private static Set<String> tests() throws IOException {
    Set<String> tests = new TreeSet<>();
    try (Stream<Path> files = Files.walk(TESTS)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Test.java"))
          .forEach(name -> tests.add(name.substring(0, name.length() - ".java".length())));
    }
    return tests;
  }

  private static Map<String, String> lines() throws IOException {
    Map<String, String> lines = new TreeMap<>();
    for (String line : Files.readAllLines(LINES)) {
      if (!line.startsWith("#")) {
        String[] words = line.split(" ", -1);
        assertThat(words).as(line).hasSize(2);
        lines.put(words[0], words[1]);
      }
    }
    return lines;
  }

  private static String own(String name) {
    return name.substring(name.lastIndexOf('.') + 1) + "Test";
  }

  @Test
  void everyClassHasATestOfItsNameOrALineThatNamesAnother() throws IOException {
    Set<String> tests = tests();
    Set<String> without = classes();
    without.removeIf(name -> tests.contains(own(name)));

    assertThat(lines().keySet()).isEqualTo(without);
    assertThat(tests).containsAll(lines().values());
  }
}
