/**
 * Metrics of a program that uses the client, for Micrometer, a dependency of the program itself;
 * the names are those of the Spring Boot starter. The broker has metrics of its own.
 */
@NullMarked
package io.ppmq.client.micrometer;

import org.jspecify.annotations.NullMarked;
