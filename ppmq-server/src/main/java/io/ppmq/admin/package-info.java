/**
 * The administrator's window into a running broker: HTTP on a unix socket or a loopback port, so
 * that {@code curl --unix-socket} shows the state of the queues, and pauses, purges and reloads. It
 * costs one sleeping thread until a request comes.
 *
 * <pre>
 *   client ──{@link io.ppmq.http.HttpServer}── {@link io.ppmq.admin.Pages} ── {@link io.ppmq.broker.Broker}
 * </pre>
 */
@NullMarked
package io.ppmq.admin;

import org.jspecify.annotations.NullMarked;
