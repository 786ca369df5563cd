package io.ppmq.build;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The tests that the last build skipped, with the reasons, from the reports of Maven's plugins.
 * {@code mvn verify} prints them at its end, and writes them to {@code target/skipped-tests.txt}
 * for {@code .ci/run}.
 */
final class SkippedTests {
  private static final String ABORTED = "Assumption failed: ";

  /**
   * A skipped test.
   *
   * @param name its class and method, in the form of {@code -Dit.test}
   */
  record Skipped(String name, String reason) implements Comparable<Skipped> {
    private static final Comparator<Skipped> ORDER =
        Comparator.comparing(Skipped::name).thenComparing(Skipped::reason);

    @Override
    public int compareTo(Skipped other) {
      return ORDER.compare(this, other);
    }

    private String ofClass() {
      return name.replaceAll("#.*", "");
    }
  }

  private SkippedTests() {}

  /**
   * Prints the list.
   *
   * @param args the directory of the modules
   */
  public static void main(String[] args) throws Exception {
    Path tree = Path.of(args[0]);
    List<Skipped> all = of(tree);
    Path file = Files.createDirectories(tree.resolve("target")).resolve("skipped-tests.txt");
    Files.write(file, all.stream().map(test -> test.name() + "\t" + test.reason()).toList());
    System.out.println(text(all));
  }

  /** All skipped tests, by name; the cases of a parameterized test are one. */
  static List<Skipped> of(Path tree)
      throws IOException, ParserConfigurationException, SAXException {
    List<Path> reports;
    try (Stream<Path> files = Files.find(tree, 4, (file, attributes) -> isReport(file))) {
      reports = files.toList();
    }
    DocumentBuilder xml = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    List<Skipped> found = new ArrayList<>();
    for (Path report : reports) {
      NodeList marks = xml.parse(report.toFile()).getElementsByTagName("skipped");
      for (int i = 0; i < marks.getLength(); i++) {
        found.add(skipped((Element) marks.item(i)));
      }
    }
    return found.stream().distinct().sorted().toList();
  }

  private static boolean isReport(Path file) {
    return file.toString().matches(".*/(surefire|failsafe)-reports/TEST-[^/]*\\.xml");
  }

  private static Skipped skipped(Element mark) {
    Element test = (Element) mark.getParentNode();
    String method = test.getAttribute("name").replaceAll("[^\\p{Alnum}_].*", "");
    return new Skipped(
        test.getAttribute("classname") + (method.isEmpty() ? "" : "#" + method), reason(mark));
  }

  /** A message, or the first line of a stack trace, without the name of the exception. */
  private static String reason(Element mark) {
    String message = mark.getAttribute("message");
    String line = message.isEmpty() ? mark.getTextContent().strip() : message;
    String first = line.lines().findFirst().orElse("");
    int aborted = first.indexOf(ABORTED);
    return aborted < 0 ? first : first.substring(aborted + ABORTED.length());
  }

  /** A line for each class and reason. */
  static String text(List<Skipped> all) {
    if (all.isEmpty()) {
      return "No test was skipped.";
    }
    SortedMap<String, Integer> lines = new TreeMap<>();
    for (Skipped test : all) {
      lines.merge(test.ofClass() + " " + test.reason(), 1, Integer::sum);
    }
    return lines.entrySet().stream()
        .map(line -> "  " + line.getKey() + " (" + line.getValue() + ")")
        .collect(joining("\n", "Skipped tests, what they need, and how many they are:\n", ""));
  }
}
