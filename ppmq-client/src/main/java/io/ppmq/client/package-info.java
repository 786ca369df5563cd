/**
 * A small client of the ppMQ broker for the JVM, without any dependency: publish and know that the
 * broker keeps it, subscribe and acknowledge.
 *
 * <p>Publishing; {@code publish} returns when the broker has confirmed:
 *
 * <pre>{@code
 * try (var publisher = new Publisher(Address.of("/run/ppmq/ppmq.sock"))) {
 *   publisher.publish("mails", OutgoingMessage.text("hello").withKey("user-17"));
 * }
 * }</pre>
 *
 * <p>Subscribing; a message is acknowledged when the handler returns, and nacked when it throws,
 * which does not hold up the others:
 *
 * <pre>{@code
 * var broker = Address.of("/run/ppmq/ppmq.sock");
 * try (var subscriber =
 *     Subscriber.builder("mailer", broker).subscribeEach(message -> send(message.payloadText()))) {
 *   subscriber.awaitClosed();
 * }
 * }</pre>
 *
 * <p>{@code subscribe} takes whole batches. {@code listen} and {@code listenEach} have the broker
 * connect to a socket of the subscriber's own, which may start the program.
 *
 * <p>Delivery is at least once: a handler may see a message again, and a program that sends an
 * {@link io.ppmq.client.Unconfirmed} message again may store it twice.
 */
@NullMarked
package io.ppmq.client;

import org.jspecify.annotations.NullMarked;
