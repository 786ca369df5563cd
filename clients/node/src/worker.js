// A worker: one subscribed connection after another.

import { Channel, open, PAUSE_MAX, PAUSE_MIN } from "./channel.js";
import { Lost, Refused } from "./errors.js";
import { Results } from "./results.js";

/** Serves until `stop` is sent, or rejects with the broker's final refusal. */
export async function work(options, stop) {
  let pause = PAUSE_MIN;
  let told = false;
  while (!stop.isSent) {
    const { served, failure } = await serve(options, stop);
    if (stop.isSent) {
      return;
    }
    if (failure instanceof Refused && failure.final) {
      throw failure;
    }
    if (served || !told) {
      told = true;
      options.problem(`subscriber ${options.name} is not connected, trying again`, failure);
    }
    pause = served ? PAUSE_MIN : Math.min(2 * pause, PAUSE_MAX);
    await stop.wait(pause);
  }
}

async function serve(options, stop) {
  let socket;
  try {
    socket = await open(options.broker);
  } catch (failure) {
    return { served: false, failure };
  }
  const results = new Results(options, (value) => channel.call(JSON.stringify(value)));
  const channel = new Channel(socket, (batch, line) => results.arrived(batch, line));
  let served = false;
  let wake;
  try {
    const end = await new Promise((resolve, reject) => {
      wake = resolve;
      stop.add(wake);
      channel.over.then(resolve);
      Promise.all(subscriptions(options).map((fields) => channel.call(JSON.stringify(fields)))).then(
        () => (served = true), // batches may have come before
        (e) => (e instanceof Lost ? undefined : reject(e)),
      );
    });
    if (end !== undefined) {
      return { served, failure: end };
    }
    const unsubscribe = { Subscriber: options.name, Command: "UNSUBSCRIBE" };
    channel.call(JSON.stringify(unsubscribe)).catch(() => {});
    await results.close();
    return { served };
  } catch (failure) {
    return { served, failure };
  } finally {
    stop.delete(wake);
    results.abandon();
    await channel.close();
  }
}

function subscriptions({ name, topics, batchSize }) {
  const fields = { Subscriber: name, Command: "SUBSCRIBE", BatchSize: batchSize };
  return topics.length === 0 ? [fields] : topics.map((topic) => ({ Topic: topic, ...fields }));
}
