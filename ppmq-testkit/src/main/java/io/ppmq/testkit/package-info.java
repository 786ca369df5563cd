/**
 * A broker for tests: the real one, in the process of the test, with its data in memory and its
 * sockets in a temporary directory. For JUnit in two lines:
 *
 * <pre>{@code
 * @RegisterExtension
 * final PpmqExtension ppmq = PpmqExtension.with("mails", "mailer");
 * }</pre>
 *
 * <p>Elsewhere {@link io.ppmq.testkit.TestBroker} is opened and closed by hand.
 */
@NullMarked
package io.ppmq.testkit;

import org.jspecify.annotations.NullMarked;
