/**
 * A small server for HTTP/1.1 on a unix socket or a TCP port. One thread reads all requests and
 * writes all answers without blocking; a few workers produce the answers in portions, each when the
 * peer has taken the portion before. So neither a silent connection nor a slow one holds a thread,
 * and no answer is in memory as a whole.
 *
 * <pre>
 *   bytes ──{@link io.ppmq.http.HttpConnection}── {@link io.ppmq.http.Request} ──▶ {@link io.ppmq.http.Handler}
 *   bytes ◀─────────────────────────────── {@link io.ppmq.http.Body} ◀── {@link io.ppmq.http.Response}
 * </pre>
 *
 * <p>Every request has its own connection. All times are monotonic.
 */
@NullMarked
package io.ppmq.http;

import org.jspecify.annotations.NullMarked;
