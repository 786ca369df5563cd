// A worker: worker.js BROKER-SOCKET SUBSCRIBER. Start several copies if there is enough work.

import { Nack, NEVER, Subscriber } from "../src/index.js"; // "ppmq", where it is installed

/** Must tolerate redelivery. Acknowledged when it resolves, nacked when it rejects. */
async function work(message) {
  if (message.payload === "") {
    throw new Nack("empty", NEVER); // to the dead letters
  }
  console.log(message.payload);
}

const [broker, name] = process.argv.slice(2);
const subscriber = new Subscriber(name, work, { broker, workers: 2 });
process.once("SIGTERM", () => subscriber.stop());
await subscriber.run();
