package io.ppmq.sim;

import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;

/**
 * The messages or keys of a command, which report when a topic takes them: the writer may hold a
 * submission back, or refuse it, and only at that moment is it known to be applied.
 */
final class Watched<T> extends AbstractList<T> {
  private final List<T> elements;
  private final Runnable taken;
  private boolean told;

  Watched(List<T> elements, Runnable taken) {
    this.elements = elements;
    this.taken = taken;
  }

  @Override
  public Iterator<T> iterator() {
    if (!told) {
      told = true;
      taken.run();
    }
    return elements.iterator();
  }

  /** A stream of them is only checked, and may be refused then. */
  @Override
  public Spliterator<T> spliterator() {
    return elements.spliterator();
  }

  @Override
  public T get(int index) {
    return elements.get(index);
  }

  @Override
  public int size() {
    return elements.size();
  }
}
