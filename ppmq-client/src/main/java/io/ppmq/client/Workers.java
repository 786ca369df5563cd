package io.ppmq.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Receives batches over connections to the broker's own socket, one for each worker. */
final class Workers implements Reception {
  private final List<Worker> workers = new ArrayList<>();
  private final HandlerThreads threads;
  private final AtomicInteger running;
  private final AtomicReference<@Nullable Refused> refused = new AtomicReference<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  Workers(SubscriberBuilder options, Work work) {
    this.threads = HandlerThreads.of(options);
    this.running = new AtomicInteger(options.workers);
    for (int i = 0; i < options.workers; i++) {
      workers.add(new Worker(options, new Handling(options, work, threads), this::end));
    }
  }

  void start() {
    for (Worker worker : workers) {
      Thread thread = new Thread(worker, "ppmq-worker");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Notes the end of a worker. When the broker refuses one worker for good, it would refuse them
   * all.
   */
  private void end(@Nullable Refused refusal) {
    if (refusal != null && refused.compareAndSet(null, refusal)) {
      stop();
    }
    if (running.decrementAndGet() > 0) {
      return;
    }
    threads.end();
    Refused last = refused.get();
    if (last == null) {
      ended.complete(null);
    } else {
      ended.completeExceptionally(last);
    }
  }

  @Override
  public void say(String topic, Collection<String> keys, @Nullable Nack nack)
      throws InterruptedException {
    for (Worker worker : workers) {
      worker.handling().say(topic, keys, nack);
    }
  }

  @Override
  public List<String> extend(String topic, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    Set<String> gone = new LinkedHashSet<>(keys);
    for (Worker worker : workers) {
      worker.handling().extend(topic, gone).forEach(gone::remove);
    }
    return List.copyOf(gone);
  }

  @Override
  public void stop() {
    workers.forEach(Worker::stop);
  }

  @Override
  public void interrupt() {
    workers.forEach(worker -> worker.handling().interruptHandlers());
  }

  @Override
  public boolean isHandler() {
    return workers.stream().anyMatch(worker -> worker.handling().isHandler());
  }

  @Override
  public CompletableFuture<Void> ended() {
    return ended;
  }
}
