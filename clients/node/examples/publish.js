// Publishes messages: publish.js BROKER-SOCKET TOPIC PAYLOAD...

import { Publisher } from "../src/index.js"; // "ppmq", where it is installed

const [broker, topic, ...payloads] = process.argv.slice(2);
const publisher = new Publisher({ broker });
await publisher.publishAll(topic, payloads); // resolves when all are stored
await publisher.close();
