package io.ppmq.spring;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings of an application, {@code ppmq.*}.
 *
 * @param address the broker's socket: the path of a unix socket, or {@code tcp://host:port}
 * @param timeout how long to wait for the confirm of a message
 * @param window how many values of one topic may be under way to the broker at once
 * @param autoStartup whether listeners begin with the application
 * @param traceField the member of a JSON payload that carries the trace of a message; empty, the
 *     default: none does
 */
@ConfigurationProperties("ppmq")
public record PpmqProperties(
    @DefaultValue("/run/ppmq/ppmq.socket") String address,
    @DefaultValue("30s") Duration timeout,
    @DefaultValue("1024") int window,
    @DefaultValue("true") boolean autoStartup,
    @DefaultValue("") String traceField) {}
