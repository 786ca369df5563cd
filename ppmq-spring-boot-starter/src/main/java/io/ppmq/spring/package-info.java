/**
 * ppMQ in a Spring Boot application: {@link io.ppmq.spring.PpmqTemplate} publishes, methods with
 * {@link io.ppmq.spring.PpmqListener} are called for each message, and the health of both and their
 * metrics are found where an application's are.
 */
@NullMarked
package io.ppmq.spring;

import org.jspecify.annotations.NullMarked;
