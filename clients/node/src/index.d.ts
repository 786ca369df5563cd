/** Milliseconds, or a Go duration: "1h30m". */
export type Duration = number | string;

/** As `retryAfter`: the message is not delivered again, and becomes a dead letter. */
export const NEVER: "never";

export interface MessageOptions {
  /** In a topic with Dedupe the message replaces the queued message with the same key. */
  key?: string;
  /** 0 is the highest. */
  priority?: number;
  expires?: Date | string;
  /** How long the broker holds the message back. */
  delay?: Duration;
  notBefore?: Date | string;
}

/** A message to publish. `payload` is any value that JSON can hold. */
export class Message {
  constructor(payload: unknown, options?: MessageOptions);
  /**
   * The payload as JSON text, which is sent unchanged: numbers beyond 2^53 keep all digits. Throws
   * SyntaxError if it is not JSON.
   */
  static ofJson(text: string, options?: MessageOptions): Message;
  readonly payload: unknown;
  readonly json: string;
}

/** A handler throws it to set the reason of a failure and the pause before redelivery. */
export class Nack extends Error {
  /** Without `retryAfter` the broker decides: 1 s, doubled with each delivery, at most 5 min. */
  constructor(reason?: string, retryAfter?: Duration);
  readonly retryAfter?: Duration;
}

export interface PublisherOptions {
  /** The broker's socket, or tcp://host:port. Default: /run/ppmq/ppmq.socket. */
  broker?: string;
  /** The time from sending a value to its confirm, in milliseconds. Default: 30,000. */
  timeout?: number;
  /** The largest number of values under way. Default: 1024. */
  window?: number;
}

/**
 * Publishes messages over one connection, opened when needed, and learns that the broker has stored
 * them.
 *
 * Values not confirmed when the connection is lost are sent again on the next one, so a message may
 * be stored twice. A full topic with `WhenFull: block` holds up everything that this publisher sends.
 */
export class Publisher {
  constructor(options?: PublisherOptions);
  /**
   * Stores messages, all or none. A value that is not a Message is a payload. Rejects with Refused or
   * Unreachable: nothing was stored. With Unconfirmed: the messages may be stored.
   */
  publish(topic: string, ...messages: unknown[]): Promise<void>;
  /** Resolves as soon as there is room in the window; `confirmed` ends as publish() does. */
  submit(topic: string, ...messages: unknown[]): Promise<{ confirmed: Promise<void> }>;
  /**
   * Stores a stream of messages, each as one value, with a full window; resolves to their number.
   * Stops at the first failure: the messages before it are stored, those behind it may be.
   */
  publishAll(topic: string, messages: Iterable<unknown> | AsyncIterable<unknown>): Promise<number>;
  /** Waits for the confirms of all values under way, and closes the connection. */
  close(): Promise<void>;
}

/** A message that a handler received. */
export interface Delivery {
  readonly topic: string;
  readonly key: string;
  /** The payload parsed with JSON.parse: a number beyond 2^53 loses digits. */
  readonly payload: any;
  /** The payload as the published JSON text. */
  readonly json: string;
  readonly priority: number;
  /** 1 for the first delivery; more for a redelivery. */
  readonly attempt: number;
  readonly expires?: Date;
  /** Restarts the message's AckRetry. False: it is no longer in flight. */
  extend(): Promise<boolean>;
}

export interface SubscriberOptions {
  broker?: string;
  /** Where to listen, unless systemd has passed a socket; the broker connects. */
  socket?: string;
  /** Only these topics of the subscriber. */
  topics?: string[];
  /** The batch size, if smaller than the configured one. */
  batchSize?: number;
  /** The number of connections to open, each with its own batches. Default: 1. */
  workers?: number;
  /**
   * The number of handlers of a topic and worker that run at once. Default: 1, which keeps the order.
   */
  concurrency?: number;
  /** The pause of messages whose handler failed. */
  retryAfter?: Duration | ((message: Delivery, failure: unknown) => Duration | undefined);
  /** The time that stop() allows handlers and confirms, in milliseconds. Default: 10,000. */
  timeout?: number;
  /** Called with each problem that does not end the subscriber. Default: console.warn. */
  problem?: (sentence: string, cause?: unknown) => void;
}

/**
 * Passes each message to the handler: acknowledged when its promise resolves, nacked when it
 * rejects. With `batches: true` the handler takes an array of messages, which fail together.
 *
 * Without `socket` it connects to the broker, and again when the connection is lost.
 */
export class Subscriber {
  constructor(
    name: string,
    handler: (message: Delivery) => unknown,
    options?: SubscriberOptions & { batches?: false },
  );
  constructor(
    name: string,
    handler: (messages: Delivery[]) => unknown,
    options: SubscriberOptions & { batches: true },
  );
  /** Serves until stop() is called; rejects with Refused when the broker refuses it for good. */
  run(): Promise<void>;
  /** Makes run() resolve when the running handlers have finished. */
  stop(): void;
}

/** The base of all errors of this package. */
export class PpmqError extends Error {
  readonly code: string;
}

/** The broker refused the value: nothing was done, nor will be. */
export class Refused extends PpmqError {
  /** Whether the same value would be refused again; an unknown code is final. */
  readonly final: boolean;
}

/** This user lacks permission. */
export class Denied extends Refused {}
/** The value itself is wrong, or too large. */
export class Malformed extends Refused {}
/** There is no such topic or subscriber, or the subscriber does not belong to the topic. */
export class UnknownName extends Refused {}
/** The topic has no room now. */
export class TopicFull extends Refused {}
/** The broker is stopping, or its disk is full. Send the value again later. */
export class Unavailable extends Refused {}
/** The value was not sent within the time: nothing was done. */
export class Unreachable extends PpmqError {}
/** The value was sent, but whether it takes effect is not known. */
export class Unconfirmed extends PpmqError {}
