package io.ppmq.it;

import io.ppmq.config.ConfigFile;
import io.ppmq.server.Server;
import java.nio.file.Path;

/** Serves as the command line does. */
final class ServeMain {
  private ServeMain() {}

  /** Takes {@code serve -c FILE}. */
  public static void main(String[] args) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
    try {
      ConfigFile file = ConfigFile.load(Path.of(args[2]));
      file.warnings().forEach(System.err::println);
      Server server = Server.start(file.config(), status -> Runtime.getRuntime().halt(status));
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    try {
                      server.stop();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
      System.out.println("ppmq: ready");
    } catch (io.ppmq.server.StartException e) {
      System.err.println("ppmq: " + e.getMessage());
      System.exit(1);
    } catch (io.ppmq.config.InvalidConfig e) {
      System.err.println("ppmq: " + e.getMessage());
      System.exit(78);
    }
  }
}
