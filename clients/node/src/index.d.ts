/** Milliseconds, or as Go writes it: "1h30m". */
export type Duration = number | string;

/** As `retryAfter`: the message is not to come again, and becomes a dead letter. */
export const NEVER: "never";

export interface MessageOptions {
  /** In a topic with Dedupe the message takes the place of the queued message of its key. */
  key?: string;
  /** 0 is the highest. */
  priority?: number;
  expires?: Date | string;
  /** How long the broker keeps it back. */
  delay?: Duration;
  notBefore?: Date | string;
}

/** A message to publish. `payload` is whatever JSON can hold. */
export class Message {
  constructor(payload: unknown, options?: MessageOptions);
  /**
   * The payload as JSON text, which is sent as it is: numbers beyond 2^53 keep all digits. Throws
   * SyntaxError where it is no JSON.
   */
  static ofJson(text: string, options?: MessageOptions): Message;
  readonly payload: unknown;
  readonly json: string;
}

/** A handler throws it to say why a message could not be done, and when it is to come again. */
export class Nack extends Error {
  /** Without `retryAfter` the broker decides: 1 s, doubled with each delivery, at most 5 min. */
  constructor(reason?: string, retryAfter?: Duration);
  readonly retryAfter?: Duration;
}

export interface PublisherOptions {
  /** The broker's socket, or tcp://host:port; /run/ppmq/ppmq.socket unless given. */
  broker?: string;
  /** How long a value may take from its sending to its confirm, in milliseconds; 30,000. */
  timeout?: number;
  /** How many values may be under way; 1024. */
  window?: number;
}

/**
 * Publishes messages and learns that the broker keeps them, over one connection, opened when needed.
 *
 * What is not confirmed when the connection is lost is sent again on the next one: a message may be
 * stored twice. A topic that is full and holds its producers (`WhenFull: block`) holds up all of a
 * publisher.
 */
export class Publisher {
  constructor(options?: PublisherOptions);
  /**
   * Stores messages, all or none; what is no Message is a payload. Rejects with Refused or
   * Unreachable: nothing was stored. With Unconfirmed: stored or not.
   */
  publish(topic: string, ...messages: unknown[]): Promise<void>;
  /** Resolves as soon as there is room in the window; `confirmed` ends as publish() does. */
  submit(topic: string, ...messages: unknown[]): Promise<{ confirmed: Promise<void> }>;
  /**
   * Stores a stream of messages, each by itself, with a full window; resolves to their number. Ends
   * with the first that fails: those before it are stored, those behind it may be.
   */
  publishAll(topic: string, messages: Iterable<unknown> | AsyncIterable<unknown>): Promise<number>;
  /** Waits for the confirms of what is under way, and closes the connection. */
  close(): Promise<void>;
}

/** A message that a handler has. */
export interface Delivery {
  readonly topic: string;
  readonly key: string;
  /** What JSON.parse makes of it: a number beyond 2^53 loses digits. */
  readonly payload: any;
  /** The payload as JSON text, as it was published. */
  readonly json: string;
  readonly priority: number;
  /** 1 the first time, more when it was delivered before. */
  readonly attempt: number;
  readonly expires?: Date;
  /** Asks for more time: its AckRetry begins again. False: it is not out any more. */
  extend(): Promise<boolean>;
}

export interface SubscriberOptions {
  broker?: string;
  /** Listen here, or where systemd has handed a socket over; the broker connects. */
  socket?: string;
  /** Only these topics of the subscriber. */
  topics?: string[];
  /** Fewer messages in a batch than the configuration says. */
  batchSize?: number;
  /** How many connections to open, each of which gets batches of its own; 1. */
  workers?: number;
  /** How many handlers of a topic and worker run at once; 1, so that they run in order. */
  concurrency?: number;
  /** For messages whose handler failed. */
  retryAfter?: Duration | ((message: Delivery, failure: unknown) => Duration | undefined);
  /** What stop() grants handlers and confirms, in milliseconds; 10,000. */
  timeout?: number;
  /** Learns what went wrong without ending the subscriber; console.warn unless given. */
  problem?: (sentence: string, cause?: unknown) => void;
}

/**
 * Hands each message to the handler: acknowledged when its promise resolves, nacked when it
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
  /** Has run() resolve once the handlers have finished what they have begun. */
  stop(): void;
}

/** Whatever this package throws by itself. */
export class PpmqError extends Error {
  readonly code: string;
}

/** The broker said no: nothing was done, nor will be. */
export class Refused extends PpmqError {
  /** Whether the same value would be refused again; a code that is not known here is final. */
  readonly final: boolean;
}

/** This user may not do it. */
export class Denied extends Refused {}
/** The value is wrong in itself, or too large. */
export class Malformed extends Refused {}
/** There is no such topic or subscriber, or the subscriber is not the topic's. */
export class UnknownName extends Refused {}
/** The topic has no room now. */
export class TopicFull extends Refused {}
/** The broker cannot do it now: it is stopping, or its disk is full. Send it again later. */
export class Unavailable extends Refused {}
/** The value was not sent within the time: nothing was done. */
export class Unreachable extends PpmqError {}
/** The value was sent, and it is not known whether it takes effect. */
export class Unconfirmed extends PpmqError {}
