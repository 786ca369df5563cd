package io.ppmq.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A broker with its threads: the thread of each kind of work, and that no work is lost. */
class ThreadsTest {
  private static final int VALUES = 20_000;

  private final List<String> told = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, FakeSubscriber> subscribers = new ConcurrentHashMap<>();
  private final Broker broker = broker();

  private Broker broker() {
    TopicSettings topic = new TopicSettings("t", List.of("ann"), 0, false, 1, true);
    SubscriberSettings ann = new SubscriberSettings("ann", new BatchLimits(VALUES, 1 << 20));
    return Broker.start(
        new BrokerSettings(List.of(topic), List.of(ann), SyncPolicy.NEVER),
        new MemoryStore(1, "nonce000"),
        Clock.system(),
        (name, link) -> subscribers.computeIfAbsent(name, absent -> new FakeSubscriber(link)),
        new QuietEvents(told));
  }

  @AfterEach
  void stop() throws InterruptedException {
    broker.stop();
    assertThat(told).isEmpty();
  }

  private static Submission publishing(int number, Answer answer) {
    Bytes payload = Bytes.utf8(Integer.toString(number));
    Message message = new Message(payload, payload, null, 0);
    return new Submission(List.of(new Command.Publish("t", List.of(message))), 100, answer);
  }

  /** Records the confirms and their threads. */
  private static Answer noting(int number, List<Integer> confirmed, List<Thread> on) {
    return new Answer() {
      @Override
      public void confirmed() {
        confirmed.add(number);
        on.add(Thread.currentThread());
      }

      @Override
      public void failed(String reason) {
        throw new AssertionError(reason);
      }

      @Override
      public void refused(ErrorCode code, String reason) {
        throw new AssertionError(reason);
      }
    };
  }

  @Test
  void littleIsDoneByTheThreadThatCollectedIt() throws Exception {
    List<Integer> confirmed = Collections.synchronizedList(new ArrayList<>());
    List<Thread> on = Collections.synchronizedList(new ArrayList<>());
    for (int number = 0; !on.contains(Thread.currentThread()); number++) {
      assertThat(number).as("values that all were left to the writer").isLessThan(VALUES);
      broker.collect(publishing(number, noting(number, confirmed, on)));
      broker.work();
    }
    assertThat(confirmed).isSorted();
  }

  @Test
  void nothingIsLostOrOvertakenBetweenTheThreads() throws Exception {
    List<Integer> confirmed = Collections.synchronizedList(new ArrayList<>());
    List<Thread> on = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch asked = new CountDownLatch(1);
    Thread asking =
        new Thread(
            () -> {
              while (asked.getCount() > 0) {
                broker.stats(); // moves the writer's turns to the writer's thread
              }
            });
    asking.start();
    for (int number = 0; number < VALUES; number++) {
      broker.collect(publishing(number, noting(number, confirmed, on)));
      if (number % 3 > 0) {
        broker.work();
      }
    }
    broker.work();
    asked.countDown();
    asking.join(TimeUnit.SECONDS.toMillis(60));
    assertThat(broker.stats().topics().get(0).published()).isEqualTo(VALUES);
    broker.stats(); // the turn that answered before has committed when this one answers
    assertThat(confirmed).hasSize(VALUES).isSorted();
  }
}
