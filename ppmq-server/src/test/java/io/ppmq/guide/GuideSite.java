package io.ppmq.guide;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The documents as plain HTML: no scripts, and nothing from outside of the directory. */
public final class GuideSite {
  /** The guide's pages, in the order to read them. */
  public static final List<String> GUIDE =
      List.of(
          "index",
          "first-steps",
          "subscribers",
          "operating",
          "cluster",
          "security",
          "troubleshooting",
          "upgrading",
          "moving",
          "configuration");

  private static final String STYLE =
      """
      body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5;
             font-family: system-ui, sans-serif; color: #222; background: #fff }
      nav a { margin-right: 1rem }
      img { max-width: 100% }
      nav { border-bottom: 1px solid #ccc; padding-bottom: .5rem }
      code, pre { font-family: ui-monospace, monospace; font-size: .9em }
      pre { background: #f4f4f2; padding: .7rem; overflow-x: auto }
      pre:has(code.language-text) { background: none; border-left: 3px solid #bbb; margin-left: 1rem }
      table { border-collapse: collapse; display: block; overflow-x: auto } td, th { text-align: left; vertical-align: top;
             padding: .2rem .7rem; border-bottom: 1px solid #ddd }
      @media (prefers-color-scheme: dark) {
        body { color: #ddd; background: #1b1b1b } a { color: #8bf } pre { background: #262626 } }
      """;

  private GuideSite() {}

  /** Writes the site of a repository: REPOSITORY DIRECTORY. */
  public static void main(String[] args) throws IOException {
    write(Path.of(args[0]).toAbsolutePath().normalize(), Path.of(args[1]));
  }

  /** Writes the site of a repository into a directory, and makes the directory if necessary. */
  static void write(Path repository, Path directory) throws IOException {
    List<Page> guide = guide(repository);
    List<Page> all = new ArrayList<>(guide);
    for (Path document : documents(repository)) {
      all.add(Page.read(document));
    }
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("style.css"), STYLE);
    String navigation = navigation(guide);
    for (Page page : all) {
      new Links(repository, page, directory).follow();
      Files.writeString(directory.resolve(page.name() + ".html"), html(page, navigation));
    }
  }

  /** All other documents. */
  private static List<Path> documents(Path repository) throws IOException {
    List<Path> documents = new ArrayList<>();
    for (Path directory : List.of(repository, repository.resolve("docs"))) {
      try (Stream<Path> files = Files.list(directory)) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
      }
    }
    return documents;
  }

  /** The guide's pages, in the order to read them. */
  public static List<Page> guide(Path repository) throws IOException {
    List<Page> pages = new ArrayList<>();
    for (String name : GUIDE) {
      pages.add(Page.read(repository.resolve("docs/guide/" + name + ".md")));
    }
    return pages;
  }

  private static String navigation(List<Page> guide) {
    return guide.stream()
        .map(page -> Map.entry(page.name(), page.title()))
        .map(page -> "<a href=\"" + page.getKey() + ".html\">" + page.getValue() + "</a>")
        .collect(Collectors.joining("\n", "<nav>\n", "\n</nav>\n"));
  }

  private static String html(Page page, String navigation) {
    String head =
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>%s</title>
        <link rel="stylesheet" href="style.css">
        </head>
        <body>
        """;
    return head.formatted(
            page.title().toUpperCase(Locale.ROOT).equals("PPMQ") ? "ppMQ" : page.title())
        + navigation
        + "<main>\n"
        + page.html()
        + "</main>\n</body>\n</html>\n";
  }
}
