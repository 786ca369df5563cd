/**
 * The path of changes to durability: they are trimmed and saved, committed together, and answered
 * when the disk or other machines keep the commit. {@link io.ppmq.broker.commit.Commit} is the
 * event with its two forms.
 */
@NullMarked
package io.ppmq.broker.commit;

import org.jspecify.annotations.NullMarked;
