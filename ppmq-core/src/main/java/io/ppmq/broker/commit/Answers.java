package io.ppmq.broker.commit;

import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Submission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Who is to hear of the next commit, in the order in which they came, and who of them published
 * something. Owned by the writer's thread.
 */
public final class Answers {
  private final List<Answer> waiting = new ArrayList<>();
  private final List<Answer> publishing = new ArrayList<>();

  /** A submission was applied. */
  public void applied(Submission submission) {
    Answer answer = submission.answer();
    if (answer != Answer.NONE) {
      waiting.add(answer);
      if (submission.messages() > 0) {
        publishing.add(answer);
      }
    }
  }

  /** Somebody waits for what was done in this turn. */
  public void add(Answer answer) {
    waiting.add(answer);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** All of them, who wait no more. */
  List<Answer> take() {
    List<Answer> taken = List.copyOf(waiting);
    waiting.clear();
    publishing.clear();
    return taken;
  }

  /** Those who published something, and wait no more. */
  public List<Answer> takePublishing() {
    if (publishing.isEmpty()) {
      return List.of();
    }
    List<Answer> taken = List.copyOf(publishing);
    waiting.removeAll(new HashSet<>(taken));
    publishing.clear();
    return taken;
  }
}
