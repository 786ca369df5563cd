package io.ppmq.it;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests that share a site with a broker. Each has its own topics and a new connection. All run once
 * with each storage.
 */
@ParameterizedClass
@EnumSource(Storage.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SharedSite {
  @Parameter Storage storage;
  Site site;
  Peer peer;

  /** Makes the site and starts the broker. */
  abstract void start() throws Exception;

  @BeforeParameterizedClassInvocation
  final void begin() throws Exception {
    start();
  }

  @AfterParameterizedClassInvocation
  final void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  @BeforeEach
  final void connect() throws Exception {
    peer = site.peer();
  }
}
