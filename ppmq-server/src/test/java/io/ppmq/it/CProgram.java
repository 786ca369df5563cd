package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs and libraries in {@code src/test/c}, for system functions that Java does not offer. */
final class CProgram {
  private static final Path HOME = Path.of(System.getProperty("ppmq.home"));

  private CProgram() {}

  /** The path of the program or library after {@link #isMade}. */
  static Path path(String made) {
    return HOME.resolve("../" + made).normalize();
  }

  /**
   * Compiles it, unless it is newer than its source.
   *
   * @param made the result: the name of the source, with {@code .so} for a library
   * @return false if there is no C compiler
   */
  static synchronized boolean isMade(String made, String... options)
      throws IOException, InterruptedException {
    Path target = path(made);
    Path source =
        HOME.resolve("../../src/test/c/" + made.replaceAll("\\.so$", "") + ".c").normalize();
    if (Files.exists(target)
        && Files.getLastModifiedTime(target).compareTo(Files.getLastModifiedTime(source)) > 0) {
      return true;
    }
    Path fresh = target.resolveSibling(made + ".new");
    List<String> command = new ArrayList<>(List.of("cc", "-O2"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", fresh.toString(), source.toString()));
    try {
      Process compiler = new ProcessBuilder(command).inheritIO().start();
      assertThat(compiler.waitFor(1, TimeUnit.MINUTES)).as("cc ends").isTrue();
      assertThat(compiler.exitValue()).as("cc compiles %s", source).isZero();
    } catch (IOException noCompiler) {
      return false;
    }
    Files.move(fresh, target, StandardCopyOption.REPLACE_EXISTING);
    return true;
  }
}
