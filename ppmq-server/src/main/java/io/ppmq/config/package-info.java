/**
 * The configuration file of the administrator, checked. {@link io.ppmq.config.ConfigFile} finds and
 * reads the YAML file and returns a {@link io.ppmq.config.Config} that needs no further check, or
 * all errors at once, each with its line.
 *
 * <p>The values ({@link io.ppmq.config.Address}, {@link io.ppmq.config.Sync}, …) can also be made
 * without a file, and check themselves.
 */
@NullMarked
package io.ppmq.config;

import org.jspecify.annotations.NullMarked;
