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
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.text.TextContentRenderer;

/**
 * A document in Markdown. What stands behind the language of a code block says what else it is:
 * {@code file=NAME} a file to be written, {@code run} commands to be run, {@code needs=A,B} only
 * where these programs are, {@code include=PATH} that file of the repository. A block in the
 * language {@code output} shows what the commands before it print.
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
  public static Page read(Path repository, Path file) throws IOException {
    String text =
        Files.readString(file).replace("{{configuration}}", ConfigurationReference.markdown());
    String name = file.getFileName().toString().replace(".md", "");
    Page page = new Page(name, file.resolveSibling("."), PARSER.parse(text));
    for (Block block : page.blocks()) {
      String included = block.option("include");
      if (!included.isEmpty()) {
        block.node.setLiteral(Files.readString(repository.resolve(included)));
      }
    }
    return page;
  }

  /** The name of the file without its ending. */
  public String name() {
    return name;
  }

  /** Where the file lies, and its links begin. */
  Path directory() {
    return directory;
  }

  /** All code blocks, in their order. */
  public List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    document.accept(
        new AbstractVisitor() {
          @Override
          public void visit(FencedCodeBlock block) {
            blocks.add(new Block(block));
          }
        });
    return blocks;
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

  /** A code block. */
  public static final class Block {
    private final FencedCodeBlock node;
    private final List<String> words;

    private Block(FencedCodeBlock node) {
      this.node = node;
      this.words = List.of((node.getInfo() == null ? "" : node.getInfo()).split(" ", -1));
    }

    /** Whether it has commands that are to be run. */
    public boolean isRun() {
      return words.contains("run");
    }

    /** Whether it shows what the commands before it print. */
    public boolean isOutput() {
      return words.get(0).equals("output");
    }

    /** What stands behind {@code key=}; empty when it does not stand there. */
    public String option(String key) {
      return words.stream()
          .filter(word -> word.startsWith(key + "="))
          .map(word -> word.substring(key.length() + 1))
          .findFirst()
          .orElse("");
    }

    /** What is in it. */
    public String text() {
      return node.getLiteral();
    }
  }
}
