package io.ppmq.spring;

import io.ppmq.client.Delivery;
import io.ppmq.client.MessageHandler;
import io.ppmq.client.OutgoingMessage;
import org.jspecify.annotations.Nullable;

/** The observations of messages that are sent and handled; Micrometer does, where it is there. */
interface Observations {
  /** Nothing is. */
  Observations NONE =
      new Observations() {
        @Override
        public Sending send(String topic, OutgoingMessage message) {
          return new Sending() {
            @Override
            public OutgoingMessage message() {
              return message;
            }

            @Override
            public void end(@Nullable Throwable failure) {}
          };
        }

        @Override
        public void handle(String subscriber, Delivery delivery, MessageHandler handler)
            throws Exception {
          handler.handle(delivery);
        }
      };

  /** Begins with a message that is about to be sent. */
  Sending send(String topic, OutgoingMessage message);

  /** Has the handler called. */
  void handle(String subscriber, Delivery delivery, MessageHandler handler) throws Exception;

  /** A message on its way to the broker. */
  interface Sending {
    /** The message, with what goes along. */
    OutgoingMessage message();

    /** It is confirmed; or not, for this reason. */
    void end(@Nullable Throwable failure);
  }
}
