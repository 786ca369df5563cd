package io.ppmq.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.ppmq.store.StoreException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A separate process that writes to a store without end, for tests that kill it. It prints each
 * commit after it was made.
 */
final class StoreProcess implements AutoCloseable {
  /** Limits the resources of a running process. */
  static final Path PRLIMIT = Path.of("/usr/bin/prlimit");

  private static final int SYNC_EVERY = 7;

  /** Enough for kills in the middle of it, without a processor of its own. */
  private static final long RECLAIM_PAUSE_NANOS = 100_000;

  private final Process process;
  private final BufferedReader said;

  private StoreProcess(Process process) {
    this.process = process;
    this.said = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII));
  }

  /** Starts a process that writes to the store in {@code directory}. */
  static StoreProcess start(Path directory, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(StoreProcess.class.getName(), directory.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    Path library = directory.resolveSibling("library");
    Files.createDirectories(library);
    builder.environment().put("ROCKSDB_SHAREDLIB_DIR", library.toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return new StoreProcess(builder.start());
  }

  long pid() {
    return process.pid();
  }

  /** The next printed line; null after the end. */
  @Nullable String say() throws IOException {
    return said.readLine();
  }

  /** Kills it as kill -9 does, and returns the last commit that it printed. */
  long kill(long saidBefore) throws IOException, InterruptedException {
    process.toHandle().destroyForcibly(); // leaves the pipe open, unlike Process
    long last = saidBefore;
    for (String line = say(); line != null && line.endsWith("."); line = say()) {
      last = Long.parseLong(line.substring(0, line.length() - 1));
    }
    process.waitFor();
    return last;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Commits without end; syncs and reclaims on separate threads. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    PrintStream out = new PrintStream(System.out, true, US_ASCII);
    RocksStore store = RocksStore.open(Path.of(arguments[0]), 1, out::println);
    if (arguments.length > 1) {
      limitFileSize(arguments[1]);
    }
    Thread reclaimer = new Thread(() -> reclaimForEver(store));
    reclaimer.setDaemon(true);
    reclaimer.start();
    for (long n = WrittenStore.check(store) + 1; ; n++) {
      WrittenStore.write(store, n);
      commit(store, out);
      out.print(n + ".\n");
      if (n % SYNC_EVERY == 0) {
        store.sync();
      }
    }
  }

  /** Makes writes to any file beyond this many bytes fail from now on. */
  private static void limitFileSize(String bytes) throws IOException, InterruptedException {
    String pid = String.valueOf(ProcessHandle.current().pid());
    new ProcessBuilder(PRLIMIT.toString(), "--pid", pid, "--fsize=" + bytes + ":")
        .inheritIO()
        .start()
        .waitFor();
  }

  private static void commit(RocksStore store, PrintStream out) {
    try {
      store.commit();
    } catch (StoreException refused) {
      out.println("refused: " + refused.getMessage());
      store.commit();
    }
  }

  private static void reclaimForEver(RocksStore store) {
    while (true) {
      store.reclaim();
      LockSupport.parkNanos(RECLAIM_PAUSE_NANOS);
    }
  }
}
