package io.ppmq.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;

class ErrorStreamTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  private ErrorStream stream(boolean journal, long nowMillis, TimeZone zone) {
    written.reset();
    return new ErrorStream(written, journal, false, () -> nowMillis, zone);
  }

  private List<String> asJson(boolean journal) {
    written.reset();
    TimeZone zone = TimeZone.getTimeZone("Asia/Kathmandu");
    ErrorStream stream = new ErrorStream(written, journal, true, () -> 1_800_000_000_123L, zone);
    stream.println("WARN topic \"a\\b\": it rains");
    stream.println("ppmq: there is no topic");
    stream.println((Object) "\tat a line of a stack trace");
    return written.toString(UTF_8).lines().toList();
  }

  @Test
  void everyLineIsAnObjectAsJson() {
    assertThat(asJson(false))
        .containsExactly(
            "{\"time\":\"2027-01-15T08:00:00.123Z\",\"level\":\"warn\",\"message\":\"topic"
                + " \\\"a\\\\b\\\": it rains\"}",
            "{\"time\":\"2027-01-15T08:00:00.123Z\",\"level\":\"error\",\"message\":\"ppmq: there is"
                + " no topic\"}",
            "{\"time\":\"2027-01-15T08:00:00.123Z\",\"level\":\"error\",\"message\":\"\\tat a line of a"
                + " stack trace\"}");
  }

  @Test
  void journalGetsThePriorityBeforeTheObject() {
    assertThat(asJson(true))
        .hasSize(3)
        .satisfies(lines -> assertThat(lines.get(0)).startsWith("<4>{\"time\":"))
        .satisfies(lines -> assertThat(lines.get(1)).startsWith("<3>{\"time\":"));
  }

  @Test
  void lineOfTheLogBeginsWithTheLocalTime() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (String id : List.of("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu")) {
      TimeZone zone = TimeZone.getTimeZone(id);
      DateTimeFormatter format =
          DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT)
              .withZone(zone.toZoneId());
      for (int i = 0; i < 1000; i++) {
        long now = (long) (random.nextDouble() * 4e12);
        stream(false, now, zone).println("WARN it rains");
        assertThat(written.toString(UTF_8))
            .as("-Dseed=%d %s %d", seed, id, now)
            .isEqualTo(format.format(Instant.ofEpochMilli(now)) + " WARN it rains\n");
      }
    }
  }

  @Test
  void errorIsWrittenAsItIs() {
    stream(false, 0, TimeZone.getTimeZone("UTC")).println("ppmq: there is no topic");
    assertThat(written.toString(UTF_8)).isEqualTo("ppmq: there is no topic\n");
  }

  @Test
  void journalGetsThePriorityInsteadOfTheTime() {
    ErrorStream stream = stream(true, 0, TimeZone.getTimeZone("UTC"));
    stream.println("WARN it rains");
    stream.println("ppmq: there is no topic");
    stream.println((Object) new IllegalStateException("a bug"));
    assertThat(written.toString(UTF_8))
        .isEqualTo(
            "<4>it rains\n<3>ppmq: there is no topic\n<3>java.lang.IllegalStateException: a bug\n");
  }
}
