package io.ppmq.broker;

import io.ppmq.broker.administration.Administration;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.turn.Errand;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.broker.turn.Turn;
import io.ppmq.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The questions of other threads to the writer, and its answers, for which they wait at most
 * {@value #ANSWER_SECONDS_MAX} seconds. Any thread may ask; the writer answers in its turn.
 */
final class Questions {
  private static final long ANSWER_SECONDS_MAX = 10;

  /** The questions to the writer, on its thread. */
  interface Question<T> {
    T of(Administration asked, Turn turn) throws RefusedException;
  }

  private final Inbox inbox;
  private final Writer writer;

  Questions(Inbox inbox, Writer writer) {
    this.inbox = inbox;
    this.writer = writer;
  }

  // ---- asking ---------------------------------------------------------------------------------

  /** Asks the writer for data. */
  <T> T look(Question<T> question) throws RefusedException {
    CompletableFuture<T> answer = new CompletableFuture<>();
    return await(answer, turn -> answer(turn, question, answer));
  }

  /** For questions that are never refused. */
  <T> T lookUp(Question<T> question) {
    try {
      return look(question);
    } catch (RefusedException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Makes the writer do something; returns when the result is as durable as a confirm. */
  <T> T change(Question<T> change) throws RefusedException {
    CompletableFuture<T> answer = new CompletableFuture<>();
    return await(
        answer,
        turn -> writer.whenKept(kept(turn, change, answer)),
        "the broker has not confirmed it within "
            + ANSWER_SECONDS_MAX
            + " seconds, and it may still take effect: 'ppmq health' shows whether the broker works");
  }

  /**
   * Makes the writer do something; returns when it is done. The commit of that turn keeps the
   * result.
   *
   * @throws IllegalStateException when the broker has stopped or does not answer in time; nothing
   *     was done and nothing will be
   */
  void carryOut(Question<Boolean> question) throws RefusedException {
    CompletableFuture<Boolean> begun = new CompletableFuture<>();
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    try {
      await(
          answer,
          turn -> {
            if (begun.complete(true)) {
              answer(turn, question, answer);
            }
          });
    } catch (IllegalStateException e) {
      if (begun.complete(false)) {
        throw e;
      }
      await(answer, turn -> {}); // it was begun at the last moment
    }
  }

  // ---- answering ------------------------------------------------------------------------------

  /** An errand whose caller waits. */
  private record Awaited<T>(CompletableFuture<T> answer, Errand errand) implements Errand {
    @Override
    public void carryOut(Turn turn) {
      errand.carryOut(turn);
    }

    @Override
    public void dropped(String reason) {
      answer.completeExceptionally(new IllegalStateException(reason));
    }
  }

  private <T> T await(CompletableFuture<T> answer, Errand errand) throws RefusedException {
    return await(answer, errand, "the broker does not answer");
  }

  private <T> T await(CompletableFuture<T> answer, Errand errand, String late)
      throws RefusedException {
    if (!inbox.errand(new Awaited<>(answer, errand))) {
      throw new IllegalStateException("the broker has stopped");
    }
    try {
      return answer.get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      Throwable cause = e.getCause(); // its sentence only: the other names a class
      throw new IllegalStateException(cause == null ? e.getMessage() : cause.getMessage(), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException(late, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private <T> void answer(Turn turn, Question<T> question, CompletableFuture<T> answer) {
    try {
      answer.complete(question.of(writer.administration(), turn));
    } catch (StoreException | RefusedException e) {
      answer.completeExceptionally(e);
    }
  }

  private <T> Answer kept(Turn turn, Question<T> change, CompletableFuture<T> answer) {
    try {
      T changed = change.of(writer.administration(), turn);
      return new Answer() {
        @Override
        public void confirmed() {
          answer.complete(changed);
        }

        @Override
        public void failed(String reason) {
          answer.completeExceptionally(new IllegalStateException(reason));
        }

        @Override
        public void refused(ErrorCode code, String reason) {
          answer.completeExceptionally(new RefusedException(code, reason));
        }
      };
    } catch (RefusedException e) {
      answer.completeExceptionally(e);
      return Answer.NONE;
    }
  }
}
