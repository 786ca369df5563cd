package io.ppmq.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void textStaysAsItIs() {
    String text = "caf\u00e9 \u043a\u043b\u044e\u0447 \ud83d\ude00 \"{}\" \u00a0";
    assertThat(Printable.of(text)).isEqualTo(text);
  }

  @Test
  void whatATerminalObeysIsEscaped() {
    assertThat(Printable.of("a\u001b[2J\u009b31m\u007f\r\n\t"))
        .isEqualTo("a\\u001b[2J\\u009b31m\\u007f\\u000d\\u000a\\u0009");
  }

  @Test
  void whatChangesTheOrderOrEndsALineIsEscaped() {
    assertThat(Printable.of("\u202egnp.exe\u2066\u200b\u2028\u2029\ufeff"))
        .isEqualTo("\\u202egnp.exe\\u2066\\u200b\\u2028\\u2029\\ufeff");
  }

  @Test
  void escapesAreThoseOfJson() {
    assertThat(Printable.of("\udb40\udc01 \ud83d")).isEqualTo("\\udb40\\udc01 \\ud83d");
  }

  @Test
  void linesStayLines() {
    assertThat(Printable.lines("one\u009b\ntwo\r")).isEqualTo("one\\u009b\ntwo\\u000d");
  }
}
