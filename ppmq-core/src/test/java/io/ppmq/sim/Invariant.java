package io.ppmq.sim;

/** What must hold after every event, whatever fails. */
enum Invariant {
  NO_CONFIRMED_LOSS("NoConfirmedLoss", "no confirmed message is lost"),
  NO_ACKED_AGAIN("NoAckedAgain", "what was acknowledged, and kept, is never delivered again"),
  PRIORITY_ORDER("PriorityOrder", "strict by priority, first in first out within one"),
  NO_PUSH_OF_UNCOMMITTED("NoPushOfUncommitted", "nothing is pushed before its commit is kept"),
  SAME_CONTENT("SameContent", "machines that have applied the same entries hold the same"),
  FENCED_NEVER_APPLIES(
      "FencedNeverApplies", "what a broker proposes that leads no more, no machine applies"),
  ONE_COMMIT_UNDER_WAY("OneCommitUnderWay", "no commit is begun while another is under way"),
  REFUSED_IS_NOT_DONE("RefusedIsNotDone", "nothing of what is refused takes effect"),
  ONE_BATCH_OUT("OneBatchOut", "the next batch of a topic waits for the last one"),
  ONE_WORKER("OneWorker", "no message, and no two versions of a key, are out with two workers"),
  LONGEST_FREE("LongestFree", "a batch goes to the free worker that has waited longest"),
  SERVED("Served", "while something waits for a worker that is free, it is sent"),
  SOCKET_LAST("SocketLast", "a socket is connected to only when no connected worker is free"),
  NEWEST_VERSION_ONLY("NewestVersionOnly", "no version is delivered after a newer one of its key"),
  NO_KEY_TWICE(
      "NoKeyTwice", "no key of the broker's names two messages, and no batch holds one twice"),
  NOTHING_EXPIRED_DELIVERED("NothingExpiredDelivered", "nothing is sent past its expiry"),
  NOTHING_PAUSED_PUSHED("NothingPausedPushed", "what is paused waits, over restarts too"),
  NOTHING_PURGED_AGAIN("NothingPurgedAgain", "what was purged, and kept so, is gone for good"),
  DEAD_LETTERS(
      "DeadLetters",
      "what was sent as often as it may be is sent no more, and is a dead letter if there are such"),
  NACKS_WAIT("NacksWait", "what was nacked is not sent again before its moment, and then it is"),
  NACKS_BOUNDED("NacksBounded", "while too much was nacked and is not due, nothing new is sent"),
  BOUND_KEPT("BoundKept", "a topic takes nothing beyond its bound, and refuses nothing within it"),
  MOMENTS_KEPT(
      "MomentsKept",
      "what is delayed is queued at its moment, not before and not much later, in their order"),
  RULES_OF_THE_MOMENT(
      "RulesOfTheMoment", "what waited is taken only where its producer may publish it now"),
  IN_TURN("InTurn", "what one producer publishes is stored in the order in which it was sent"),
  FAITHFUL("Faithful", "a delivery is what was published, for this subscriber, within its limits"),
  ATTEMPTS_COUNTED("AttemptsCounted", "a failed push counts as no attempt"),
  REDELIVERED_IN_TIME(
      "RedeliveredInTime", "what is not acknowledged in time is sent again at once"),
  TIME_EXTENDED("TimeExtended", "who asks for more time gets it, or hears that it is too late"),
  ANSWERED_ONCE("AnsweredOnce", "an answer is given once, and in the end it is given"),
  SPACE_GIVEN_BACK("SpaceGivenBack", "nothing is kept of what everyone is done with"),
  COMES_TO_REST("ComesToRest", "a writer with nothing to do waits"),
  NO_BUG("NoBug", "the broker never stops by a bug of its own"),
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
