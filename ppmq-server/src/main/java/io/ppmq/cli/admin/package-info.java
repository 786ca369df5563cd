/** The commands that ask the admin interface of a running broker. */
@NullMarked
package io.ppmq.cli.admin;

import org.jspecify.annotations.NullMarked;
