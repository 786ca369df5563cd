package io.ppmq.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AnswerQueueTest {
  private final UserShare share = new UserShare("user 1", false);
  private final Socket socket = new Socket();
  private final AnswerBudget budget = new AnswerBudget();
  private final AnswerQueue answers = new AnswerQueue(socket, budget, () -> share);

  @Test
  void shortAnswersAreWrittenTogether() throws IOException {
    assertThat(answers.join(line("one"))).isTrue();
    assertThat(answers.join(line("two"))).isTrue();
    assertThat(socket.writes).isEmpty();
    assertThat(answers.hasUnwritten()).isTrue();
    assertThat(answers.write(line("three"))).isTrue();
    assertThat(socket.writes).containsExactly("one\ntwo\nthree\n");
    assertThat(answers.hasUnwritten()).isFalse();
    assertThat(answers.unwrittenBytes()).isZero();
  }

  @Test
  void longAnswerWaitsForNoOther() throws IOException {
    byte[] longest = line("x".repeat(AnswerBudget.SHORT_BYTES_MAX - 1));
    assertThat(answers.join(longest)).isTrue();
    assertThat(answers.join(line("x".repeat(AnswerBudget.SHORT_BYTES_MAX)))).isFalse();
    String huge = "x".repeat(AnswerBudget.JOINED_BYTES_MAX);
    answers.write(line(huge));
    assertThat(socket.writes).containsExactly(new String(longest, US_ASCII), huge + "\n");
  }

  @Test
  void noMoreIsWrittenAtOnceThanIsShort() throws IOException {
    int joined = 0;
    while (answers.join(line("x".repeat(AnswerBudget.SHORT_BYTES_MAX - 1)))) {
      joined++;
    }
    assertThat(answers.unwrittenBytes()).isLessThanOrEqualTo(AnswerBudget.JOINING_BYTES_MAX);
    answers.write();
    assertThat(socket.writes)
        .hasSize((joined * AnswerBudget.SHORT_BYTES_MAX - 1) / AnswerBudget.JOINED_BYTES_MAX + 1)
        .allMatch(write -> write.length() <= AnswerBudget.JOINED_BYTES_MAX);
  }

  @Test
  void whatTheSocketTakesInPiecesIsWholeAndInOrder() throws IOException {
    Random random = new Random(7);
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      byte[] line = line(i + "x".repeat(random.nextInt(random.nextInt(10) == 0 ? 6000 : 60)));
      all.append(new String(line, US_ASCII));
      socket.room = random.nextInt(500);
      if (!answers.join(line)) {
        answers.write(line);
      } else if (random.nextBoolean()) {
        answers.write();
      }
    }
    assertThat(share.answerBytes).isEqualTo(answers.unwrittenBytes()).isPositive();
    socket.room = Integer.MAX_VALUE;
    answers.write();
    assertThat(String.join("", socket.writes)).isEqualTo(all.toString());
    assertThat(answers.unwrittenBytes()).isZero();
    assertThat(share.answerBytes).isZero();
    assertThat(budget.bound().used()).isZero();
  }

  @Test
  void nothingWaitsForAPeerThatIsGone() throws IOException {
    answers.join(line("one"));
    socket.broken = true;
    assertThatThrownBy(answers::write).isInstanceOf(IOException.class);
    assertThat(answers.isDeaf()).isTrue();
    assertThat(answers.join(line("two"))).isFalse();
    assertThat(answers.write(line("three"))).isFalse();
    assertThat(answers.hasUnwritten()).isFalse();
    assertThat(budget.bound().used()).isZero();
  }

  private static byte[] line(String text) {
    return (text + "\n").getBytes(US_ASCII);
  }

  /** A socket that takes as much as it has room for. */
  private static final class Socket implements WritableByteChannel {
    private final List<String> writes = new ArrayList<>();
    private int room = Integer.MAX_VALUE;
    private boolean broken;

    @Override
    public int write(ByteBuffer source) throws IOException {
      if (broken) {
        throw new IOException("Broken pipe");
      }
      byte[] taken = new byte[Math.min(room, source.remaining())];
      source.get(taken);
      room -= taken.length;
      writes.add(new String(taken, US_ASCII));
      return taken.length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
