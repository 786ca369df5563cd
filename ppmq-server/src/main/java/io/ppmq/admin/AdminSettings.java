package io.ppmq.admin;

import io.ppmq.broker.stats.Bound;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the admin interface has to know besides where it listens.
 *
 * @param data the directory that keeps the messages; null when none does
 * @param tokenFile the file in which commands find the token when it listens on a TCP port; null
 *     when there is none
 * @param consoleChanges whether the page for browsers, which is there on a TCP port, may change
 *     something, with the token
 * @param bounds what is bounded outside of the broker, as it stands when this is asked
 */
public record AdminSettings(
    @Nullable Path data,
    @Nullable Path tokenFile,
    boolean consoleChanges,
    Supplier<List<Bound>> bounds) {}
