package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The keyed messages of the commit that is being collected, over those that are stored. */
class UncommittedKeyedTest {
  private final UncommittedKeyed uncommitted = new UncommittedKeyed();

  @Test
  void storedMessagesThatComeInPagesAreSeenAsTheCommitLeavesThem() {
    for (String forgotten : List.of("a", "b", "c")) {
      uncommitted.forget(Bytes.utf8(forgotten));
    }
    for (String kept : List.of("bb", "e", "g")) {
      uncommitted.keep(message(kept, 2));
    }

    assertThat(page(null, 9)).as("nothing is left of the first").containsExactly("bb 2", "d 1");
    assertThat(page("bb", 1)).containsExactly("d 1");
    assertThat(page("d", 9)).containsExactly("e 2", "f 1");
    assertThat(page("f", 9)).containsExactly("g 2");
    assertThat(page("g", 9)).isEmpty();
  }

  @Test
  void onlyTheEndIsEmpty() {
    for (String forgotten : List.of("a", "b", "c", "d")) {
      uncommitted.forget(Bytes.utf8(forgotten));
    }

    assertThat(page(null, 9)).containsExactly("e 1", "f 1");
    assertThat(page("f", 9)).isEmpty();
  }

  private List<String> page(@Nullable String after, int max) {
    Bytes from = after == null ? null : Bytes.utf8(after);
    return uncommitted.over(UncommittedKeyedTest::stored, from, max).stream()
        .map(message -> message.key().text() + " " + message.version())
        .toList();
  }

  /** The messages from a to f, two at a time. */
  private static List<KeyedMessage> stored(@Nullable Bytes after, int max) {
    List<KeyedMessage> found = new ArrayList<>();
    for (String key : List.of("a", "b", "c", "d", "e", "f")) {
      if (found.size() < Math.min(2, max)
          && (after == null || Bytes.utf8(key).compareTo(after) > 0)) {
        found.add(message(key, 1));
      }
    }
    return found;
  }

  private static KeyedMessage message(String key, long version) {
    return new KeyedMessage(
        Bytes.utf8(key),
        version,
        0,
        0,
        null,
        true,
        Bytes.utf8("x"),
        new Place(0, version),
        new TreeMap<>());
  }
}
