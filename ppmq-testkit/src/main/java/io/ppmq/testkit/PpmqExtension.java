package io.ppmq.testkit;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Starts a {@link TestBroker} for JUnit: one for each test where it is registered with a field of
 * the object, one for all tests of the class and its nested classes with a static field.
 */
public final class PpmqExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  private final Supplier<TestBroker> start;
  private @Nullable TestBroker broker;

  /**
   * The tests and classes that have begun and not ended. JUnit announces a nested class, too, while
   * its outer class is under way.
   */
  private final Set<String> underWay = new HashSet<>();

  private PpmqExtension(Supplier<TestBroker> start) {
    this.start = start;
  }

  /** A broker with one topic, which these subscribers get. */
  public static PpmqExtension with(String topic, String... subscribers) {
    return new PpmqExtension(() -> TestBroker.start(topic, subscribers));
  }

  /** A broker as a configuration says; see {@link TestBroker#start(String)}. */
  public static PpmqExtension configured(String config) {
    return new PpmqExtension(() -> TestBroker.start(config));
  }

  /**
   * The broker of this test.
   *
   * @throws IllegalStateException when no test is running
   */
  public synchronized TestBroker broker() {
    TestBroker running = broker;
    if (running == null) {
      throw new IllegalStateException("no test is running, or the field has no @RegisterExtension");
    }
    return running;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    begin(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    begin(context);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    end(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    end(context);
  }

  private synchronized void begin(ExtensionContext context) {
    if (underWay.isEmpty()) {
      broker = start.get();
    }
    underWay.add(context.getUniqueId());
  }

  private synchronized void end(ExtensionContext context) {
    TestBroker running = broker;
    if (underWay.remove(context.getUniqueId()) && underWay.isEmpty() && running != null) {
      broker = null;
      running.close();
    }
  }
}
