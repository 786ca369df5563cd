package io.ppmq.broker.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.port.Source;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.Submission;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The answers that wait for a commit. */
class AnswersTest {
  private static final Command PUBLISH =
      new Command.Publish("orders", List.of(new Message(null, Bytes.utf8("1"), null, 0)));
  private static final Command REDELIVER = new Command.Redeliver("ann", null);

  private final Answers answers = new Answers();

  private static final class Heard implements Answer {
    @Override
    public void confirmed() {}

    @Override
    public void failed(String reason) {}

    @Override
    public void refused(ErrorCode code, String reason) {}
  }

  @Test
  void theyAreTakenOnceInTheOrderInWhichTheyCame() {
    Answer first = apply(REDELIVER);
    Answer second = apply(PUBLISH);
    Answer third = new Heard();
    answers.add(third);

    assertThat(answers.take()).containsExactly(first, second, third);
    assertThat(answers.isEmpty()).isTrue();
  }

  @Test
  void thoseForAPublishCanBeTakenAloneAndTheOthersStay() {
    Answer redelivers = apply(REDELIVER);
    Answer publishes = apply(PUBLISH);

    assertThat(answers.takePublishing()).containsExactly(publishes);
    assertThat(answers.takePublishing()).isEmpty();
    assertThat(answers.take()).containsExactly(redelivers);
  }

  @Test
  void nothingWaitsForASubmissionOfWhichNobodyHears() {
    answers.applied(submission(PUBLISH, Answer.NONE));

    assertThat(answers.isEmpty()).isTrue();
    assertThat(answers.takePublishing()).isEmpty();
  }

  @Test
  void whatWasTakenWithTheOthersIsNotTakenAgainAsAPublish() {
    apply(PUBLISH);
    answers.take();

    assertThat(answers.takePublishing()).isEmpty();
  }

  private Answer apply(Command command) {
    Answer answer = new Heard();
    answers.applied(submission(command, answer));
    return answer;
  }

  private static Submission submission(Command command, Answer answer) {
    return new Submission(List.of(command), 1, answer, Source.patient());
  }
}
