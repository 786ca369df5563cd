package io.ppmq.testkit;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Starts a {@link TestBroker} for JUnit: one for each test where it is registered with a field of
 * the object, one for all tests of the class with a static field.
 */
public final class PpmqExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  private final Supplier<TestBroker> start;
  private @Nullable TestBroker broker;
  private boolean isForAll;

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
  public TestBroker broker() {
    TestBroker running = broker;
    if (running == null) {
      throw new IllegalStateException("no test is running, or the field has no @RegisterExtension");
    }
    return running;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    isForAll = true;
    broker = start.get();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (broker == null) {
      broker = start.get();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (!isForAll) {
      afterAll(context);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    TestBroker running = broker;
    broker = null;
    if (running != null) {
      running.close();
    }
  }
}
