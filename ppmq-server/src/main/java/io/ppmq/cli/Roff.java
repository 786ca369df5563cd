package io.ppmq.cli;

/** A manual page in the language of man(7), written line by line. */
final class Roff {
  private final StringBuilder page = new StringBuilder();

  private Roff() {}

  /** A page with its title line. */
  static Roff page(String name, String section, String version) {
    Roff roff = new Roff();
    roff.line(
        ".TH \""
            + name.toUpperCase(java.util.Locale.ROOT)
            + "\" \""
            + section
            + "\" \"\" \"ppMQ "
            + version
            + "\" \"ppMQ\"");
    roff.line(".nh");
    roff.line(".ad l");
    return roff;
  }

  /** The first section: the name and a summary. */
  Roff named(String name, String what) {
    return section("NAME").line(code(name) + " \\- " + escaped(what.replaceFirst("\\.$", "")));
  }

  Roff section(String heading) {
    return line(".SH \"" + heading + "\"");
  }

  Roff paragraph() {
    return line(".PP");
  }

  /** A tag, with the text after it indented. */
  Roff item(String tag) {
    return line(".TP").line(tag);
  }

  /** Running text. */
  Roff text(String sentence) {
    return line(guarded(escaped(sentence)));
  }

  /** A line of roff, unchanged. */
  Roff line(String roff) {
    page.append(roff).append('\n');
    return this;
  }

  /** Text that the reader types or copies letter by letter. */
  static String code(String text) {
    return guarded(escaped(text).replace("-", "\\-"));
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\(rs")
        .replace("'", "\\(aq")
        .replace("`", "\\(ga")
        .replace("^", "\\(ha")
        .replace("~", "\\(ti");
  }

  /** Guards a dot at the beginning of a line, which would be a request. */
  private static String guarded(String line) {
    return line.startsWith(".") ? "\\&" + line : line;
  }

  @Override
  public String toString() {
    return page.toString();
  }
}
