package io.ppmq.spring;

import io.ppmq.client.Address;
import io.ppmq.client.Delivery;
import io.ppmq.client.MessageHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.Environment;

/**
 * Finds the methods with {@link PpmqListener}, and runs them from when the application is ready
 * until it ends: messages come last, and end first.
 */
final class PpmqListeners
    implements BeanPostProcessor, BeanFactoryAware, EnvironmentAware, SmartLifecycle {
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final ObjectProvider<Observations> observations;
  private @Nullable BeanFactory beans;
  private @Nullable Environment environment;
  private volatile boolean running;

  PpmqListeners(ObjectProvider<Observations> observations) {
    this.observations = observations;
  }

  @Override
  public void setBeanFactory(BeanFactory beans) {
    this.beans = beans;
  }

  @Override
  public void setEnvironment(Environment environment) {
    this.environment = environment;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String name) {
    Map<Method, PpmqListener> methods =
        MethodIntrospector.selectMethods(
            AopUtils.getTargetClass(bean),
            (MethodIntrospector.MetadataLookup<PpmqListener>)
                method -> AnnotatedElementUtils.findMergedAnnotation(method, PpmqListener.class));
    methods.forEach((method, annotation) -> add(bean, name, method, annotation));
    return bean;
  }

  private void add(Object bean, String name, Method method, PpmqListener annotation) {
    Method invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
    Class<?>[] parameters = invocable.getParameterTypes();
    boolean isDelivery = parameters.length == 1 && parameters[0] == Delivery.class;
    if (!isDelivery && (parameters.length != 1 || parameters[0] != String.class)) {
      throw new IllegalStateException(
          "@PpmqListener " + method + " must take one parameter, a Delivery or a String");
    }
    invocable.setAccessible(true);
    MessageHandler handler =
        delivery -> {
          try {
            invocable.invoke(bean, isDelivery ? delivery : delivery.payloadText());
          } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
              throw error;
            }
            throw e.getCause() instanceof Exception cause ? cause : e;
          }
        };
    take(new Listener(options(annotation), handler), isSingleton(name));
  }

  private boolean isSingleton(String name) {
    BeanFactory known = beans;
    return known == null || (known.containsBean(name) && known.isSingleton(name));
  }

  /**
   * The listener of a bean that is made while the application runs, such as a lazy one, begins at
   * once. It ends with the application, so a bean of which more may be made has none.
   */
  private void take(Listener listener, boolean isSingleton) {
    boolean late;
    synchronized (listeners) {
      late = running;
      if (late && !isSingleton) {
        return;
      }
      listeners.add(listener);
    }
    if (late) {
      begin(listener);
    }
  }

  private Listener.Options options(PpmqListener annotation) {
    String retryAfter = resolved(annotation.retryAfter());
    Duration pause = retryAfter.isEmpty() ? null : DurationStyle.detectAndParse(retryAfter);
    return new Listener.Options(
        resolved(annotation.subscriber()),
        Stream.of(annotation.topics()).map(this::resolved).toList(),
        annotation.workers(),
        annotation.threads(),
        annotation.batchSize(),
        pause);
  }

  private String resolved(String text) {
    return environment == null ? text : environment.resolveRequiredPlaceholders(text);
  }

  /** The listeners that were found so far. */
  List<Listener> all() {
    return listeners;
  }

  @Override
  public void start() {
    List<Listener> found;
    synchronized (listeners) {
      found = List.copyOf(listeners);
      running = true;
    }
    found.forEach(this::begin);
  }

  private void begin(Listener listener) {
    Environment settings = environment;
    String address =
        settings == null
            ? PpmqAutoConfiguration.ADDRESS_DEFAULT
            : settings.getProperty("ppmq.address", PpmqAutoConfiguration.ADDRESS_DEFAULT);
    Observations observed = observations.getIfAvailable(() -> Observations.NONE);
    synchronized (listeners) {
      if (running) { // the application may end meanwhile
        listener.start(Address.of(address), observed);
      }
    }
  }

  @Override
  public void stop() {
    List<Listener> found;
    synchronized (listeners) {
      found = List.copyOf(listeners);
      running = false;
    }
    found.forEach(Listener::stop);
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public boolean isAutoStartup() {
    return environment == null || environment.getProperty("ppmq.auto-startup", Boolean.class, true);
  }
}
