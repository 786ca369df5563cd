package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A store whose content follows from the number of commits: commit n appends entry n, keeps one of
 * {@link #KEYS} keys, drops entries older than {@link #BACKLOG} commits, and notes n as progress.
 * So the content of the disk can be checked for completeness.
 */
final class WrittenStore {
  static final long KEYS = 17;
  static final long BACKLOG = 40;
  private static final int PAYLOAD_BYTES = 300;

  private WrittenStore() {}

  /** Makes commit n. */
  static void commit(Store store, long n) {
    write(store, n);
    store.commit();
  }

  static void write(Store store, long n) {
    TopicStore topic = store.topic("t");
    topic.append(0, entry(n));
    Bytes key = Bytes.utf8("k" + n % KEYS);
    topic.keep(topic.find(key), keyed(key, n));
    topic.drop(0, 0, n - BACKLOG + 1);
    topic.save("s", progress(n));
  }

  /** The number of commits in the store; asserts that it holds them completely and nothing else. */
  static long check(Store store) {
    TopicStore topic = store.topic("t");
    Progress progress = topic.progress().get("s");
    long n = progress == null ? 0 : progress.cursors().get(0).nextId();
    List<Long> ids = topic.read(0, 0, 1000, Long.MAX_VALUE).stream().map(Entry::firstId).toList();
    assertThat(ids).containsExactlyElementsOf(range(Math.max(1, n - BACKLOG + 1), n));
    List<Long> versions = new ArrayList<>();
    for (long k = 0; k < KEYS; k++) {
      KeyedMessage found = topic.find(Bytes.utf8("k" + k));
      if (found != null) {
        versions.add(found.version());
      }
    }
    versions.sort(null);
    assertThat(versions).containsExactlyElementsOf(range(Math.max(1, n - KEYS + 1), n));
    return n;
  }

  static Entry entry(long n) {
    Entry.Packer packer = new Entry.Packer(n, 1, Entry.NEVER, PAYLOAD_BYTES);
    packer.add(n, Bytes.utf8("\"" + "x".repeat(PAYLOAD_BYTES) + "\""), null);
    return packer.pack();
  }

  private static KeyedMessage keyed(Bytes key, long n) {
    return new KeyedMessage(
        key, n, 0, 1, null, false, Bytes.utf8("1"), new Place(0, n), new TreeMap<>());
  }

  private static Progress progress(long n) {
    TreeMap<Integer, Progress.Cursor> cursors = new TreeMap<>();
    cursors.put(0, new Progress.Cursor(n, n, n, 0, n));
    return new Progress(cursors, List.of(), List.of());
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  /** Copies the files of a directory; skips files that vanish meanwhile. */
  static Path copy(Path from, Path to) {
    try (Stream<Path> files = Files.list(from)) {
      Files.createDirectories(to);
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
