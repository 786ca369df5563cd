// Outgoing and incoming messages, and the format of their fields.

import { check } from "./options.js";

export const NEVER = "never";

const REASON_BYTES_MAX = 1024;

export class Message {
  #json;

  constructor(payload, options = {}) {
    check(options, "key", "priority", "expires", "delay", "notBefore");
    const { key, priority, expires, delay, notBefore } = options;
    this.payload = payload;
    this.key = key;
    this.priority = priority;
    this.expires = expires;
    this.delay = delay;
    this.notBefore = notBefore;
  }

  static ofJson(text, options) {
    const message = new Message(JSON.parse(text), options);
    message.#json = text;
    return message;
  }

  /** The payload as JSON text. */
  get json() {
    return this.#json ?? JSON.stringify(this.payload);
  }
}

export class Nack extends Error {
  constructor(reason = "", retryAfter = undefined) {
    super(reason);
    this.name = "Nack";
    this.retryAfter = retryAfter;
  }
}

/** Formats a message; a value that is not a Message is a payload. */
export function textOf(message) {
  const { json, key, priority, expires, delay, notBefore } =
    message instanceof Message ? message : new Message(message);
  if (json === undefined) {
    throw new TypeError("the payload cannot be written as JSON");
  }
  const rest = JSON.stringify({
    Key: key ?? undefined,
    Priority: priority || undefined,
    Expires: moment(expires),
    Delay: duration(delay),
    NotBefore: moment(notBefore),
  });
  return `{"Payload":${json}${rest === "{}" ? "" : ","}${rest.slice(1)}`;
}

/** Formats a duration as Go does; a number is milliseconds. */
export function duration(time) {
  return typeof time === "number" ? `${Math.ceil(time)}ms` : time?.toString();
}

/** Formats a moment as in RFC 3339. */
function moment(time) {
  return time instanceof Date ? time.toISOString() : time;
}

/** The reason of a failure, as one line that the broker keeps without cutting it. */
export function reason(failure) {
  const said = failure instanceof Error ? failure.message || failure.name : String(failure);
  const bytes = Buffer.from(said.replace(/\s+/gu, " ").trim());
  let end = Math.min(bytes.length, REASON_BYTES_MAX);
  while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) {
    end--; // not within a character
  }
  return bytes.toString("utf8", 0, end);
}

/** A pushed message. */
export class Delivery {
  #results;
  #text;

  constructor(topic, fields, results, text) {
    this.topic = topic;
    this.key = fields.Key;
    this.payload = fields.Payload;
    this.priority = fields.Priority ?? 0;
    this.attempt = fields.Attempt ?? 1;
    this.expires = fields.Expires === undefined ? undefined : new Date(fields.Expires);
    this.#results = results;
    this.#text = text;
  }

  get json() {
    return this.#text();
  }

  extend() {
    return this.#results.extend(this);
  }
}
