package io.ppmq.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damages good files at random; {@code -Dseed=} repeats the damage. */
class ConfigMutationTest {
  private static final int ROUNDS = Integer.getInteger("rounds", 5_000);

  /** CPU time, which other programs on this machine do not affect. */
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final Duration QUICK = Duration.ofSeconds(5);
  private static final List<String> FILES =
      List.of(
          "go-minimal.yaml",
          "go-full.yaml",
          "go-old.yaml",
          "go-anchors.yaml",
          "all-keys.yaml",
          "many-errors.yaml");
  private static final List<String> PIECES =
      List.of(
          "*usual",
          "&usual ",
          "<<: ",
          "*everyone",
          "---\n",
          "...\n",
          "%YAML 99999999999.1\n",
          "%TAG ! x\n",
          "!!binary ",
          "!<%FF> ",
          "\"\\UFFFFFFFF\"",
          "\"\\ud800\"",
          "? ",
          "- ",
          ": ",
          "{",
          "[",
          "]",
          "}",
          "'",
          "\"",
          "|9\n",
          ">-\n",
          "#",
          "\t",
          "\n",
          "\r",
          "\u0000",
          "\u2028",
          "\uFEFF",
          "\uD83D\uDE00",
          "99999999999999999999",
          "-1",
          "0x",
          "1e999999999",
          "~",
          "@",
          "`");

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void damagedFileLoadsOrIsRefusedWithReasonsAndQuickly() throws IOException {
    int refused = 0;
    long start = THREADS.getCurrentThreadCpuTime();
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = damaged(Texts.resource(FILES.get(random.nextInt(FILES.size()))));
      if (!loads(bytes, round)) {
        refused++;
      }
    }
    assertThat(refused).as("-Dseed=%d", seed).isBetween(ROUNDS / 10, ROUNDS - 1);
    assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start).dividedBy(ROUNDS))
        .as("-Dseed=%d: mean CPU time of a round", seed)
        .isLessThan(QUICK.dividedBy(100));
  }

  private boolean loads(byte[] bytes, int round) {
    long start = THREADS.getCurrentThreadCpuTime();
    try {
      ConfigFile.parse(Texts.FILE, bytes);
      return true;
    } catch (InvalidConfig e) {
      assertThat(e.errors())
          .as("-Dseed=%d, round %d", seed, round)
          .isNotEmpty()
          .allSatisfy(error -> assertThat(error.toString()).startsWith("ppmq.yaml:"))
          .allSatisfy(error -> assertThat(error.toString()).doesNotContain("\n"));
      return false;
    } catch (RuntimeException | StackOverflowError e) {
      throw new AssertionError(
          "-Dseed=" + seed + ", round " + round + ":\n" + new String(bytes, UTF_8), e);
    } finally {
      assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start))
          .as("-Dseed=%d, round %d", seed, round)
          .isLessThan(QUICK);
    }
  }

  private byte[] damaged(byte[] bytes) {
    byte[] result = bytes;
    for (int i = 1 + random.nextInt(3); i > 0 && result.length > 0; i--) {
      int at = random.nextInt(result.length);
      int to = Math.min(result.length, at + 1 + random.nextInt(40));
      result =
          switch (random.nextInt(5)) {
            case 0 -> replaced(result, at, at + 1, new byte[] {(byte) random.nextInt(256)});
            case 1 -> replaced(result, at, to, new byte[0]);
            case 2 -> replaced(result, at, at, Arrays.copyOfRange(result, at, to));
            case 3 -> Arrays.copyOf(result, at);
            default -> replaced(result, at, at, piece());
          };
    }
    return result;
  }

  private byte[] piece() {
    return PIECES.get(random.nextInt(PIECES.size())).repeat(1 + random.nextInt(2)).getBytes(UTF_8);
  }

  private static byte[] replaced(byte[] bytes, int from, int to, byte[] piece) {
    byte[] result = Arrays.copyOf(bytes, bytes.length - (to - from) + piece.length);
    System.arraycopy(piece, 0, result, from, piece.length);
    System.arraycopy(bytes, to, result, from + piece.length, bytes.length - to);
    return result;
  }
}
