package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A broker with little memory, including page cache. Needs root for the control group. */
class SmallMemoryIT {
  private static final int VALUES = 400;
  private static final int MESSAGES = 500;
  private static final String PADDING = "x".repeat(90);

  /** Java 25 needs more for itself. */
  private static final int MEBIBYTES = Runtime.version().feature() >= 25 ? 56 : 48;

  private static final int ENOUGH_MEBIBYTES = 64;

  private Site site;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  private static String value(int number) {
    StringBuilder value = new StringBuilder("{\"Topic\":\"t\",\"Messages\":[");
    for (int i = 0; i < MESSAGES; i++) {
      value.append(i == 0 ? "" : ",").append("{\"Payload\":\"").append(PADDING);
      value.append(number * MESSAGES + i).append("\"}");
    }
    return value.append(']').toString();
  }

  @Test
  void brokerWithEnoughMemoryIsNotStartedSmall() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    MemoryGroup group = site.closing(MemoryGroup.of(ENOUGH_MEBIBYTES));
    List<String> command = new ArrayList<>(group.command());
    command.addAll(List.of("env", "-u", "PPMQ_JAVA_OPTS")); // the tests may run with small buffers
    assertThat(site.start(command).awaitReady().words())
        .contains("-XX:+UseSerialGC")
        .doesNotContain("-XX:TieredStopAtLevel=1", "-Dio.ppmq.memory=small");
  }

  @Test
  void brokerWorksInTheMemoryThatTheGuideNames() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t").batch("t", 1000));
    MemoryGroup group = site.closing(MemoryGroup.of(MEBIBYTES));
    BrokerProcess broker = site.start(group.command()).awaitReady();
    assertThat(broker.words()).contains("-XX:TieredStopAtLevel=1", "-Dio.ppmq.memory=small");
    Peer peer = site.peer();
    for (int i = 0; i < VALUES; i++) {
      assertThat(peer.ask(value(i))).isEmpty();
    }
    List<String> numbers = new ArrayList<>();
    SubscriberSocket subscriber = site.subscriber("t");
    for (int i = 0; i < VALUES * MESSAGES; i += 1000) {
      subscriber.takeAll(1000, peer).forEach(payload -> numbers.add(payload.substring(90)));
    }
    assertThat(numbers).hasSize(VALUES * MESSAGES);
    for (int i = 0; i < numbers.size(); i++) {
      assertThat(numbers.get(i)).isEqualTo(Integer.toString(i));
    }
    assertThat(broker.terminate()).isZero();
  }
}
