/*
 * SIGHUP during the start of a broker. The launcher starts the JVM with the signal ignored, since
 * the signal would end a JVM that is starting; and a JVM started like that never handles it.
 * This function ends that from within: it installs a handler that does nothing, which the broker
 * later replaces by its own.
 */
#include <signal.h>

static void nothing(int signal) {
  (void)signal;
}

/* io.ppmq.cli.process.IgnoredHangup.end(); it does not need its arguments. */
void Java_io_ppmq_cli_process_IgnoredHangup_end(void *env, void *type) {
  (void)env;
  (void)type;
  struct sigaction caught = {.sa_handler = nothing, .sa_flags = SA_RESTART};
  sigaction(SIGHUP, &caught, 0);
}
