package io.ppmq.broker.turn;

import io.ppmq.topic.Topic;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The work to be done. Each class that changes something notes the consequences here; the {@code
 * Writer} takes it from here, each kind at its place in a turn. So only the writer decides when
 * something is done, and a topic with nothing to do costs nothing.
 *
 * <table>
 * <caption>The kinds, in the order in which a turn takes them</caption>
 * <tr><td>SPENT</td><td>a message of a topic reached its limit of deliveries</td></tr>
 * <tr><td>READY</td><td>there may be messages for the subscribers of a topic</td></tr>
 * <tr><td>TRIM</td><td>the beginning of a topic may not be needed any more</td></tr>
 * <tr><td>SAVE</td><td>a topic has changes for the next commit</td></tr>
 * <tr><td>DISPATCH</td><td>a subscriber may be sent a batch, or connected to</td></tr>
 * <tr><td>PREPARE</td><td>a subscriber was sent a batch: the next one can be prepared</td></tr>
 * <tr><td>ENDS</td><td>the next moment may have changed at which a message that is out expires, or
 * a delayed one comes due</td></tr>
 * </table>
 *
 * <p>Owned by the writer's thread.
 */
public final class Agenda {
  /** A subscriber to which batches are sent. */
  public interface Recipient {
    /** Sends the next batch or connects, if there is something to send and it is possible. */
    void dispatch(Turn turn);

    /**
     * Sends a full batch of messages that earlier turns committed, before this turn is committed.
     */
    void dispatchAhead(Turn turn);

    /** Prepares the batch after the one that was sent last. */
    void prepare();
  }

  /**
   * A subscriber's queue with a waiting message that reached its limit of deliveries.
   *
   * @param why the reason for sending it again
   */
  public record Spent(Topic topic, String subscriber, String why) {
    public static final String RECONNECTED = "before the subscriber asked for everything again";
    public static final String NACKED = "before the subscriber nacked it";
    public static final String CLOSED = "before the subscriber closed its connection";

    /** Whether the messages are those of the same subscriber of the same topic. */
    public boolean isOfSame(Spent other) {
      return topic == other.topic && subscriber.equals(other.subscriber);
    }
  }

  private List<Spent> spent = new ArrayList<>();
  private Set<Topic> ready = new LinkedHashSet<>();
  private Set<Topic> trim = new LinkedHashSet<>();
  private Set<Topic> save = new LinkedHashSet<>();
  private Set<Topic> ends = new LinkedHashSet<>();
  private Set<Recipient> dispatch = new LinkedHashSet<>();
  private Set<Recipient> prepare = new LinkedHashSet<>();
  private int acknowledgements;
  private long publishedBytes;
  private boolean trimNow = true;

  // ---- what has happened ----------------------------------------------------------------------

  /** A topic has something to save with the next commit. */
  public void save(Topic topic) {
    save.add(topic);
    if (topic.isTrimDue()) {
      trim.add(topic);
    }
  }

  /** A topic has something to save, and there may be messages for any of its subscribers. */
  public void changed(Topic topic) {
    save.add(topic);
    ends.add(topic);
    ready.add(topic);
  }

  /** Messages published to a topic are committed: there may be messages for its subscribers. */
  public void committed(Topic topic) {
    ready.add(topic);
  }

  /** Messages have left a queue of a topic: they may not be needed any more. */
  public void ended(Topic topic) {
    save.add(topic);
    trim.add(topic);
    acknowledgements++;
  }

  /** A batch of a topic was pushed whole. */
  public void pushed(Topic topic) {
    save(topic);
    ends.add(topic);
  }

  /** The configuration now names a topic, or no longer does. */
  public void named(Topic topic) {
    ends.add(topic);
  }

  /** A topic has other subscribers or settings. */
  public void reconfigured(Topic topic) {
    changed(topic);
    trim.add(topic);
    trimNow = true;
  }

  /** This many bytes were published; they may have been acknowledged in the meantime. */
  public void published(int bytes) {
    publishedBytes += bytes;
  }

  /**
   * A message waits to be sent again to a subscriber of a topic; it may have reached its limit of
   * deliveries.
   */
  public void redelivers(Topic topic, String subscriber, String why) {
    if (topic.subscriber(subscriber).hasSpent()) {
      spent.add(new Spent(topic, subscriber, why));
    }
  }

  /** A subscriber may be sent something. */
  public void dispatch(Recipient recipient) {
    dispatch.add(recipient);
  }

  /** A subscriber was sent a batch. */
  public void prepare(Recipient recipient) {
    prepare.add(recipient);
  }

  /** It is time to trim. */
  public void trimNow() {
    trimNow = true;
  }

  // ---- what is to be done ---------------------------------------------------------------------

  public List<Spent> takeSpent() {
    if (spent.isEmpty()) {
      return List.of();
    }
    List<Spent> taken = spent;
    spent = new ArrayList<>();
    return taken;
  }

  public Set<Topic> takeReady() {
    if (ready.isEmpty()) {
      return Set.of();
    }
    Set<Topic> taken = ready;
    ready = new LinkedHashSet<>();
    return taken;
  }

  public Set<Topic> takeUnsaved() {
    if (save.isEmpty()) {
      return Set.of();
    }
    Set<Topic> taken = save;
    save = new LinkedHashSet<>();
    return taken;
  }

  /** The topics that may be trimmed; resets their counts. */
  public Set<Topic> takeTrims() {
    acknowledgements = 0;
    publishedBytes = 0;
    trimNow = false;
    Set<Topic> taken = trim;
    trim = new LinkedHashSet<>();
    return taken;
  }

  /**
   * Whether it is time to trim: enough was acknowledged or published since, or {@link #trimNow} was
   * called.
   */
  public boolean isTimeToTrim(int acknowledgementsMax, long publishedBytesMax) {
    return trimNow
        || acknowledgements >= acknowledgementsMax
        || publishedBytes >= publishedBytesMax;
  }

  /** Whether a topic may be trimmed. */
  public boolean hasTrims() {
    return !trim.isEmpty();
  }

  public Set<Topic> takeEnds() {
    if (ends.isEmpty()) {
      return Set.of();
    }
    Set<Topic> taken = ends;
    ends = new LinkedHashSet<>();
    return taken;
  }

  /** The recipients that are to be dispatched to; they stay on the agenda. */
  public List<Recipient> toDispatch() {
    return List.copyOf(dispatch);
  }

  public Set<Recipient> takeDispatches() {
    if (dispatch.isEmpty()) {
      return Set.of();
    }
    Set<Recipient> taken = dispatch;
    dispatch = new LinkedHashSet<>();
    return taken;
  }

  public Set<Recipient> takePrepares() {
    if (prepare.isEmpty()) {
      return Set.of();
    }
    Set<Recipient> taken = prepare;
    prepare = new LinkedHashSet<>();
    return taken;
  }

  /** Whether it has work that must not wait until something else causes a turn. */
  public boolean isUrgent() {
    return !dispatch.isEmpty() || !ready.isEmpty() || !spent.isEmpty();
  }
}
