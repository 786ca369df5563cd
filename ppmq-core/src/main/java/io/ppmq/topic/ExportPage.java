package io.ppmq.topic;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A portion of an export.
 *
 * @param messages possibly none, although more follow
 * @param next the position at which it continues; null at the end
 */
public record ExportPage(List<ExportedMessage> messages, @Nullable ExportPosition next) {}
