package io.ppmq.topic;

/** Which worker it is; kept with the messages that it was sent, also when it is gone. */
final class WorkerIdentity {}
