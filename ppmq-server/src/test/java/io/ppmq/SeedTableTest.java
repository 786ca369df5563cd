package io.ppmq;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/SEED.md} is complete, and the classes and tests that it names exist. */
final class SeedTableTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private static final Pattern MEMBER =
      Pattern.compile("([a-z]+(?:\\.[a-z]+)*(?:\\.[A-Z]\\w*)+)(?:#(\\w+))?");
  private static final Pattern TEST = Pattern.compile("(\\w+)(?:#(\\w+))?");

  /** The annotations of a test method; others may stand between. */
  private static final String ANNOTATION = "  @(?:Parameterized|Repeated)?Test\\b[^;]*\n";

  private static final Map<String, Set<String>> MEMBERS_BY_CLASS =
      new ClassFileImporter()
              .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
              .importPackages("io.ppmq")
              .stream()
              .collect(
                  toMap(
                      type -> type.getName().replace('$', '.'),
                      SeedTableTest::members,
                      (one, other) -> one));

  /** A row of the table: the names in each of its columns. */
  private record Row(String line, List<String> go, List<String> here, List<String> tests) {}

  @Test
  void everyIdentifierOfTheGoPackageHasItsRow() throws IOException {
    assertThat(rows().stream().flatMap(row -> row.go().stream()))
        .containsExactlyInAnyOrderElementsOf(
            Files.readAllLines(Path.of("src/test/resources/io/ppmq/seed-identifiers.txt")));
  }

  @Test
  void everyCounterpartIsThere() throws IOException {
    assertThat(rows()).allSatisfy(row -> assertThat(matches(MEMBER, row.here())).isNotEmpty());
    assertThat(rows().stream().flatMap(row -> matches(MEMBER, row.here()).stream()))
        .filteredOn(named -> !isThere(named))
        .extracting(MatchResult::group)
        .as("counterparts that are not there")
        .isEmpty();
  }

  private static boolean isThere(MatchResult named) {
    Set<String> members = MEMBERS_BY_CLASS.get("io.ppmq." + named.group(1));
    return members != null && (named.group(2) == null || members.contains(named.group(2)));
  }

  @Test
  void everyTestIsThere() throws IOException {
    Map<String, String> sources = testSources();
    assertThat(rows()).allSatisfy(row -> assertThat(matches(TEST, row.tests())).isNotEmpty());
    assertThat(rows().stream().flatMap(row -> matches(TEST, row.tests()).stream()))
        .filteredOn(named -> !isThere(named, sources))
        .extracting(MatchResult::group)
        .as("tests that are not there")
        .isEmpty();
  }

  /**
   * Whether it can be run: an abstract class cannot, and the names of classes that a build runs
   * have these endings.
   */
  private static boolean isThere(MatchResult named, Map<String, String> sources) {
    String name = named.group(1);
    String source = sources.get(name);
    if (source == null
        || !name.matches("\\w+(Test|IT)")
        || source.contains("abstract class " + name + " ")) {
      return false;
    }
    String tests = source + inherited(name, source, sources);
    String method = named.group(2) == null ? "\\w+" : named.group(2);
    return Pattern.compile(ANNOTATION + "  void " + method + "\\(").matcher(tests).find();
  }

  private static String inherited(String name, String source, Map<String, String> sources) {
    return Pattern.compile("class " + name + " extends (\\w+)")
        .matcher(source)
        .results()
        .map(extended -> sources.getOrDefault(extended.group(1), ""))
        .collect(Collectors.joining());
  }

  private static Set<String> members(JavaClass type) {
    return type.getMembers().stream().map(JavaMember::getName).collect(Collectors.toSet());
  }

  private static List<Row> rows() throws IOException {
    List<Row> rows =
        Files.readAllLines(ROOT.resolve("docs/SEED.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .map(SeedTableTest::row)
            .toList();
    assertThat(rows).isNotEmpty();
    return rows;
  }

  private static Row row(String line) {
    String[] columns = line.split("\\|", -1);
    assertThat(columns).as(line).hasSize(5);
    return new Row(line, quoted(columns[1]), quoted(columns[2]), quoted(columns[3]));
  }

  private static List<String> quoted(String column) {
    return QUOTED.matcher(column).results().map(quoted -> quoted.group(1)).toList();
  }

  /** The words that match as a whole; skips others, such as values and keys. */
  private static List<MatchResult> matches(Pattern pattern, List<String> words) {
    return words.stream()
        .map(pattern::matcher)
        .filter(matcher -> matcher.matches())
        .map(matcher -> matcher.toMatchResult())
        .toList();
  }

  private static Map<String, String> testSources() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .map(module -> module.resolve("src/test/java"))
          .filter(Files::isDirectory)
          .flatMap(directory -> Arrays.stream(javaFiles(directory)))
          .collect(toMap(SeedTableTest::className, SeedTableTest::text, String::concat));
    }
  }

  private static Path[] javaFiles(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".java")).toArray(Path[]::new);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String className(Path file) {
    return String.valueOf(file.getFileName()).replace(".java", "");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
