package io.ppmq.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import io.ppmq.client.Delivery;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.UnknownName;
import io.ppmq.testkit.PpmqExtension;
import io.ppmq.testkit.TestBroker;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.core.env.MapPropertySource;
import org.springframework.mock.env.MockEnvironment;

/** An application with the starter, beside a real broker. */
@Timeout(120)
class StarterTest {
  @RegisterExtension
  private final PpmqExtension ppmq = PpmqExtension.with("mails", "mailer", "late");

  private ApplicationContextRunner application(String... properties) {
    return new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(PpmqAutoConfiguration.class))
        .withPropertyValues("ppmq.address=" + ppmq.broker().address().text())
        .withPropertyValues(properties);
  }

  /** A bean with a listener that throws the exception given to it. */
  static class Mailer {
    final BlockingQueue<String> handled = new LinkedBlockingQueue<>();

    @PpmqListener(subscriber = "${mailer:mailer}", threads = 2, retryAfter = "0s")
    void mail(Delivery delivery) {
      if (delivery.payloadText().equals("bad") && delivery.attempt() == 1) {
        throw new IllegalStateException("no such host");
      }
      handled.add(delivery.payloadText() + " " + delivery.attempt());
    }
  }

  @Configuration
  static class WithMailer {
    @Bean
    Mailer mailer() {
      return new Mailer();
    }

    @Bean
    MeterRegistry meters() {
      return new SimpleMeterRegistry();
    }
  }

  private static String next(BlockingQueue<String> queue) throws InterruptedException {
    String next = queue.poll(60, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  @Test
  void listenerGetsWhatTheTemplateSendsAndOnlyWhatFailsComesAgain() {
    application()
        .withUserConfiguration(WithMailer.class)
        .run(
            context -> {
              PpmqTemplate template = context.getBean(PpmqTemplate.class);
              Mailer mailer = context.getBean(Mailer.class);
              template.send("mails", "good");
              assertThat(next(mailer.handled)).isEqualTo("good 1");
              template.sendAsync("mails", OutgoingMessage.text("bad")).get(60, TimeUnit.SECONDS);
              assertThat(next(mailer.handled)).isEqualTo("bad 2");
              ppmq.broker().awaitAcknowledged("mails", "mailer", Duration.ofMinutes(1));

              MeterRegistry meters = context.getBean(MeterRegistry.class);
              context.getBean(MeterBinder.class).bindTo(meters);
              assertThat(count(meters, "ppmq.messages.sent", "confirmed")).isEqualTo(2);
              assertThat(count(meters, "ppmq.messages.handled", "nacked")).isEqualTo(1);
              assertThat(count(meters, "ppmq.messages.handled", "acknowledged")).isEqualTo(2);
            });
  }

  @Configuration
  static class WithLazyMailer {
    @Bean
    @Lazy
    Mailer mailer() {
      return new Mailer();
    }
  }

  @Test
  @Timeout(30)
  void listenerOfALazyBeanBeginsWithIt() {
    application()
        .withUserConfiguration(WithLazyMailer.class)
        .run(
            context -> {
              context.getBean(PpmqTemplate.class).send("mails", "waiting");
              assertThat(next(context.getBean(Mailer.class).handled)).isEqualTo("waiting 1");
            });
  }

  @Configuration
  static class WithMailers {
    @Bean
    @Scope("prototype")
    Mailer mailer() {
      return new Mailer();
    }
  }

  @Test
  void beanThatIsMadeAgainAndAgainOpensNoSubscriberEachTime() {
    application()
        .withUserConfiguration(WithMailers.class)
        .run(
            context -> {
              context.getBean(Mailer.class);
              context.getBean(Mailer.class);
              assertThat(context.getBean(PpmqListeners.class).all()).isEmpty();
            });
  }

  @Test
  void listenerThatIsFoundWhileTheApplicationEndsDoesNotBegin() {
    PpmqListeners[] listeners = new PpmqListeners[1];
    listeners[0] =
        new PpmqListeners(
            new ObjectProvider<Observations>() {
              @Override
              public Observations getIfAvailable(Supplier<Observations> none) {
                listeners[0].stop(); // between the decision to begin and the beginning
                return none.get();
              }
            });
    listeners[0].setEnvironment(
        new MockEnvironment()
            .withProperty("mailer", "late")
            .withProperty("ppmq.address", ppmq.broker().address().text()));
    listeners[0].start();
    listeners[0].postProcessAfterInitialization(new Mailer(), "mailer");
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("ppmq-listener-late");
  }

  private static double count(MeterRegistry meters, String name, String outcome) {
    FunctionCounter counter = meters.get(name).tag("outcome", outcome).functionCounter();
    return counter.count();
  }

  @Test
  void editorsKnowEveryPropertyAndItsDefault() throws Exception {
    String metadata;
    try (InputStream in =
        PpmqProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
      assertThat(in).isNotNull();
      metadata = new String(in.readAllBytes(), UTF_8);
    }
    RecordComponent[] properties = PpmqProperties.class.getRecordComponents();
    Parameter[] parameters = PpmqProperties.class.getDeclaredConstructors()[0].getParameters();
    for (int i = 0; i < properties.length; i++) {
      String name = properties[i].getName().replaceAll("[A-Z]", "-$0").toLowerCase(Locale.ROOT);
      String[] value = parameters[i].getAnnotation(DefaultValue.class).value();
      assertThat(metadata)
          .containsPattern(
              "\"ppmq\\."
                  + name
                  + "\",[^}]*\"defaultValue\": \"?"
                  + Pattern.quote(value[0])
                  + "\"?\\s");
    }
  }

  @Test
  void refusalNamesTheTopicAndHasItsCode() {
    application()
        .run(
            context -> {
              PpmqTemplate template = context.getBean(PpmqTemplate.class);
              assertThatThrownBy(() -> template.send("nails", "x"))
                  .isInstanceOf(PpmqException.class)
                  .hasMessageContaining("nails")
                  .hasCauseInstanceOf(UnknownName.class);
            });
  }

  @Test
  void sendingToABrokerThatIsAwayFailsWithTheCause() {
    application("ppmq.address=/nowhere/ppmq.socket")
        .run(
            context ->
                assertThatThrownBy(() -> context.getBean(PpmqTemplate.class).send("mails", "x"))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasCauseInstanceOf(ConnectException.class)
                    .hasMessageContaining("/nowhere/ppmq.socket"));
  }

  @Test
  void healthIsDownWhereTheBrokerIsAwayOrHasNoSuchSubscriber() {
    application()
        .withUserConfiguration(WithMailer.class)
        .run(context -> assertThat(problem(context.getBean(BrokerProbe.class))).isNull());
    application("mailer=nobody")
        .withUserConfiguration(WithMailer.class)
        .run(context -> awaitRefusal(context.getBean(BrokerProbe.class), "nobody"));
    application("ppmq.address=/nowhere/ppmq.socket")
        .run(
            context ->
                assertThat(problem(context.getBean(BrokerProbe.class)))
                    .contains("/nowhere/ppmq.socket"));
  }

  @Test
  void healthIsUpAgainWhenTheListenersStartAgainAndAreNotRefused() {
    try (TestBroker other = TestBroker.start("mails", "nobody")) {
      application("mailer=nobody")
          .withUserConfiguration(WithMailer.class)
          .run(
              context -> {
                BrokerProbe probe = context.getBean(BrokerProbe.class);
                awaitRefusal(probe, "nobody");
                context.stop();
                Map<String, Object> moved = Map.of("ppmq.address", other.address().text());
                context
                    .getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("moved", moved));
                context.start();
                other.publish("mails", "x");
                assertThat(next(context.getBean(Mailer.class).handled)).isEqualTo("x 1");
                assertThat(problem(probe)).isNull();
              });
    }
  }

  private static void awaitRefusal(BrokerProbe probe, String subscriber) throws Exception {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (probe.problem() == null && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertThat(problem(probe)).contains(subscriber);
  }

  @Test
  void healthIsDownWhereTheBrokerDoesNotAnswer(@TempDir Path directory) throws Exception {
    Path socket = directory.resolve("ppmq.socket");
    try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      silent.bind(UnixDomainSocketAddress.of(socket), 1);
      application("ppmq.address=" + socket)
          .run(
              context -> {
                BrokerProbe probe = context.getBean(BrokerProbe.class);
                assertThat(problem(probe))
                    .isEqualTo("the broker at " + socket + " does not answer within 2 s");
                assertThat(problem(probe)).contains("does not answer");
                assertThat(problem(probe)).as("more connect than wait").contains("not reachable");
              });
    }
  }

  @Test
  void healthOfABrokerOnAPortIsAskedInTheSameWay() throws Exception {
    String address;
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = "tcp://127.0.0.1:" + silent.getLocalPort();
      application("ppmq.address=" + address)
          .run(
              context ->
                  assertThat(problem(context.getBean(BrokerProbe.class)))
                      .startsWith("the broker at tcp://127.0.0.1:")
                      .endsWith(" does not answer within 2 s"));
    }
    application("ppmq.address=" + address)
        .run(
            context ->
                assertThat(problem(context.getBean(BrokerProbe.class)))
                    .startsWith("the broker is not reachable at tcp://127.0.0.1:"));
    application("ppmq.address=tcp://nowhere.invalid:1")
        .run(
            context ->
                assertThat(problem(context.getBean(BrokerProbe.class)))
                    .isEqualTo(
                        "the broker is not reachable at tcp://nowhere.invalid:1: the host is"
                            + " unknown"));
  }

  private static String problem(BrokerProbe probe) {
    return probe.problem();
  }

  @Test
  void healthIndicatorOfThisBootIsThere() {
    application()
        .run(
            context ->
                assertThat(context.getBean("ppmqHealthIndicator").getClass().getSimpleName())
                    .isEqualTo("Boot" + System.getProperty("spring.boot", "3") + "Health"));
  }

  /** Acts like a tracer: a value travels with the message and is found again. */
  @Configuration
  static class WithTracer {
    final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @Bean
    ObservationRegistry observations() {
      ObservationRegistry registry = ObservationRegistry.create();
      registry.observationConfig().observationHandler(new Tracer(received));
      return registry;
    }

    @Bean
    BlockingQueue<String> received() {
      return received;
    }
  }

  private record Tracer(BlockingQueue<String> received)
      implements ObservationHandler<Observation.Context> {
    @Override
    public void onStart(Observation.Context context) {
      if (context instanceof SenderContext<?> sender) {
        inject(sender);
      } else if (context instanceof ReceiverContext<?> receiver) {
        received.add(extract(receiver) + " " + context.getName());
      }
    }

    private static <C> void inject(SenderContext<C> sender) {
      sender.getSetter().set(sender.getCarrier(), "traceparent", "00-1-2-01");
    }

    private static <C> String extract(ReceiverContext<C> receiver) {
      return receiver.getGetter().get(receiver.getCarrier(), "traceparent");
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }
  }

  @Test
  void traceGoesAlongInThePayload() {
    application("ppmq.trace-field=trace")
        .withUserConfiguration(WithMailer.class, WithTracer.class)
        .run(
            context -> {
              PpmqTemplate template = context.getBean(PpmqTemplate.class);
              Mailer mailer = context.getBean(Mailer.class);
              template.send("mails", OutgoingMessage.json("{\"to\":\"ann\"}"));
              assertThat(next(mailer.handled))
                  .isEqualTo("{\"trace\":{\"traceparent\":\"00-1-2-01\"},\"to\":\"ann\"} 1");
              assertThat(next(context.getBean(WithTracer.class).received))
                  .isEqualTo("00-1-2-01 ppmq.process");
              template.send("mails", "text");
              assertThat(next(mailer.handled)).isEqualTo("text 1");
            });
  }

  @Test
  void traceIsFoundInWhatWasPutAndNowhereElse() {
    TraceField field = new TraceField("trace");
    Map<String, String> trace = Map.of("a", "1");
    assertThat(field.in(field.put(trace, OutgoingMessage.json("{}")).payload())).isEqualTo(trace);
    assertThat(field.in("{\"trace\":{\"a\":\"1\",\"b\":\"2\"}}")).hasSize(2);
    assertThat(field.in("{\"other\":{\"a\":\"1\"}}")).isEmpty();
    assertThat(field.in("\"text\"")).isEmpty();
    assertThat(field.in("{\"trace\":{\"a")).isEmpty();
  }

  /** A listener that cannot be called. */
  static class Wrong {
    @PpmqListener(subscriber = "mailer")
    void mail(int number) {}
  }

  @Test
  void listenerThatCannotBeCalledEndsTheStart() {
    application()
        .withBean(Wrong.class)
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasRootCauseMessage(
                        "@PpmqListener "
                            + Wrong.class.getDeclaredMethod("mail", int.class)
                            + " must take one parameter, a Delivery or a String"));
  }
}
