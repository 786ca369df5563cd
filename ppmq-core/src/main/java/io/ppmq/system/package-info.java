/** What the operating system tells the program, in the program's words. */
@NullMarked
package io.ppmq.system;

import org.jspecify.annotations.NullMarked;
