package io.ppmq.sim;

/** The conditions that must hold after every event, whatever fails. */
enum Invariant {
  NO_CONFIRMED_LOSS("NoConfirmedLoss", "no confirmed message is lost"),
  NO_ACKED_AGAIN(
      "NoAckedAgain", "a message whose acknowledgement is kept is never delivered again"),
  PRIORITY_ORDER(
      "PriorityOrder",
      "delivery is strictly by priority, and first in, first out within a priority"),
  NO_PUSH_OF_UNCOMMITTED("NoPushOfUncommitted", "nothing is pushed before its commit is kept"),
  SAME_CONTENT("SameContent", "machines that have applied the same entries have the same content"),
  FENCED_NEVER_APPLIES(
      "FencedNeverApplies", "no machine applies a proposal of a broker that no longer leads"),
  ONE_COMMIT_UNDER_WAY("OneCommitUnderWay", "no commit is begun while another is under way"),
  REFUSED_IS_NOT_DONE("RefusedIsNotDone", "no part of a refused value takes effect"),
  ONE_BATCH_OUT("OneBatchOut", "the next batch of a topic waits for the last one"),
  ONE_WORKER(
      "OneWorker", "no message, and no two versions of a key, are in flight with two workers"),
  LONGEST_FREE("LongestFree", "a batch goes to the free worker that has waited longest"),
  SERVED("Served", "a message that waits for a free worker is sent"),
  SOCKET_LAST("SocketLast", "a socket is connected to only when no connected worker is free"),
  NEWEST_VERSION_ONLY("NewestVersionOnly", "no version is delivered after a newer one of its key"),
  NO_KEY_TWICE("NoKeyTwice", "no key of the broker names two messages, and no batch has one twice"),
  NOTHING_EXPIRED_DELIVERED("NothingExpiredDelivered", "nothing is sent past its expiry"),
  NOTHING_PAUSED_PUSHED("NothingPausedPushed", "paused messages wait, also across restarts"),
  NOTHING_PURGED_AGAIN("NothingPurgedAgain", "a message whose purge is kept is gone for good"),
  DEAD_LETTERS(
      "DeadLetters",
      "a message sent MaxDeliveries times is not sent again, and becomes a dead letter if DeadLetter is set"),
  NACKS_WAIT("NacksWait", "a nacked message is sent again at its moment, and not before"),
  NACKS_BOUNDED(
      "NacksBounded", "while too many nacked messages are not due, no new message is sent"),
  BOUND_KEPT(
      "BoundKept", "a topic accepts nothing beyond its bound, and refuses nothing within it"),
  MOMENTS_KEPT(
      "MomentsKept",
      "delayed messages are queued in their order, not before their moment and not much later"),
  RULES_OF_THE_MOMENT(
      "RulesOfTheMoment", "a held value is accepted only if its producer may still publish it"),
  IN_TURN("InTurn", "the messages of one producer are stored in the order in which they were sent"),
  FAITHFUL(
      "Faithful",
      "a delivery is a published message, unchanged, for this subscriber, within its limits"),
  ATTEMPTS_COUNTED("AttemptsCounted", "a failed push does not count as an attempt"),
  REDELIVERED_IN_TIME(
      "RedeliveredInTime", "a message not acknowledged in time is sent again at once"),
  TIME_EXTENDED("TimeExtended", "a request for more time has effect, or is answered as too late"),
  ANSWERED_ONCE("AnsweredOnce", "every answer is given exactly once"),
  SPACE_GIVEN_BACK(
      "SpaceGivenBack", "no space is kept for messages that every subscriber has finished"),
  COMES_TO_REST("ComesToRest", "a writer with nothing to do waits"),
  NO_BUG("NoBug", "the broker never stops because of a bug"),
  MODEL_BOUNDED("ModelBounded", "the simulation itself holds a bounded number of messages");

  private final String shown;
  private final String promise;

  Invariant(String shown, String promise) {
    this.shown = shown;
    this.promise = promise;
  }

  String promise() {
    return promise;
  }

  @Override
  public String toString() {
    return shown;
  }
}
