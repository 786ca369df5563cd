/**
 * A small client of the ppMQ broker for the JVM, without dependencies. It publishes messages and
 * learns that the broker has stored them; it subscribes to messages and acknowledges them.
 *
 * <p>To publish, create a publisher; {@code publish} returns when the broker has confirmed:
 *
 * <pre>{@code
 * try (var publisher = new Publisher(Address.of("/run/ppmq/ppmq.sock"))) {
 *   publisher.publish("mails", OutgoingMessage.text("hello").withKey("user-17"));
 * }
 * }</pre>
 *
 * <p>To subscribe, give a handler. A message is acknowledged when the handler returns, and nacked
 * when it throws; a nacked message does not hold up the others:
 *
 * <pre>{@code
 * var broker = Address.of("/run/ppmq/ppmq.sock");
 * try (var subscriber =
 *     Subscriber.builder("mailer", broker).subscribeEach(message -> send(message.payloadText()))) {
 *   subscriber.awaitClosed();
 * }
 * }</pre>
 *
 * <p>{@code subscribe} takes whole batches. With {@code listen} and {@code listenEach} the broker
 * connects to the subscriber's own socket, which may start the program.
 *
 * <p>Delivery is at least once: a handler may see a message again, and a program that sends an
 * {@link io.ppmq.client.Unconfirmed} message again may store it twice.
 */
@NullMarked
package io.ppmq.client;

import org.jspecify.annotations.NullMarked;
