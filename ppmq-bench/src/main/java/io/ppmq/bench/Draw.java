package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code ppmq-bench draw}. */
@Command(
    name = "draw",
    mixinStandardHelpOptions = true,
    description = "Draws docs/performance.svg from the tables of docs/PERFORMANCE.md.")
final class Draw implements Callable<Integer> {
  private final Path docs = Path.of(System.getProperty("ppmq.root", "."), "docs");

  @Override
  public Integer call() throws IOException {
    String tables = Files.readString(docs.resolve("PERFORMANCE.md"), UTF_8);
    Files.writeString(docs.resolve("performance.svg"), Picture.of(tables), UTF_8);
    return 0;
  }
}
