package io.ppmq.admin;

import io.ppmq.broker.stats.Bound;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the admin interface besides its address.
 *
 * @param data the directory that keeps the messages; null if they are in memory
 * @param tokenFile the file in which commands find the token of a TCP port; null if there is none
 * @param consoleChanges whether the page for browsers, which is there on a TCP port, may change
 *     something, with the token
 * @param bounds the use of the bounds outside of the broker, at the time of the call
 */
public record AdminSettings(
    @Nullable Path data,
    @Nullable Path tokenFile,
    boolean consoleChanges,
    Supplier<List<Bound>> bounds) {}
