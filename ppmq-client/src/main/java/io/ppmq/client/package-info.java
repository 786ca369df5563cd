/**
 * A small client of the ppMQ broker for the JVM, without any dependency: publish and know that the
 * broker keeps it, subscribe and acknowledge.
 *
 * <p>Publishing; {@code publish} returns when the broker has confirmed:
 *
 * <pre>{@code
 * try (var publisher = new Publisher(Address.of("/run/ppmq/ppmq.sock"))) {
 *   publisher.publish("mails", List.of(OutgoingMessage.text("hello").withKey("user-17")));
 * }
 * }</pre>
 *
 * <p>Subscribing; a batch is acknowledged when the handler returns, and left unacknowledged when it
 * throws:
 *
 * <pre>{@code
 * var broker = Address.of("/run/ppmq/ppmq.sock");
 * try (var subscriber =
 *     Subscriber.builder("mailer", broker)
 *         .listen(
 *             Address.of("/run/mailer.sock"),
 *             batch -> batch.messages().forEach(message -> send(message.payloadText())))) {
 *   subscriber.awaitClosed();
 * }
 * }</pre>
 *
 * <p>Delivery is at least once: a handler may see a message again, and whoever sends an {@link
 * io.ppmq.client.Unconfirmed} message again may store it twice.
 */
@NullMarked
package io.ppmq.client;

import org.jspecify.annotations.NullMarked;
