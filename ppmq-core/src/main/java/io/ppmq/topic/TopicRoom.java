package io.ppmq.topic;

import io.ppmq.message.Message;
import io.ppmq.store.Retained;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The room in a topic with a bound, and the means to make room. Got from {@link Topic#room}. Owned
 * by the thread that owns the topic.
 */
public final class TopicRoom {
  private final TopicContents topic;
  private final RetainedCount retained;
  private final Eviction eviction;
  private final Endings endings;
  private final Uncommitted uncommitted;
  private long rejected;
  private long evicted;

  TopicRoom(
      TopicContents topic,
      RetainedCount retained,
      Eviction eviction,
      Endings endings,
      Uncommitted uncommitted) {
    this.topic = topic;
    this.retained = retained;
    this.eviction = eviction;
    this.endings = endings;
    this.uncommitted = uncommitted;
  }

  // ---- asking ---------------------------------------------------------------------------------

  /**
   * The reason why these messages could not be published even if nothing were retained; null when
   * they could.
   */
  public @Nullable String refusal(List<Message> messages) {
    TopicLimits limits = topic.settings().limits();
    if (!limits.isBounded() || isWithin(limits, RetainedCount.mostOf(messages))) {
      return null;
    }
    RetainedCount.Need need = retained.needOf(kept(messages), true);
    return isWithin(limits, need)
        ? null
        : "%s of %d bytes are more than topic \"%s\" may ever hold, which is %s"
            .formatted(
                need.messages() == 1 ? "1 message" : need.messages() + " messages",
                need.bytes(),
                topic.settings().name(),
                limits.bound());
  }

  private static boolean isWithin(TopicLimits limits, RetainedCount.Need need) {
    return RetainedCount.isWithin(need.messages(), limits.messagesMax())
        && RetainedCount.isWithin(need.bytes(), limits.bytesMax());
  }

  /** A sentence that it is full, with its bound. */
  public String fullness() {
    return "topic \""
        + topic.settings().name()
        + "\" is full: "
        + topic.settings().limits().bound();
  }

  /** Whether there is room for these messages, all together. */
  public boolean hasRoom(List<Message> messages) {
    if (!topic.settings().limits().isBounded()) {
      return true;
    }
    // Which messages they replace matters only where they would not fit as new ones.
    return retained.fits(RetainedCount.mostOf(messages))
        || retained.fits(retained.needOf(kept(messages), false));
  }

  /**
   * Whether there would be room for these messages if everything except delayed messages were
   * evicted.
   */
  public boolean canMakeRoom(List<Message> messages) {
    return !topic.settings().limits().isBounded()
        || retained.fitsBesideDelayed(retained.needOf(kept(messages), true));
  }

  /** The messages that are kept: in a topic without subscribers, only delayed ones. */
  private List<Message> kept(List<Message> messages) {
    return topic.settings().subscribers().isEmpty()
        ? messages.stream().filter(message -> message.delay() != null).toList()
        : messages;
  }

  /** Whether these messages take more room than those they replace. */
  public boolean needsRoom(List<Message> messages) {
    RetainedCount.Need need = retained.needOf(messages, false);
    return need.messages() > 0 || need.bytes() > 0;
  }

  /**
   * Whether something was published since {@link Topic#flush} was last called. Then nothing can be
   * evicted before the next commit.
   */
  public boolean isAdded() {
    return uncommitted.count() > 0;
  }

  // ---- making room ----------------------------------------------------------------------------

  /**
   * Makes room for messages that are published by evicting the oldest of the lowest priority. To be
   * called when no published message waits for a commit.
   *
   * @return how many messages were evicted
   */
  public long makeRoom(List<Message> messages) {
    return evict(kept(messages));
  }

  /**
   * Makes room as {@link #makeRoom} does, for dead letters, which are stored even without
   * subscribers.
   */
  public long makeRoomForLetters(List<Letter> letters) {
    return evict(letters.stream().map(Letter::message).toList());
  }

  private long evict(List<Message> messages) {
    long count = eviction.makeRoom(messages);
    evicted += count;
    if (count > 0) {
      endings.noteTrimDue();
    }
    return count;
  }

  /** Counts messages that were refused because the topic is full. */
  public void rejected(int count) {
    rejected += count;
  }

  /** The limits of the topic and their use. */
  LimitStats stats() {
    Retained count = retained.retained();
    return new LimitStats(topic.settings().limits(), count, rejected, evicted, endings.died());
  }
}
