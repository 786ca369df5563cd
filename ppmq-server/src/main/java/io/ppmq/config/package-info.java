/**
 * The configuration file of the administrator, checked. {@link io.ppmq.config.ConfigFile} finds and
 * reads the YAML file and hands back a {@link io.ppmq.config.Config} that needs no further check,
 * or every error there is at once, each with its line.
 *
 * <p>The values ({@link io.ppmq.config.Address}, {@link io.ppmq.config.Sync}, …) can be made
 * without a file too, and check themselves.
 */
@NullMarked
package io.ppmq.config;

import org.jspecify.annotations.NullMarked;
