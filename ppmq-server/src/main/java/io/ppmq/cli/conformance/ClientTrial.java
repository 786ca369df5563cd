package io.ppmq.cli.conformance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The steps for a client, in order. */
final class ClientTrial {
  private record Named(String name, String sentence, Report.Step step) {}

  private final PlayedBroker broker;
  private final List<Named> steps = new ArrayList<>();

  ClientTrial(PlayedBroker broker) {
    this.broker = broker;
    SubscribeSteps subscribe = new SubscribeSteps(broker);
    PublishSteps publish = new PublishSteps(broker);
    add("subscribe", "subscribes, and again after a temporary refusal", subscribe::subscribe);
    add("batch", "acknowledges every message of a batch", subscribe::batch);
    add("pieces", "reads batches in pieces, and two at once", subscribe::pieces);
    add("fields", "reads every field, and ignores unknown fields", subscribe::fields);
    add("large", "accepts a message of 1 MB", subscribe::large);
    add("nack", "nacks with RetryAfter and Reason", subscribe::nack);
    add("fail", "nacks a failed message, and acknowledges the rest", subscribe::fail);
    add("extend", "extends a message", subscribe::extend);
    add("gone", "learns that a message is no longer in flight", subscribe::gone);
    add("ack-again", "repeats an acknowledgement refused as unavailable", subscribe::ackAgain);
    add("publish", "publishes, and waits for the confirm", publish::publish);
    add("message-fields", "writes every field of a message", publish::messageFields);
    add("payloads", "publishes any JSON unchanged", publish::payloads);
    add("pipelined", "has several values under way, matched by confirm", publish::pipelined);
    add("codes", "distinguishes final from temporary refusals", publish::codes);
    add("lost", "sends an unconfirmed value again, or says in-doubt", publish::lost);
    add(
        "reconnect",
        "subscribes again, and forgets messages of the lost connection",
        subscribe::reconnect);
    add("back-off", "waits between attempts to connect", subscribe::backOff);
    add("stop", "finishes the messages it has begun, and closes", subscribe::stop);
  }

  private void add(String name, String sentence, Report.Step step) {
    steps.add(new Named(name, sentence, step));
  }

  /** Tries all steps; without a worker the rest are of no use. */
  void run(Report report) throws InterruptedException {
    boolean served = true;
    for (Named named : steps) {
      if (!served) {
        report.skip(named.name, named.sentence, "the client has not subscribed");
        continue;
      }
      report.step(named.name, named.sentence, named.step);
      served =
          switch (named.name) {
            case "subscribe" -> broker.isServed(); // its time is over
            case "stop" -> true;
            default -> isServed();
          };
    }
  }

  private boolean isServed() throws InterruptedException {
    try {
      broker.worker();
      return true;
    } catch (Broken | IOException e) {
      return false;
    }
  }
}
