package io.ppmq.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The process that listens on a port of this machine, as far as it is known: the kernel tells every
 * user the owner of that process, and its id only to the owner and to root.
 */
final class PortHolder {
  private static final Path PROC = Path.of("/proc");
  private static final List<String> TABLES = List.of("net/tcp", "net/tcp6");
  private static final String LISTENING = "0A";

  // The columns of a table.
  private static final int ADDRESS = 1;
  private static final int STATE = 3;
  private static final int USER = 7;
  private static final int INODE = 9;

  private PortHolder() {}

  /** The text to follow "is in use: "; null if nothing is known. */
  static @Nullable String of(InetSocketAddress address) {
    String port = ":%04X".formatted(address.getPort());
    try {
      for (String table : TABLES) {
        for (String line : Files.readAllLines(PROC.resolve(table))) {
          String[] columns = line.strip().split("\\s+", -1);
          if (columns.length > INODE
              && columns[STATE].equals(LISTENING)
              && columns[ADDRESS].endsWith(port)) {
            String process = process("socket:[" + columns[INODE] + "]");
            return (process == null ? "a process" : "process " + process)
                + " of user "
                + name(columns[USER])
                + " listens on it";
          }
        }
      }
    } catch (IOException e) {
      return null; // no /proc here
    }
    return null;
  }

  /** A user's name; the number if there is no name. */
  private static String name(String number) throws IOException {
    for (String line : Files.readAllLines(Path.of("/etc/passwd"))) {
      String[] fields = line.split(":", -1);
      if (fields.length > 2 && fields[2].equals(number)) {
        return fields[0];
      }
    }
    return number;
  }

  private static @Nullable String process(String socket) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (holds(process, socket)) {
          return process.toFile().getName();
        }
      }
    }
    return null;
  }

  private static boolean holds(Path process, String socket) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (Files.readSymbolicLink(file).toString().equals(socket)) {
          return true;
        }
      }
    } catch (IOException e) {
      return false; // the process is another user's, or gone
    }
    return false;
  }
}
