package io.ppmq.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The text of the metrics, made while it is read: with many topics it is long, and never in memory
 * as a whole. For one thread at a time.
 */
public final class MetricsText {
  private static final int PORTION_CHARS = 16 << 10;

  private final Exposition out;
  private final Queue<Iterator<Consumer<Exposition>>> parts = new ArrayDeque<>();

  MetricsText(Format format) {
    this.out = new Exposition(format);
  }

  /** Appends the text of {@code part} as a whole. */
  void whole(Consumer<Exposition> part) {
    parts.add(List.of(part).iterator());
  }

  /** Appends a family: its beginning, and then the samples of each subject. */
  <T> void family(Consumer<Exposition> begin, List<T> subjects, BiConsumer<Exposition, T> samples) {
    whole(begin);
    Iterator<T> each = subjects.iterator();
    parts.add(
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return each.hasNext();
          }

          @Override
          public Consumer<Exposition> next() {
            T subject = each.next();
            return out -> samples.accept(out, subject);
          }
        });
  }

  /** The next portion, never empty; null at the end. */
  public byte @Nullable [] next() {
    for (Iterator<Consumer<Exposition>> part = parts.peek();
        part != null && out.length() < PORTION_CHARS;
        part = parts.peek()) {
      if (part.hasNext()) {
        part.next().accept(out);
      } else {
        parts.remove();
      }
    }
    return out.length() == 0 ? null : out.take().getBytes(UTF_8);
  }
}
