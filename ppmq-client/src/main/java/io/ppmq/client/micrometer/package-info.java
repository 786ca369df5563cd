/**
 * Metrics of a program that uses the client, for Micrometer, which the program itself brings; the
 * names are those of the Spring Boot starter. What the broker counts, its own metrics say.
 */
@NullMarked
package io.ppmq.client.micrometer;

import org.jspecify.annotations.NullMarked;
