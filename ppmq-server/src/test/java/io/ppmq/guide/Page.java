package io.ppmq.guide;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.text.TextContentRenderer;
import org.jspecify.annotations.Nullable;

/**
 * A document in Markdown. Invisible comments describe code blocks; each stands on the line before
 * its block:
 *
 * <ul>
 *   <li>{@code <!-- file=NAME -->}: a file to write
 *   <li>{@code <!-- run -->}: commands to run; {@code needs=A,B} only if these programs are
 *       installed, {@code status=N} with that exit status instead of 0
 *   <li>{@code <!-- run in=NAME -->}: a command to run in a separate shell
 *   <li>{@code <!-- output -->}: the whole output of the commands before; {@code in=NAME}: lines
 *       that this shell prints at some time
 *   <li>{@code <!-- include=PATH -->}: a file of the repository
 * </ul>
 *
 * {@code <!-- stop NAME -->} stands alone and ends the command of a shell.
 */
public final class Page {
  private static final Parser PARSER =
      Parser.builder().extensions(List.of(TablesExtension.create())).build();
  private static final HtmlRenderer HTML =
      HtmlRenderer.builder()
          .extensions(List.of(TablesExtension.create(), HeadingAnchorExtension.create()))
          .build();

  private final String name;
  private final Path directory;
  private final Node document;

  private Page(String name, Path directory, Node document) {
    this.name = name;
    this.directory = directory;
    this.document = document;
  }

  /** Reads a document of the repository. */
  public static Page read(Path file) throws IOException {
    String name = file.getFileName().toString().replace(".md", "");
    return new Page(name, file.resolveSibling("."), PARSER.parse(Files.readString(file)));
  }

  /** The name of the file without its ending. */
  public String name() {
    return name;
  }

  /** The directory of the file, to which its links are relative. */
  Path directory() {
    return directory;
  }

  /** All code blocks in order, with the ends of shells between them. */
  public List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    document.accept(
        new AbstractVisitor() {
          @Override
          public void visit(FencedCodeBlock code) {
            blocks.add(new Block(words(code.getPrevious()), code.getLiteral()));
          }

          @Override
          public void visit(HtmlBlock comment) {
            List<String> words = words(comment);
            if (words.get(0).equals("stop")) {
              blocks.add(new Block(words, ""));
            }
          }
        });
    return blocks;
  }

  private static List<String> words(@Nullable Node node) {
    String comment = node instanceof HtmlBlock block ? block.getLiteral().strip() : "";
    boolean whole = comment.startsWith("<!--") && comment.endsWith("-->");
    return List.of((whole ? comment.substring(4, comment.length() - 3) : "").strip().split(" +"));
  }

  Node document() {
    return document;
  }

  /** The text of the first heading. */
  String title() {
    List<String> titles = new ArrayList<>();
    document.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Heading heading) {
            titles.add(TextContentRenderer.builder().build().render(heading));
          }
        });
    return titles.isEmpty() ? name : titles.get(0);
  }

  String html() {
    return HTML.render(document);
  }

  /**
   * A code block, or the end of a shell.
   *
   * @param words the words of its comment; one empty word without a comment
   * @param text its content
   */
  public record Block(List<String> words, String text) {
    /** Whether it has commands to run. */
    public boolean isRun() {
      return words.contains("run");
    }

    /** Whether it shows the output of commands before it. */
    public boolean isOutput() {
      return words.contains("output");
    }

    /** Whether it ends the command of the shell that its second word names. */
    public boolean isStop() {
      return words.get(0).equals("stop");
    }

    /** The value after {@code key=}; empty if it is absent. */
    public String option(String key) {
      return words.stream()
          .filter(word -> word.startsWith(key + "="))
          .map(word -> word.substring(key.length() + 1))
          .findFirst()
          .orElse("");
    }
  }
}
