package io.ppmq.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextWidthTest {
  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "orders, 6",
    "größe, 5",
    "gro\u0308\u00dfe, 5",
    "\u6ce8\u6587, 4",
    "\uc8fc\ubb38, 4",
    "\u1100\u1161\u11a8, 2",
    "\uff21, 2",
    "\uff71, 1",
    "\ud83d\udce6, 2",
    "\u2764\ufe0f, 1",
    "\ud840\udc00, 2",
    "\u2026, 1",
  })
  void wideCharactersTakeTwoColumnsAndMarksNone(String text, int columns) {
    assertThat(TextWidth.of(text)).isEqualTo(columns);
  }

  @Test
  void spacesFillTheColumnsThatAreLeft() {
    assertThat(TextWidth.padded("\u6ce8\u6587", 6)).isEqualTo("\u6ce8\u6587  ");
    assertThat(TextWidth.padLeft("\u6ce8\u6587", 6)).isEqualTo("  \u6ce8\u6587");
    assertThat(TextWidth.padded("\u6ce8\u6587", 3)).isEqualTo("\u6ce8\u6587");
  }

  @Test
  void noCharacterIsCutInTwo() {
    assertThat(TextWidth.clipped("\u6ce8\u6587", 3)).isEqualTo("\u6ce8");
    assertThat(TextWidth.clipped("a\ud83d\udce6", 2)).isEqualTo("a");
    assertThat(TextWidth.clipped("o\u0308a", 1)).isEqualTo("o\u0308");
    assertThat(TextWidth.clipped("abc", -1)).isEmpty();
  }

  @Test
  void nameThatIsTooWideLosesItsMiddle() {
    assertThat(TextWidth.shortened("abcdefgh", 8)).isEqualTo("abcdefgh");
    assertThat(TextWidth.shortened("abcdefgh", 7)).isEqualTo("abc…fgh");
    assertThat(TextWidth.shortened("\u6ce8\u6587\u6ce8\u6587", 6)).isEqualTo("\u6ce8…\u6587");
    assertThat(TextWidth.shortened("abcdo\u0308x", 3)).isEqualTo("a…x");
    assertThat(TextWidth.shortened("abcdefgh", 1)).isEqualTo("…");
  }
}
