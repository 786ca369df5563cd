package io.ppmq.load;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A producer of a load, with one connection to the broker. For one thread at a time; another thread
 * of it reads the confirms.
 */
public final class LoadProducer implements AutoCloseable {

  /** The distance between the keys of two producers, so that they do not overlap. */
  private static final long KEYS_APART = 1_000_000_000L;

  private final Shape shape;
  private final Payload payload;
  private final long firstKey;
  private final SocketChannel channel;
  private long values;
  private long messages;
  private long ends;

  /**
   * Connects.
   *
   * @param broker the broker's socket
   * @param number the number of this producer, below 1000
   */
  public LoadProducer(Path broker, Shape shape, int number) throws IOException {
    this.shape = shape;
    this.payload = new Payload(shape.payloadBytes());
    this.firstKey = number * KEYS_APART;
    this.channel = SocketChannel.open(UnixDomainSocketAddress.of(broker));
  }

  /**
   * Publishes at a pace, and then to each topic a message that ends the run for its subscribers.
   * Blocks until everything is written, and confirmed if the pace asks for confirms.
   *
   * @throws IOException when the broker is gone
   */
  public Published publish(Pace pace) throws IOException, InterruptedException {
    boolean confirm = pace.windowValues() > 0;
    List<ValueTemplate> templates = templates(confirm, false);
    Confirms confirms = new Confirms(channel, Math.max(1, pace.windowValues()));
    if (confirm) {
      confirms.start();
    }
    long beginNanos = System.nanoTime();
    long sent = 0;
    while (!pace.isOver(sent, System.nanoTime() - beginNanos)) {
      long stampNanos = beginNanos;
      if (pace.isOpen()) {
        stampNanos += pace.dueNanos(sent);
        Pace.await(stampNanos);
      }
      if (confirm) {
        confirms.awaitRoom();
      }
      if (!pace.isOpen()) {
        stampNanos = System.nanoTime();
      }
      confirms.sending(values, stampNanos);
      ValueTemplate template = templates.get((int) (values % templates.size()));
      write(template.with(values++, messages, firstKey, stampNanos));
      messages += shape.valueMessages();
      sent += shape.valueMessages();
    }
    end(confirm, confirms);
    if (confirm) {
      confirms.awaitAll();
    }
    long nanos = System.nanoTime() - beginNanos;
    return new Published(sent, nanos, confirms.refused(), confirms.latencies());
  }

  private List<ValueTemplate> templates(boolean confirm, boolean end) {
    List<ValueTemplate> templates = new ArrayList<>();
    for (String topic : shape.topics()) {
      templates.add(new ValueTemplate(topic, shape, payload, confirm, end));
    }
    return templates;
  }

  private void end(boolean confirm, Confirms confirms) throws IOException, InterruptedException {
    confirms.expectOnly(shape.topics().size());
    for (ValueTemplate template : templates(confirm, true)) {
      if (confirm) {
        confirms.awaitRoom();
      }
      confirms.sending(values, System.nanoTime());
      write(template.end(values++, firstKey + ends++));
    }
  }

  private void write(byte[] value) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(value);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
