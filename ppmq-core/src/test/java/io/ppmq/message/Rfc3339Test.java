package io.ppmq.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Rfc3339Test {
  @ParameterizedTest
  @CsvSource({
    "2027-01-02T03:04:05Z,2027-01-02T03:04:05Z",
    "2027-01-02t03:04:05z,2027-01-02T03:04:05Z",
    "2027-01-02T03:04:05.6Z,2027-01-02T03:04:05.600Z",
    "2027-01-02T03:04:05.123456789Z,2027-01-02T03:04:05.123456789Z",
    "2027-01-02T03:04:05.1234567899999Z,2027-01-02T03:04:05.123456789Z",
    "2027-01-02T03:04:05+05:30,2027-01-01T21:34:05Z",
    "2027-01-02T03:04:05.5-23:59,2027-01-03T03:03:05.500Z",
    "2024-02-29T00:00:00-00:00,2024-02-29T00:00:00Z",
    "1969-12-31T23:59:59.999999999Z,1969-12-31T23:59:59.999999999Z",
    "0000-01-01T00:00:00Z,0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z,9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.5-05:00,+10000-01-01T04:59:59.500Z",
    "9999-12-31T23:59:59-23:59,+10000-01-01T23:58:59Z",
    "0000-01-01T00:00:00+00:01,-0001-12-31T23:59:00Z",
    "0000-01-01T00:00:00+23:59,-0001-12-31T00:01:00Z"
  })
  void timesAreRead(String text, Instant time) {
    assertThat(Rfc3339.parse(Bytes.utf8(text))).isEqualTo(time);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "2027-01-02",
        "2027-01-02T03:04:05",
        "2027-01-02 03:04:05Z",
        "2027-1-02T03:04:05Z",
        "2027-13-02T03:04:05Z",
        "2027-00-02T03:04:05Z",
        "2027-02-29T03:04:05Z",
        "2027-01-00T03:04:05Z",
        "2027-01-02T24:00:00Z",
        "2027-01-02T03:60:05Z",
        "2027-01-02T03:04:60Z",
        "2027-01-02T03:04:05.Z",
        "2027-01-02T03:04:05.5",
        "2027-01-02T03:04:05,5Z",
        "2027-01-02T03:04:05+0530",
        "2027-01-02T03:04:05+24:00",
        "2027-01-02T03:04:05+05:60",
        "2027-01-02T03:04:05Zx",
        "2027-01-02T03:04:05+05:30x",
        "+2027-01-02T03:04:05Z",
        "-001-01-02T03:04:05Z",
        "2027-01-02T03-04-05Z",
        "2027/01/02T03:04:05Z",
        "２027-01-02T03:04:05Z"
      })
  void whatIsNoTimeIsRefused(String text) {
    assertThat(Rfc3339.parse(Bytes.utf8(text))).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "2027-01-02T03:04:05Z,2027-01-02T03:04:05Z",
    "2027-01-02T03:04:05.600Z,2027-01-02T03:04:05.6Z",
    "2027-11-22T13:14:15.120034000Z,2027-11-22T13:14:15.120034Z",
    "2027-11-22T13:14:15.000000001Z,2027-11-22T13:14:15.000000001Z",
    "0001-01-01T00:00:00Z,0001-01-01T00:00:00Z"
  })
  void timesAreWrittenAsGoDoes(Instant time, String text) {
    byte[] out = new byte[Rfc3339.LENGTH_MAX + 3];
    int end = Rfc3339.write(time, out, 3);
    assertThat(new String(out, 3, end - 3, UTF_8)).isEqualTo(text);
  }

  /** Any offset, so that a reader gets the same moment. */
  @ParameterizedTest
  @CsvSource({
    "9999-12-31T23:59:59.5-05:00,9999-12-31T23:59:59.5-05:00",
    "9999-12-31T23:59:59-05:30,9999-12-31T23:29:59-06:00",
    "9999-12-31T19:00:00-05:00,9999-12-31T23:00:00-01:00",
    "9999-12-31T23:59:59.999999999-23:59,9999-12-31T23:59:59.999999999-23:59",
    "0000-01-01T00:00:00+00:01,0000-01-01T00:59:00+01:00",
    "0000-01-01T00:00:00+23:59,0000-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999999Z,9999-12-31T23:59:59.999999999Z",
    "9999-12-31T18:59:59-05:00,9999-12-31T23:59:59Z"
  })
  void timesThatUtcPutsIntoOtherYearsAreWrittenWithAnOffset(String text, String written) {
    Instant time = Rfc3339.parse(Bytes.utf8(text));
    assertThat(Rfc3339.text(time)).isEqualTo(written);
    assertThat(Rfc3339.parse(Bytes.utf8(written))).isEqualTo(time);
  }

  @Test
  void zeroTextIsTheZeroTime() {
    assertThat(Rfc3339.parse(Rfc3339.ZERO_TEXT)).isEqualTo(Rfc3339.ZERO);
  }
}
