package io.ppmq.cli.bench;

import io.ppmq.cli.output.Format;
import io.ppmq.load.ProcessUsage;
import io.ppmq.load.Published;
import io.ppmq.load.Received;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** The output of {@code ppmq bench}. */
final class BenchTable {
  private static final int NAME_WIDTH = 26;
  private static final int COLUMN_WIDTH = 12;
  private static final double MEBI = 1 << 20;

  private final List<String> lines = new ArrayList<>();

  BenchTable() {
    row("", "messages/s", "CPU µs each", "disk ×", "RSS MiB");
  }

  /** Messages that were published, delivered and acknowledged. */
  void flow(
      String name, Published published, Received received, ProcessUsage usage, long payloadBytes) {
    long nanos = published.nanos();
    row(
        name,
        rate(published.messages(), nanos),
        cpu(usage, published.messages()),
        amplification(usage, payloadBytes),
        resident(usage));
    latencies("  confirmed after", published.confirmNanos());
    latencies("  delivered after", received.deliveryNanos());
  }

  /** Messages that were published while no subscriber was connected. */
  void queued(Published published, ProcessUsage usage, long payloadBytes) {
    row(
        "publish " + Format.grouped(published.messages()),
        rate(published.messages(), published.nanos()),
        cpu(usage, published.messages()),
        amplification(usage, payloadBytes),
        resident(usage));
  }

  /** The same messages, taken by a subscriber that connected later. */
  void drained(Received received, ProcessUsage usage) {
    row(
        "deliver them",
        rate(received.messages(), received.nanos()),
        cpu(usage, received.messages()),
        "",
        resident(usage));
  }

  /** The table, and the meaning of its columns. */
  List<String> lines() {
    List<String> all = new ArrayList<>(lines);
    all.add("");
    all.add("CPU: of the broker, user and system. disk: bytes written for each byte of payload.");
    all.add("Times are from the moment a message was due, whenever the producer came to send it.");
    return all;
  }

  private void latencies(String name, Histogram nanos) {
    row(
        name,
        "p50 " + millis(nanos, 50),
        "p99 " + millis(nanos, 99),
        "p99.9 " + millis(nanos, 99.9),
        "ms");
  }

  private void row(String name, String... columns) {
    StringBuilder line = new StringBuilder(name);
    line.append(" ".repeat(Math.max(0, NAME_WIDTH - name.length())));
    for (String column : columns) {
      line.append(" ".repeat(Math.max(1, COLUMN_WIDTH + 1 - column.length()))).append(column);
    }
    lines.add(line.toString().stripTrailing());
  }

  private static String rate(long messages, long nanos) {
    double seconds = Math.max(1, nanos) / (double) TimeUnit.SECONDS.toNanos(1);
    return Format.grouped(Math.round(messages / seconds));
  }

  private static String cpu(ProcessUsage usage, long messages) {
    double micros = usage.cpuNanos() / 1e3 / Math.max(1, messages);
    return String.format(Locale.ROOT, "%.1f", micros);
  }

  private static String amplification(ProcessUsage usage, long payloadBytes) {
    double times = (double) usage.writtenBytes() / Math.max(1, payloadBytes);
    return String.format(Locale.ROOT, "%.1f", times);
  }

  private static String resident(ProcessUsage usage) {
    return String.format(Locale.ROOT, "%.0f", usage.residentBytes() / MEBI);
  }

  private static String millis(Histogram nanos, double percentile) {
    return String.format(Locale.ROOT, "%.2f", nanos.getValueAtPercentile(percentile) / 1e6);
  }
}
