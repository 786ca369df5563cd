package io.ppmq.client;

import java.util.List;

/** The program's handler: for single messages, or for all waiting messages of a topic. */
interface Work {
  /** The largest number of messages to take at once. */
  int messagesMax();

  void handle(List<Delivery> taken) throws Exception;

  static Work each(MessageHandler handler) {
    return new Work() {
      @Override
      public int messagesMax() {
        return 1;
      }

      @Override
      public void handle(List<Delivery> taken) throws Exception {
        handler.handle(taken.get(0));
      }
    };
  }

  static Work batches(String subscriber, Subscriber.Handler handler) {
    return new Work() {
      @Override
      public int messagesMax() {
        return Integer.MAX_VALUE;
      }

      @Override
      public void handle(List<Delivery> taken) throws Exception {
        List<ReceivedMessage> messages = taken.stream().map(Delivery::message).toList();
        handler.handle(new Batch(taken.get(0).topic(), subscriber, messages));
      }
    };
  }
}
