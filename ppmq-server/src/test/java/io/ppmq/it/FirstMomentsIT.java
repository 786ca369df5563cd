package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ppmq.store.Entry;
import io.ppmq.store.StoreException;
import io.ppmq.store.rocksdb.RocksStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A loss of power in the first moments of a {@code DataPath}: after each change that the broker
 * makes to its files from their creation on. {@code -Dmoments=} sets the number of moments, of
 * about a hundred; {@code -Dseed=} chooses them, and the unsynced data that survives.
 */
class FirstMomentsIT {
  private static final int MESSAGES = 20;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private Site site;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  @Test
  void storeOpensWithAllThatWasConfirmedWheneverThePowerIsCut() throws Exception {
    assumeTrue(ForgetfulDisk.isPossible(), "there is no C compiler, so no power can be cut");
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    ForgetfulDisk disk = new ForgetfulDisk(site.data());
    Map<String, String> environment = new HashMap<>(disk.environment());
    environment.put("POWERCUT_HISTORY", "1");
    site.start(environment);
    site.broker().awaitReady();
    Map<String, Long> confirmedNanos = new HashMap<>();
    for (int i = 0; i < MESSAGES; i++) {
      site.peer().publish("t", Integer.toString(i));
      confirmedNanos.put("\"" + i + "\"", System.nanoTime());
    }
    site.broker().kill();
    List<String> history = disk.history();
    List<Integer> moments = moments(history.size());
    int lost = 0;
    for (int moment : moments) {
      for (ForgetfulDisk.Mercy mercy : ForgetfulDisk.Mercy.values()) {
        Path after = site.directory().resolve("after-" + moment + "-" + mercy);
        disk.leave(history, moment, mercy, random, after);
        Set<String> found = found(after, moment + " of " + history.size() + ", " + mercy);
        long nanos = lastNanos(history.subList(0, moment));
        for (Map.Entry<String, Long> message : confirmedNanos.entrySet()) {
          if (message.getValue() < nanos) {
            assertThat(found)
                .as("confirmed before moment %d, seed %d", moment, seed)
                .contains(message.getKey());
          }
        }
        lost += found.size() < MESSAGES ? 1 : 0;
      }
    }
    System.out.println(
        "first moments: " + moments.size() + " of " + history.size() + ", seed " + seed);
    assertThat(lost).as("cuts that took something that was not confirmed").isPositive();
  }

  private List<Integer> moments(int all) {
    List<Integer> moments = new ArrayList<>();
    for (int moment = 0; moment <= all; moment++) {
      moments.add(moment);
    }
    Collections.shuffle(moments, random);
    return moments.subList(0, Math.min(all, Integer.getInteger("moments", 40)));
  }

  private Set<String> found(Path after, String moment) {
    Set<String> found = new HashSet<>();
    List<String> warnings = new ArrayList<>();
    try (RocksStore store = RocksStore.open(after, 1, warnings::add)) {
      for (Entry entry : store.topic("t").read(0, 0, 1000, Long.MAX_VALUE)) {
        for (Entry.Messages each = entry.messages(); each.next(); ) {
          found.add(each.payload().text());
        }
      }
      return found;
    } catch (StoreException e) {
      throw new AssertionError("moment " + moment + ", seed " + seed + ": " + e.sentence(), e);
    }
  }

  /** The library reads the same clock as {@link System#nanoTime} on Linux. */
  private static long lastNanos(List<String> lines) {
    long nanos = 0;
    for (String line : lines) {
      if (line.startsWith("sync") && line.indexOf(' ') > 0) {
        nanos = Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    return nanos;
  }
}
