package io.ppmq.guide;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Image;
import org.commonmark.node.Link;

/**
 * Makes the links of a page lead to files of the site: other pages, which are all in one directory,
 * and copies of linked pictures and programs.
 */
final class Links extends AbstractVisitor {
  private final Path repository;
  private final Page page;
  private final Path site;

  Links(Path repository, Page page, Path site) {
    this.repository = repository;
    this.page = page;
    this.site = site;
  }

  void follow() {
    page.document().accept(this);
  }

  @Override
  public void visit(Link link) {
    link.setDestination(inSite(link.getDestination()));
    visitChildren(link);
  }

  @Override
  public void visit(Image image) {
    image.setDestination(inSite(image.getDestination()));
    visitChildren(image);
  }

  private String inSite(String destination) {
    if (destination.contains("://") || destination.startsWith("#")) {
      return destination;
    }
    if (destination.matches(".*\\.md(#.*)?")) {
      return destination
          .substring(destination.lastIndexOf('/') + 1)
          .replaceFirst("\\.md(?=$|#)", ".html");
    }
    Path file = page.directory().resolve(destination).normalize();
    Path relative = repository.relativize(file);
    if (Files.isRegularFile(file) && !relative.startsWith("..")) {
      copy(file, site.resolve(relative));
    }
    return relative.toString();
  }

  private static void copy(Path file, Path copy) {
    try {
      Files.createDirectories(copy.getParent());
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
