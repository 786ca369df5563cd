/**
 * Micrometer metrics of a program that uses the client. The program brings the Micrometer
 * dependency. The names are those of the Spring Boot starter. The broker has its own metrics.
 */
@NullMarked
package io.ppmq.client.micrometer;

import org.jspecify.annotations.NullMarked;
