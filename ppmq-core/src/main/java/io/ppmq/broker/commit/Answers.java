package io.ppmq.broker.commit;

import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Submission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * The answers that wait for the next commit, in the order in which they came, and which of them are
 * for a publish. Owned by the writer's thread.
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

  /** An answer for something else that was done in this turn. */
  public void add(Answer answer) {
    waiting.add(answer);
  }

  int size() {
    return waiting.size();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Takes all of them. */
  List<Answer> take() {
    List<Answer> taken = List.copyOf(waiting);
    waiting.clear();
    publishing.clear();
    return taken;
  }

  /** Takes the answers that belong to a publish. */
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
