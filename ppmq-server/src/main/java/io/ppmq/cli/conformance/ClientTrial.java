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
    add("subscribe", "subscribes, and again after a refusal that passes", subscribe::subscribe);
    add("batch", "acknowledges every message of a batch", subscribe::batch);
    add("pieces", "reads batches in pieces, and two at once", subscribe::pieces);
    add("fields", "takes every field, and ignores one it does not know", subscribe::fields);
    add("large", "takes a message of 1 MB", subscribe::large);
    add("nack", "nacks with RetryAfter and Reason", subscribe::nack);
    add("fail", "nacks what fails, and acknowledges the rest", subscribe::fail);
    add("extend", "extends a message", subscribe::extend);
    add("gone", "learns that a message is not out any more", subscribe::gone);
    add("ack-again", "says again what is refused as unavailable", subscribe::ackAgain);
    add("publish", "publishes, and waits for the confirm", publish::publish);
    add("message-fields", "writes every field of a message", publish::messageFields);
    add("payloads", "publishes any JSON as it is", publish::payloads);
    add("pipelined", "has values under way, matched by confirm", publish::pipelined);
    add("codes", "tells final refusals from those that pass", publish::codes);
    add("lost", "sends an unconfirmed value again, or says in-doubt", publish::lost);
    add("reconnect", "subscribes again, and leaves what was out", subscribe::reconnect);
    add("back-off", "waits between attempts to connect", subscribe::backOff);
    add("stop", "finishes what was begun, and closes", subscribe::stop);
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
