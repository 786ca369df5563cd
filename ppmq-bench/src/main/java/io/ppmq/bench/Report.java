package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ppmq-bench report}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Writes the tables of docs/PERFORMANCE.md between their markers from the lines that",
      "'bench/run suite' and 'bench/compare/run' wrote. Tables without lines stay unchanged."
    })
final class Report implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "A file with lines of JSON.")
  List<Path> files = List.of();

  @Option(names = "--document", hidden = true)
  Path document = Path.of(System.getProperty("ppmq.root", "."), "docs", "PERFORMANCE.md");

  @Override
  public Integer call() throws IOException {
    List<JsonNode> own = new ArrayList<>();
    List<JsonNode> compared = new ArrayList<>();
    List<JsonNode> workers = new ArrayList<>();
    List<JsonNode> cluster = new ArrayList<>();
    for (Path file : files) {
      for (String line : Files.readAllLines(file, UTF_8)) {
        JsonNode result = JSON.readTree(line);
        if (result.path("study").asText().equals("cluster")) {
          cluster.add(result);
        } else if (result.has("study")) {
          workers.add(result);
        } else {
          (result.has("durability") ? compared : own).add(result);
        }
      }
    }
    String text = Files.readString(document, UTF_8);
    if (!own.isEmpty()) {
      text = between(text, "bench", new OwnTables(new Results(own)).text());
    }
    if (!compared.isEmpty()) {
      text = between(text, "compare", new ComparedTables(new Results(compared)).text());
    }
    if (!workers.isEmpty()) {
      text = between(text, "workers", new WorkersTables(new Results(workers)).text());
    }
    if (!cluster.isEmpty()) {
      text = between(text, "cluster", new ClusterTables(new Results(cluster)).text());
    }
    Files.writeString(document, text, UTF_8);
    return 0;
  }

  private static String between(String text, String name, String tables) {
    String begin = "<!-- " + name + ": begin -->\n";
    String end = "<!-- " + name + ": end -->";
    int from = text.indexOf(begin);
    int to = text.indexOf(end);
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("no place for the tables of " + name);
    }
    return text.substring(0, from + begin.length()) + "\n" + tables + "\n" + text.substring(to);
  }
}
