// The client under test of `ppmq conformance client`: does what its messages say.

import { Message, Nack, Publisher, Refused, Subscriber, Unconfirmed } from "../src/index.js";

const broker = process.env.PPMQ_SOCKET;
const publisher = new Publisher({ broker });

const message = ({ Payload, Key, Priority, Expires, Delay, NotBefore }) =>
  new Message(Payload, {
    key: Key,
    priority: Priority,
    expires: Expires,
    delay: Delay,
    notBefore: NotBefore,
  });

async function outcome({ confirmed }) {
  try {
    await confirmed;
    return "ok";
  } catch (e) {
    if (e instanceof Refused) {
      return e.code + (e.final ? " final" : "");
    }
    if (e instanceof Unconfirmed) {
      return e.code;
    }
    throw e;
  }
}

async function work(delivery) {
  const task = delivery.payload;
  switch (task.do) {
    case "ack":
      await new Promise((resolve) => setTimeout(resolve, task.afterMillis ?? 0));
      return;
    case "fail":
      throw new Error(task.reason);
    case "nack":
      throw new Nack(task.reason, task.retryAfter);
    case "extend":
      if (!(await delivery.extend())) {
        throw new Nack("gone");
      }
      return;
    case "publish": {
      const ends = [];
      for (const value of task.values) {
        ends.push(outcome(await publisher.submit("results", ...value.map(message))));
      }
      throw new Nack((await Promise.all(ends)).join(", "));
    }
    case "stop":
      subscriber.stop();
  }
}

const subscriber = new Subscriber("conformance", work, { broker });
await subscriber.run();
await publisher.close();
