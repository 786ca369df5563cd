// Publishes and consumes with the client for Node: bench.js SOCKET TOPIC SUBSCRIBER MESSAGES

import { Publisher, Subscriber } from "../../clients/node/src/index.js";

const [broker, topic, name, number] = process.argv.slice(2);
const count = Number(number);

async function measured(work) {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const used = process.cpuUsage(cpu);
  return `${(performance.now() - begun) / 1e3} ${(used.user + used.system) / 1e6}`;
}

function* payloads() {
  for (let i = 0; i < count; i++) {
    yield String(i).padStart(100, "0");
  }
}

async function publish() {
  const publisher = new Publisher({ broker });
  await publisher.publishAll(topic, payloads());
  await publisher.close();
}

let done = 0;
const take = () => {
  if (++done === count) {
    subscriber.stop();
  }
};
const subscriber = new Subscriber(name, take, { broker });
const published = await measured(publish);
console.log(published, await measured(() => subscriber.run()));
