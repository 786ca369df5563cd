package io.ppmq.topic;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A portion of an export.
 *
 * @param messages perhaps none, though more follow
 * @param next where it goes on; null at the end
 */
public record ExportPage(List<ExportedMessage> messages, @Nullable ExportPosition next) {}
