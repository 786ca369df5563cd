/*
 * SIGHUP while a broker starts. The launcher has it ignored, since a JVM that is starting would end
 * with it; and a JVM that was started so never hears it again, whatever it is told. This ends the
 * ignoring from within: the signal is caught and does nothing, until the broker puts its own
 * handler in the place of this one.
 */
#include <signal.h>

static void nothing(int signal) {
  (void)signal;
}

/* io.ppmq.cli.process.IgnoredHangup.end(); what the JVM hands over is not needed. */
void Java_io_ppmq_cli_process_IgnoredHangup_end(void *env, void *type) {
  (void)env;
  (void)type;
  struct sigaction caught = {.sa_handler = nothing, .sa_flags = SA_RESTART};
  sigaction(SIGHUP, &caught, 0);
}
