package io.ppmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.config.ConfigFuzz;
import io.ppmq.wire.BudgetFuzz;
import io.ppmq.wire.DecoderFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The checks of the fuzzer, on all inputs that it has kept. */
final class FuzzCorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/io/ppmq/fuzz");

  @Test
  void decoderHoldsOnTheCorpus() throws IOException {
    runAll("decoder", DecoderFuzz::fuzzerTestOneInput);
  }

  @Test
  void budgetHoldsOnTheCorpus() throws IOException {
    runAll("budget", BudgetFuzz::fuzzerTestOneInput);
  }

  @Test
  void configurationHoldsOnTheCorpus() throws IOException {
    runAll("config", ConfigFuzz::fuzzerTestOneInput);
  }

  private static void runAll(String target, Consumer<byte[]> fuzz) throws IOException {
    List<Path> inputs;
    try (Stream<Path> files = Files.list(CORPUS.resolve(target))) {
      inputs = files.sorted().toList();
    }
    assertThat(inputs).isNotEmpty();
    for (Path input : inputs) {
      try {
        fuzz.accept(Files.readAllBytes(input));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(input + ": " + e.getMessage(), e);
      }
    }
  }
}
