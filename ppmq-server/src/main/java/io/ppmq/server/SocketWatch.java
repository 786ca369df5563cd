package io.ppmq.server;

import io.ppmq.config.Address;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices when the socket of an absent subscriber appears, so that it need not wait for the next
 * attempt. Watches the directory of the socket, or the nearest existing one above it; costs nothing
 * while all subscribers are connected. If the system refuses to watch, only the attempts remain.
 */
final class SocketWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final Map<Path, Runnable> awaited = new HashMap<>();
  private final Map<Path, WatchKey> watched = new HashMap<>();
  private @Nullable WatchService service;

  /** Runs {@code appeared}, on a thread of this watch, whenever a file appears at the address. */
  synchronized void await(Address address, Runnable appeared) {
    if (!(address instanceof Address.Unix unix)) {
      return;
    }
    Path socket = unix.path().toAbsolutePath();
    boolean isNew = awaited.put(socket, appeared) == null;
    try {
      watchAbove(socket);
    } catch (IOException e) {
      LOG.debug("{} is not watched: {}", socket, e.getMessage());
    }
    if (isNew && Files.exists(socket)) {
      appeared.run();
    }
  }

  /** The subscriber is connected: stops waiting for its socket. */
  synchronized void forget(Address address) {
    if (address instanceof Address.Unix unix
        && awaited.remove(unix.path().toAbsolutePath()) != null
        && awaited.isEmpty()) {
      watched.values().forEach(WatchKey::cancel);
      watched.clear();
    }
  }

  private void watchAbove(Path socket) throws IOException {
    Path directory = socket.getParent();
    while (directory != null && !Files.isDirectory(directory)) {
      directory = directory.getParent();
    }
    if (directory != null && !watched.containsKey(directory)) {
      WatchKey key = directory.register(service(), StandardWatchEventKinds.ENTRY_CREATE);
      watched.put(directory, key);
    }
  }

  private WatchService service() throws IOException {
    WatchService running = service;
    if (running == null) {
      running = FileSystems.getDefault().newWatchService();
      service = running;
      WatchService started = running;
      Thread thread = new Thread(() -> run(started), "ppmq-watch");
      thread.setDaemon(true);
      thread.start();
    }
    return running;
  }

  private void run(WatchService running) {
    try {
      while (true) {
        WatchKey key = running.take();
        boolean any = !key.pollEvents().isEmpty();
        boolean valid = key.reset();
        if (any || !valid) {
          appearedBelow(key, valid);
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      LOG.debug("sockets are not watched any more");
    }
  }

  private synchronized void appearedBelow(WatchKey key, boolean valid) {
    if (!(key.watchable() instanceof Path directory)) {
      return;
    }
    if (!valid) {
      watched.remove(directory);
    }
    for (Map.Entry<Path, Runnable> socket : List.copyOf(awaited.entrySet())) {
      if (socket.getKey().startsWith(directory)) {
        if (Files.exists(socket.getKey())) {
          socket.getValue().run();
        } else {
          await(Address.parse(socket.getKey().toString()), socket.getValue());
        }
      }
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (service != null) {
      service.close();
    }
  }
}
