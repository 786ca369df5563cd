// Client of ppMQ, a persistent message queue with priorities. index.d.ts describes each export.

export {
  Denied,
  Malformed,
  PpmqError,
  Refused,
  TopicFull,
  Unavailable,
  Unconfirmed,
  UnknownName,
  Unreachable,
} from "./errors.js";
export { Message, Nack, NEVER } from "./messages.js";
export { Publisher } from "./publisher.js";
export { Subscriber } from "./subscriber.js";
