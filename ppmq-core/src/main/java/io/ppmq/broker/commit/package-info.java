/**
 * How changes become durable: trimmed and saved, committed together, and answered when the commit
 * is kept by the disk or by other machines. {@link io.ppmq.broker.commit.Commit} is the event with
 * its two forms.
 */
@NullMarked
package io.ppmq.broker.commit;

import org.jspecify.annotations.NullMarked;
