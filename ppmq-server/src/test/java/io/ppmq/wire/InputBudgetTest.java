package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class InputBudgetTest {
  private static final int SMALL = InputBudget.SMALL_BYTES_MAX;
  private static final byte[] START = "{\"a\":\"".getBytes(UTF_8);
  private static final byte[] END = "\"}".getBytes(UTF_8);

  /** A budget with room for two unfinished values of the largest size in the pool. */
  private final InputBudget budget =
      new InputBudget(new InputPool.Division(2 * SMALL, 0, 0), () -> true);

  private final ValueParser parser = new ValueParser(new Limits(1 << 20, 1 << 20));

  /** A connection as the reader sees it. */
  private final class Peer {
    private final Events events = new Events();
    private final Decoder decoder;

    Peer() {
      this(budget);
    }

    Peer(InputBudget its) {
      decoder = new Decoder(parser, its, events);
    }

    Peer(InputBudget its, InputBudget.Share share) {
      this(its);
      events.share = share;
    }

    /** Sends bytes of an unfinished value until the offset is this or there is no room. */
    private Peer fill(int bytes) {
      boolean begins = decoder.offset() == 0 || (hasFinished() && decoder.keptLength() == 0);
      if (begins && decoder.room() > 0) {
        decoder.feed(START, 0, START.length);
      }
      byte[] chunk = new byte[SMALL];
      Arrays.fill(chunk, (byte) 'x');
      int room = 1;
      while (decoder.offset() < bytes && room > 0) {
        room = decoder.room();
        decoder.feed(chunk, 0, (int) Math.min(room, bytes - decoder.offset()));
      }
      return this;
    }

    private void finish() {
      assertThat(decoder.room()).isPositive();
      decoder.feed(END, 0, END.length);
    }

    private boolean hasFinished() {
      return events.requests.size() == 1;
    }
  }

  @Test
  void smallValuesNeedNoTurn() {
    Peer one = new Peer().fill(1000);
    Peer two = new Peer().fill(1000);
    Peer three = new Peer().fill(1000);
    one.finish();
    two.finish();
    three.finish();
    assertThat(List.of(one, two, three)).allMatch(Peer::hasFinished);
  }

  @Test
  void oneLargeValueIsReadAtATimeInTheOrderOfAsking() {
    Peer first = new Peer().fill(2 * SMALL);
    Peer second = new Peer().fill(2 * SMALL);
    Peer third = new Peer().fill(2 * SMALL);
    assertThat(first.decoder.offset()).isEqualTo(2 * SMALL);
    assertThat(second.decoder.offset()).isEqualTo(SMALL);
    assertThat(third.decoder.offset()).isEqualTo(SMALL);
    assertThat(second.decoder.room()).isZero();

    first.finish();
    assertThat(second.events.roomAgain).isEqualTo(1);
    assertThat(third.events.roomAgain).isZero();
    assertThat(third.decoder.room()).isZero();

    second.fill(2 * SMALL).finish();
    assertThat(third.events.roomAgain).isEqualTo(1);
    third.fill(2 * SMALL).finish();
    assertThat(List.of(first, second, third)).allMatch(Peer::hasFinished);
  }

  @Test
  void largeValueLeavesThePoolToTheSmallOnes() {
    Peer large = new Peer().fill(8 * SMALL);
    Peer one = new Peer().fill(SMALL);
    Peer two = new Peer().fill(1000);
    assertThat(one.decoder.offset()).isEqualTo(SMALL);
    assertThat(two.decoder.offset()).isEqualTo(1000);
    assertThat(large.decoder.room()).isEqualTo(SMALL);
  }

  @Test
  void whoHasPartOfThePoolNeedsNobodyElsesToFinish() {
    InputBudget shared = new InputBudget(new InputPool.Division(3 * SMALL, 0, 0), () -> true);
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      peers.add(new Peer(shared).fill(40_000));
    }
    peers.subList(0, 3).forEach(peer -> peer.fill(SMALL - 2).finish());
    assertThat(peers.subList(0, 3)).allMatch(Peer::hasFinished);
  }

  @Test
  void whoFindsThePoolFullTakesTheTurnOrWaits() {
    Peer one = new Peer().fill(SMALL);
    new Peer().fill(SMALL);
    Peer turn = new Peer();
    assertThat(turn.decoder.room()).isEqualTo(SMALL);
    Peer waiting = new Peer();
    assertThat(waiting.decoder.room()).isZero();

    one.decoder.close();
    assertThat(waiting.events.roomAgain).isEqualTo(1);
    assertThat(waiting.decoder.room()).isEqualTo(SMALL);
  }

  @Test
  void thoseThatNeverSentWholeValueKeepOutNoneThatDid() {
    InputBudget shared =
        new InputBudget(new InputPool.Division(4 * SMALL, 2 * SMALL, 0), () -> true);
    Peer proven = new Peer(shared).fill(100);
    proven.finish();
    List<Peer> newcomers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      newcomers.add(new Peer(shared).fill(SMALL));
    }
    assertThat(newcomers.get(4).decoder.room()).isZero();
    assertThat(proven.decoder.room()).isEqualTo(SMALL);
  }

  @Test
  void nobodyGetsTheTurnWhileThereIsNoRoomForLargeValues() {
    AtomicBoolean room = new AtomicBoolean();
    InputBudget shared = new InputBudget(new InputPool.Division(4 * SMALL, 0, 0), room::get);
    Peer large = new Peer(shared).fill(2 * SMALL);
    Peer small = new Peer(shared).fill(1000);
    small.finish();
    assertThat(small.hasFinished()).isTrue();
    assertThat(large.decoder.offset()).isEqualTo(SMALL);

    room.set(true);
    shared.goOn();
    assertThat(large.events.roomAgain).isEqualTo(1);
    large.fill(2 * SMALL).finish();
    assertThat(large.hasFinished()).isTrue();
  }

  @Test
  void turnEndsWithTheValueItWasFor() {
    Peer one = new Peer().fill(SMALL);
    Peer two = new Peer().fill(SMALL);
    Peer small = new Peer();
    assertThat(small.decoder.room()).isPositive();
    byte[] value = "{}{}".getBytes(UTF_8);
    small.decoder.feed(value, 0, value.length);
    assertThat(small.events.requests).hasSize(2);
    one.fill(2 * SMALL).finish();
    two.fill(2 * SMALL).finish();
    assertThat(List.of(one, two)).allMatch(Peer::hasFinished);
  }

  @Test
  void skippedValueNeedsNoTurn() {
    Peer endless = new Peer().fill(1 << 20).fill(2 << 20);
    assertThat(endless.events.lines).hasSize(1);
    assertThat(endless.decoder.keptBytes()).isZero();
    Peer large = new Peer().fill(2 * SMALL);
    assertThat(large.decoder.offset()).isEqualTo(2 * SMALL);
  }

  @Test
  void closingLetsTheNextOneGoOn() {
    Peer first = new Peer().fill(2 * SMALL);
    Peer second = new Peer().fill(2 * SMALL);
    Peer third = new Peer().fill(2 * SMALL);
    second.decoder.close();
    first.decoder.close();
    assertThat(second.events.roomAgain).isZero();
    assertThat(third.events.roomAgain).isEqualTo(1);
  }

  @Test
  void idleOwnerOfTheTurnIsStalledOnlyWhileOthersWait() {
    Peer first = new Peer().fill(2 * SMALL);
    budget.endStalled(0, 1000);
    budget.endStalled(5000, 1000);
    Peer second = new Peer().fill(2 * SMALL);
    budget.endStalled(5001, 1000);
    assertThat(first.events.stalled).isZero();

    budget.endStalled(6002, 1000);
    assertThat(first.events.stalled).isEqualTo(1);
    assertThat(second.events.stalled).isZero();
  }

  @Test
  void ownerOfTheTurnThatGoesOnIsNotStalled() {
    Peer first = new Peer().fill(2 * SMALL);
    new Peer().fill(2 * SMALL);
    budget.endStalled(0, 1000);
    first.fill(3 * SMALL);
    budget.endStalled(1500, 1000);
    budget.endStalled(2500, 1000);
    assertThat(first.events.stalled).isZero();
    budget.endStalled(2501, 1000);
    assertThat(first.events.stalled).isEqualTo(1);
  }

  @Test
  void ownerOfTheTurnFromWhichTooLittleComesIsStalled() {
    Peer first = new Peer().fill(2 * SMALL);
    new Peer().fill(2 * SMALL);
    budget.endStalled(0, 1000);
    first.fill(2 * SMALL + 1);
    budget.endStalled(500, 1000);
    first.fill(3 * SMALL - 1);
    budget.endStalled(1001, 1000);
    assertThat(first.events.stalled).isEqualTo(1);
  }

  @Test
  void stalledValueIsAnsweredWhereItsConfirmHasCome() {
    Peer first = new Peer();
    byte[] start = "{\"Confirm\":\"c\",\"Topic\":\"".getBytes(UTF_8);
    first.decoder.feed(start, 0, start.length);
    first.decoder.endStalled();
    assertThat(first.events.lines)
        .containsExactly(
            "broken: an incomplete value arrives too slowly while others wait (at byte 24),"
                + " confirm c");
  }

  @Test
  void ownerOfTheTurnThatIsNotReadPassesItOn() {
    Peer held = new Peer().fill(SMALL + 1);
    byte[] next = "\"}{\"a\":\"".getBytes(UTF_8);
    held.decoder.feed(next, 0, next.length);
    held.events.read = false;
    Peer waiting = new Peer().fill(2 * SMALL);
    assertThat(waiting.decoder.room()).isZero();
    budget.endStalled(0, 1000);
    assertThat(waiting.events.roomAgain).isEqualTo(1);
    budget.endStalled(2000, 1000);
    assertThat(held.events.stalled).isZero();
    held.finish();
    assertThat(held.events.requests).hasSize(2);
  }

  @Test
  void firstValueThatIsSmallGetsThroughWhereLargerOnesWait() {
    InputBudget shared = new InputBudget(new InputPool.Division(3 * SMALL, 0, SMALL), () -> true);
    for (int i = 0; i < 4; i++) {
      new Peer(shared).fill(SMALL);
    }
    Peer larger = new Peer(shared).fill(5000);
    assertThat(larger.decoder.offset()).isEqualTo(InputBudget.BEGINNING_BYTES_MAX);
    Peer small = new Peer(shared).fill(3000);
    small.finish();
    assertThat(small.hasFinished()).isTrue();
  }

  @Test
  void valueInThePoolThatIsNotReadIsNotStalled() {
    Peer held = new Peer().fill(SMALL);
    held.events.read = false;
    new Peer().fill(SMALL);
    new Peer().fill(2 * SMALL);
    assertThat(new Peer().decoder.room()).isZero();
    budget.endStalled(0, 1000);
    budget.endStalled(2000, 1000);
    assertThat(held.events.stalled).isZero();
  }

  @Test
  void timeSpentWaitingDoesNotCountAsIdle() {
    Peer first = new Peer().fill(2 * SMALL);
    Peer second = new Peer().fill(2 * SMALL);
    Peer third = new Peer().fill(2 * SMALL);
    budget.endStalled(0, 1000);
    budget.endStalled(5000, 1000);
    assertThat(List.of(second.events.stalled, third.events.stalled)).containsOnly(0);
    first.decoder.close();
    budget.endStalled(5001, 1000);
    assertThat(second.events.stalled).isZero();
    budget.endStalled(6002, 1000);
    assertThat(second.events.stalled).isEqualTo(1);
    assertThat(third.events.stalled).isZero();
  }

  @Test
  void timeSpentWaitingForThePoolDoesNotCountAsIdle() {
    Peer waiting = new Peer().fill(InputBudget.BEGINNING_BYTES_MAX);
    new Peer().fill(100);
    Peer full = new Peer().fill(SMALL);
    new Peer().fill(2 * SMALL);
    assertThat(waiting.decoder.room()).isZero();
    budget.endStalled(0, 1000);
    budget.endStalled(5000, 1000);
    full.decoder.close();
    assertThat(waiting.events.roomAgain).isEqualTo(1);

    new Peer().fill(SMALL);
    assertThat(new Peer().fill(5000).decoder.room()).isZero();
    budget.endStalled(5001, 1000);
    assertThat(waiting.events.stalled).isZero();
  }

  @Test
  void idleValuesThatFillThePoolAreStalledWhenOthersNeedIt() {
    Peer one = new Peer().fill(SMALL);
    Peer two = new Peer().fill(SMALL);
    Peer turn = new Peer().fill(100);
    budget.endStalled(0, 1000);
    budget.endStalled(2000, 1000);
    assertThat(one.events.stalled).isZero();

    Peer waiting = new Peer();
    assertThat(waiting.decoder.room()).isZero();
    budget.endStalled(2001, 1000);
    budget.endStalled(3002, 1000);
    assertThat(List.of(one.events.stalled, two.events.stalled, turn.events.stalled))
        .containsOnly(1);
    assertThat(waiting.events.stalled).isZero();
  }

  @Test
  void turnThatNothingIsKeptWithIsTakenBackInsteadOfEndingItsOwner() {
    new Peer().fill(SMALL);
    new Peer().fill(SMALL);
    Peer turn = new Peer();
    assertThat(turn.decoder.room()).isPositive();
    Peer waiting = new Peer();
    assertThat(waiting.decoder.room()).isZero();
    budget.endStalled(0, 1000);
    budget.endStalled(2000, 1000);
    assertThat(turn.events.stalled).isZero();
    assertThat(waiting.events.roomAgain).isEqualTo(1);
  }

  @Test
  void poolNeverHoldsMoreThanItsBound() {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      peers.add(new Peer().fill(1000 + 3777 * i));
    }
    long kept = peers.stream().mapToLong(peer -> peer.decoder.keptBytes()).sum();
    assertThat(kept).isBetween((long) SMALL, 2L * SMALL + (1 << 20));
    assertThat(peers.stream().filter(peer -> peer.decoder.keptBytes() > SMALL).count())
        .isLessThanOrEqualTo(1);
  }

  @Test
  void allAreServedWhenEveryoneKeepsSending() {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      peers.add(new Peer());
    }
    int size = 3 * SMALL;
    for (int round = 0; round < 100; round++) {
      for (Peer peer : peers) {
        peer.fill(Math.min(size, (round + 1) * SMALL / 2));
        if (!peer.hasFinished() && peer.decoder.offset() == size && peer.decoder.room() > 0) {
          peer.finish();
        }
      }
    }
    assertThat(peers).allMatch(Peer::hasFinished);
  }

  @Test
  void feedingMoreThanThereIsRoomForIsOurMistake() {
    Decoder decoder = new Decoder(parser, budget, new Events());
    decoder.feed(START, 0, START.length);
    byte[] chunk = new byte[SMALL];
    Arrays.fill(chunk, (byte) 'x');
    assertThatThrownBy(() -> decoder.feed(chunk, 0, chunk.length))
        .isInstanceOf(IllegalStateException.class);
  }

  // ---- by user --------------------------------------------------------------------------------

  private final InputBudget shared =
      new InputBudget(new InputPool.Division(32 * SMALL, 0, 0), () -> false);

  private List<Peer> fillWith(InputBudget.Share share, int count) {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      peers.add(new Peer(shared, share).fill(SMALL));
    }
    return peers;
  }

  @Test
  void userThatBeginsAnyNumberOfValuesLeavesRoomToOthers() {
    fillWith(new InputBudget.Share(false), 100);
    List<Peer> second = fillWith(new InputBudget.Share(false), 100);
    Peer third = new Peer(shared, new InputBudget.Share(false)).fill(SMALL - 2);
    assertThat(second).anyMatch(peer -> peer.decoder.offset() == SMALL);
    third.finish();
    assertThat(third.hasFinished()).isTrue();
  }

  @Test
  void rootHasRoomThatOthersDoNotGet() {
    for (int i = 0; i < 20; i++) {
      fillWith(new InputBudget.Share(false), 40);
    }
    Peer root = new Peer(shared, new InputBudget.Share(true)).fill(SMALL - 2);
    root.finish();
    assertThat(root.hasFinished()).isTrue();
  }

  @Test
  void acknowledgementsGetThroughWhereTheirOwnUserHasTakenAllElse() {
    InputBudget.Share user = new InputBudget.Share(false);
    Peer acknowledging = new Peer(shared, user).fill(100);
    acknowledging.finish();
    acknowledging.events.acknowledges = true;
    fillWith(user, 100);
    assertThat(new Peer(shared, user).decoder.room()).isZero();
    assertThat(acknowledging.decoder.room()).isEqualTo(SMALL);
  }

  @Test
  void valuesThatDripGoWhereOthersOfTheirUserWait() {
    InputBudget.Share user = new InputBudget.Share(false);
    List<Peer> dripping = fillWith(user, 100).subList(0, 10);
    InputBudget.Share other = new InputBudget.Share(false);
    Peer slowOfAnother = new Peer(shared, other).fill(100);
    assertThat(new Peer(shared, user).decoder.room()).isZero();
    for (int millis = 0; millis < 3000; millis += 100) {
      shared.endStalled(millis, 1000);
    }
    assertThat(dripping).allMatch(peer -> peer.events.stalled > 0);
    assertThat(slowOfAnother.events.stalled).isZero();
  }

  @Test
  void turnGoesToTheUserThatHadItLongestAgo() {
    InputBudget.Share many = new InputBudget.Share(false);
    InputBudget.Share few = new InputBudget.Share(false);
    InputBudget turns = new InputBudget(new InputPool.Division(32 * SMALL, 0, 0), () -> true);
    Peer first = new Peer(turns, many).fill(2 * SMALL);
    Peer second = new Peer(turns, many).fill(2 * SMALL);
    Peer other = new Peer(turns, few).fill(2 * SMALL);
    first.finish();
    assertThat(other.events.roomAgain).isEqualTo(1);
    assertThat(second.events.roomAgain).isZero();
  }

  @Test
  void ownerOfTheTurnHasLittleTimeWhereAnotherUserWaits() {
    InputBudget turns = new InputBudget(new InputPool.Division(32 * SMALL, 0, 0), () -> true);
    Peer first = new Peer(turns, new InputBudget.Share(false)).fill(2 * SMALL);
    new Peer(turns, new InputBudget.Share(false)).fill(2 * SMALL);
    turns.endStalled(0, 1000);
    turns.endStalled(101, 1000);
    assertThat(first.events.stalled).isEqualTo(1);
  }

  // ---- connections that acknowledge -----------------------------------------------------------

  /** Its first value came in one piece, so nothing of it was kept. */
  private Peer acknowledging(InputBudget.Share share) {
    Peer peer = new Peer(shared, share);
    peer.decoder.feed("{}".getBytes(UTF_8), 0, 2);
    peer.events.acknowledges = true;
    return peer;
  }

  private List<Peer> manyAcknowledging(InputBudget.Share share) {
    return Stream.generate(() -> acknowledging(share)).limit(100).toList();
  }

  @Test
  void userWhoseConnectionsAcknowledgeLeavesRoomToOthers() {
    manyAcknowledging(new InputBudget.Share(false)).forEach(peer -> peer.fill(SMALL));
    InputBudget.Share other = new InputBudget.Share(false);
    Peer small = new Peer(shared, other).fill(SMALL - 2);
    small.finish();
    Peer acknowledging = acknowledging(other).fill(SMALL - 2);
    acknowledging.finish();
    assertThat(acknowledging.events.requests).hasSize(2);
    assertThat(small.hasFinished()).isTrue();
  }

  @Test
  void usersWhoseConnectionsAcknowledgeLeaveRootItsRoom() {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      peers.addAll(manyAcknowledging(new InputBudget.Share(false)));
    }
    peers.forEach(peer -> peer.fill(SMALL));
    Peer root = new Peer(shared, new InputBudget.Share(true)).fill(SMALL - 2);
    root.finish();
    assertThat(root.hasFinished()).isTrue();
    assertThat(shared.bound().used()).isLessThanOrEqualTo(shared.bound().max());
  }

  @Test
  void acknowledgementsGetThroughWhereSeveralUsersHaveTakenAllElse() {
    InputBudget.Share user = new InputBudget.Share(false);
    Peer acknowledging = acknowledging(user);
    fillWith(user, 100);
    for (int i = 0; i < 20; i++) {
      fillWith(new InputBudget.Share(false), 40);
    }
    assertThat(acknowledging.decoder.room()).isEqualTo(SMALL);
  }

  @Test
  void unfinishedValuesOfConnectionsThatAcknowledgeGoWhereAnotherUserWaits() {
    List<Peer> peers = manyAcknowledging(new InputBudget.Share(false));
    peers.forEach(peer -> peer.fill(SMALL));
    List<Peer> idle = peers.stream().filter(peer -> peer.decoder.offset() >= SMALL).toList();
    List<Peer> ofAnother = fillWith(new InputBudget.Share(false), 30);
    assertThat(ofAnother).anyMatch(peer -> peer.decoder.room() == 0);
    for (int millis = 0; millis < 300; millis += 100) {
      shared.endStalled(millis, 1000);
    }
    assertThat(idle).hasSizeGreaterThan(10).allMatch(peer -> peer.events.stalled > 0);
  }

  @Test
  void turnGoesToASmallValueOfAnotherUserBeforeALargeOneOfWhoHadItLast() {
    InputBudget turns = new InputBudget(new InputPool.Division(32 * SMALL, 0, 0), () -> true);
    InputBudget.Share many = new InputBudget.Share(false);
    Peer first = new Peer(turns, many).fill(2 * SMALL);
    Peer large = new Peer(turns, many).fill(2 * SMALL);
    List<Peer> small = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      InputBudget.Share few = new InputBudget.Share(false);
      for (int k = 0; k < 30; k++) {
        small.add(new Peer(turns, few).fill(5000));
      }
    }
    first.finish();
    assertThat(large.events.roomAgain).isZero();
    assertThat(small).anyMatch(peer -> peer.events.roomAgain == 1 && peer.decoder.room() == SMALL);
  }
}
