// The client against a real broker, and a fake one for what a real one does seldom.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import readline from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import * as ppmq from "../src/index.js";
import { ofAnswer } from "../src/errors.js";
import { Broker } from "./broker.js";
import { FakeBroker } from "./fake.js";

const { Message, Nack, Publisher, Subscriber } = ppmq;
const EXAMPLES = path.join(path.dirname(fileURLToPath(import.meta.url)), "../examples");
const LIMIT = 60_000;

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** What comes in, in its order. */
class Inbox {
  #items = [];
  #takers = [];

  put(item) {
    const taker = this.#takers.shift();
    if (taker) {
      taker(item);
    } else {
      this.#items.push(item);
    }
  }

  get isEmpty() {
    return this.#items.length === 0;
  }

  async next() {
    if (!this.isEmpty) {
      return this.#items.shift();
    }
    let timer;
    const late = new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("nothing came")), LIMIT);
    });
    try {
      return await Promise.race([new Promise((resolve) => this.#takers.push(resolve)), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

let broker;
const children = [];

before(async () => {
  broker = await new Broker({
    plain: ["AckRetry: 1m", "Priorities: 3"],
    keyed: ["Dedupe: true"],
    many: [],
    full: ["MaxMessages: 1", "WhenFull: reject"],
    block: ["MaxMessages: 1"],
    dead: [],
    fails: ["DeadLetter: dead"],
    work: ["AckRetry: 1m"],
    slow: ["AckRetry: 1m"],
    whole: ["AckRetry: 1m"],
    sock: ["AckRetry: 1m"],
    late: ["AckRetry: 300ms"],
    again: [],
    shown: [],
  }).start();
});

after(async () => {
  children.forEach((child) => child.kill("SIGKILL"));
  await broker.close();
});

async function publishing(work, options = {}) {
  const publisher = new Publisher({ broker: broker.address, ...options });
  try {
    return await work(publisher);
  } finally {
    await publisher.close();
  }
}

const publish = (topic, ...messages) => publishing((p) => p.publish(topic, ...messages));

async function subscribed(topic, work, { handler = () => {}, ...options } = {}) {
  const inbox = new Inbox();
  inbox.problems = [];
  const take = (message) => {
    inbox.put(message);
    return handler(message);
  };
  const subscriber = new Subscriber(`${topic}-s`, take, {
    broker: broker.address,
    problem: (sentence) => inbox.problems.push(sentence),
    ...options,
  });
  const serving = subscriber.run();
  try {
    return await work(inbox, subscriber);
  } finally {
    subscriber.stop();
    await serving;
  }
}

describe("a client", { timeout: 2 * LIMIT }, () => {
  it("delivers messages in their order with their fields", async () => {
    const tomorrow = new Date(Date.now() + 86_400_000);
    await publish(
      "plain",
      new Message({ a: [1, "ü", null] }, { priority: 2, expires: tomorrow }),
      "two words",
      new Message("later", { delay: 400 }),
    );
    await subscribed("plain", async (inbox) => {
      const first = await inbox.next();
      const second = await inbox.next();
      assert.deepEqual(["two words", 0, 1], [first.payload, first.priority, first.attempt]);
      assert.deepEqual({ a: [1, "ü", null] }, second.payload);
      assert.equal(second.priority, 2);
      assert.deepEqual(second.expires, tomorrow);
      assert.equal((await inbox.next()).payload, "later");
    });
  });

  it("has a message come again whatever is wrong with its nack", async () => {
    const mute = Object.create(null); // has no text
    const fail = (failure) => () => {
      throw failure;
    };
    for (const [payload, failure, options] of [
      ["wrong duration", new Error(), { retryAfter: "soon" }],
      ["no duration", new Error(), { retryAfter: () => ({}) }],
      ["no JSON", new Error(), { retryAfter: () => 1n }],
      ["problem", new Error(), { problem: fail(new Error()) }],
      ["mute", mute, {}],
    ]) {
      await publish("again", payload);
      const handler = (message) => (message.attempt === 1 ? fail(failure)() : undefined);
      await subscribed(
        "again",
        async (inbox) => {
          assert.equal((await inbox.next()).attempt, 1);
          const again = await inbox.next();
          assert.deepEqual([again.payload, again.attempt], [payload, 2]);
        },
        { handler, ...options },
      );
    }
  });

  it("keeps all digits of a number in the text of a payload", async () => {
    const payloads = [
      "12345678901234567890",
      '{"id": 9007199254740993, "Payload": [1.10, "a\\\\"], "s": "\\"}{"}',
      '"\\\\"',
    ];
    await publish("many", "first", ...payloads.map((text) => Message.ofJson(text, { key: "k" })));
    await subscribed("many", async (inbox) => {
      assert.equal((await inbox.next()).json, '"first"');
      for (const text of payloads) {
        const message = await inbox.next();
        assert.equal(message.json, text);
        assert.deepEqual(message.payload, JSON.parse(text));
      }
    });
    assert.throws(() => Message.ofJson('1},{"Payload":2'), SyntaxError);
  });

  it("replaces the queued message of a key", async () => {
    await publish("keyed", new Message("old", { key: "k" }));
    await publish("keyed", new Message("new", { key: "k" }));
    await subscribed("keyed", async (inbox) => {
      const message = await inbox.next();
      assert.deepEqual(["k", "new"], [message.key, message.payload]);
      await sleep(300);
      assert.ok(inbox.isEmpty);
    });
  });

  it("pipelines a stream and counts it", async () => {
    const numbers = Array.from({ length: 3000 }, (unused, i) => i);
    assert.equal(await publishing((p) => p.publishAll("many", numbers), { window: 100 }), 3000);
    await subscribed(
      "many",
      async (inbox) => {
        const got = new Set();
        for (let i = 0; i < 3000; i++) {
          got.add((await inbox.next()).payload);
        }
        assert.equal(got.size, 3000);
      },
      { workers: 2, concurrency: 4 },
    );
  });

  it("has a class and a code for a refusal", async () => {
    await publishing(async (p) => {
      await assert.rejects(p.publish("nowhere", "x"), (e) => {
        assert.ok(e instanceof ppmq.UnknownName);
        assert.deepEqual([e.code, e.final], ["unknown-topic", true]);
        return true;
      });
      await assert.rejects(p.publish("plain", new Message("x", { delay: "soon" })), ppmq.Malformed);
      await p.publish("full", "x");
      await assert.rejects(p.publish("full", "y"), (e) => {
        assert.ok(e instanceof ppmq.TopicFull);
        assert.equal(e.final, false);
        return true;
      });
      await assert.rejects(p.publishAll("nowhere", ["x", "y"]), ppmq.UnknownName);
      await assert.rejects(p.publish("plain", undefined), TypeError);
    });
  });

  it("leaves a message in doubt that a full topic holds", async () => {
    await publishing(
      async (p) => {
        await p.publish("block", "x");
        await assert.rejects(p.publish("block", "y"), ppmq.Unconfirmed);
      },
      { timeout: 500 },
    );
  });

  it("nacks with the reason of a handler that fails", async () => {
    const handler = (message) => {
      if (message.attempt === 1) {
        throw new Error("not\nyet");
      }
      throw new Nack("never mind", ppmq.NEVER);
    };
    await publish("fails", "x");
    await subscribed("dead", (dead) =>
      subscribed(
        "fails",
        async (inbox) => {
          assert.equal((await inbox.next()).attempt, 1);
          assert.equal((await inbox.next()).attempt, 2);
          const letter = (await dead.next()).payload;
          assert.deepEqual([letter.reason, letter.payload], ["never mind", "x"]);
          assert.equal(inbox.problems.length, 1);
        },
        { handler, retryAfter: () => 0 },
      ),
    );
  });

  it("works with several workers at the same time", async () => {
    let release;
    const both = new Promise((resolve) => (release = resolve));
    let running = 0;
    const handler = () => {
      running++;
      if (running === 2) {
        release();
      }
      return both;
    };
    await subscribed(
      "work",
      async () => {
        await publish("work", "a", "b");
        await both;
      },
      { handler, workers: 2, batchSize: 1, topics: ["work"] },
    );
  });

  it("says with extend whether a message is still out", async () => {
    const extended = new Inbox();
    const handler = async (message) => {
      for (let i = 0; i < 5; i++) {
        await sleep(100);
        extended.put(await message.extend());
      }
    };
    await publish("late", "x");
    await subscribed(
      "late",
      async (inbox) => {
        const message = await inbox.next();
        for (let i = 0; i < 5; i++) {
          await extended.next();
        }
        while (await message.extend()) {
          await sleep(10); // the acknowledgement is on its way
        }
      },
      { handler },
    );
  });

  it("hands a batch over as a whole", async () => {
    await publish("whole", "a", "b", "c");
    await subscribed(
      "whole",
      async (inbox) => {
        assert.deepEqual(
          (await inbox.next()).map((m) => m.payload),
          ["a", "b", "c"],
        );
      },
      { batches: true },
    );
  });

  it("finishes what was begun when it stops, and leaves the rest", async () => {
    await publish("slow", "first", "second");
    await subscribed("slow", (inbox) => inbox.next(), { handler: () => sleep(200) });
    await subscribed("slow", async (inbox) => {
      const message = await inbox.next();
      assert.deepEqual([message.payload, message.attempt], ["second", 2]);
      await sleep(300);
      assert.ok(inbox.isEmpty);
    });
  });

  it("listens on a socket of its own", async () => {
    const options = { socket: broker.own };
    await subscribed(
      "sock",
      async (inbox) => {
        await publish("sock", "x");
        assert.equal((await inbox.next()).payload, "x");
      },
      options,
    );
    await subscribed(
      "sock",
      async (inbox) => {
        await sleep(300);
        assert.ok(inbox.isEmpty); // it was acknowledged
      },
      options,
    );
  });

  it("ends when the broker does not know the subscriber", async () => {
    const subscriber = new Subscriber("nobody", () => {}, { broker: broker.address, workers: 2 });
    await assert.rejects(subscriber.run(), ppmq.UnknownName);
  });

  it("sends again what a killed broker did not confirm", async () => {
    const killed = await new Broker({ jobs: [] }).start();
    let subscriber;
    let serving;
    let publisher;
    try {
      const got = new Set();
      let first;
      let last;
      const begun = new Promise((resolve) => (first = resolve));
      const done = new Promise((resolve) => (last = resolve));
      const take = (message) => {
        got.add(message.payload);
        first();
        if (got.size === 2000) {
          last();
        }
      };
      const options = { broker: killed.address, problem: () => {} };
      subscriber = new Subscriber("jobs-s", take, options);
      serving = subscriber.run();
      publisher = new Publisher({ broker: killed.address, window: 50 });
      const numbers = Array.from({ length: 2000 }, (unused, i) => i);
      const published = publisher.publishAll("jobs", numbers);
      await begun;
      await killed.kill();
      await killed.start();
      assert.equal(await published, 2000);
      await done;
    } finally {
      subscriber?.stop(); // it would connect again and again, and this process would not end
      await serving;
      await publisher?.close();
      await killed.close();
    }
  });

  async function example(name, ...args) {
    const child = spawn(process.execPath, [path.join(EXAMPLES, name), broker.address, ...args]);
    child.stderr.pipe(process.stderr);
    children.push(child);
    return child;
  }

  it("has examples that work", async () => {
    const producer = await example("publish.js", "shown", "a", "b");
    assert.equal((await once(producer, "exit"))[0], 0);
    const worker = await example("worker.js", "shown-s");
    const lines = readline.createInterface(worker.stdout)[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "a");
    assert.equal((await lines.next()).value, "b");
    worker.kill("SIGTERM");
    assert.equal((await once(worker, "exit"))[0], 0);
  });

  it("takes the socket that systemd hands over", async () => {
    // Closing removes the file that was listened at, and not the other name of it.
    const own = net.createServer().listen(`${broker.own}.first`);
    await once(own, "listening");
    fs.linkSync(`${broker.own}.first`, broker.own);
    const shell = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"';
    const args = [path.join(EXAMPLES, "activated.js"), broker.address, "sock-s"];
    const worker = spawn("sh", ["-c", shell, process.execPath, ...args], {
      stdio: ["ignore", "pipe", "inherit", own._handle.fd],
    });
    children.push(worker);
    own.close();
    await publish("sock", "woken");
    const lines = readline.createInterface(worker.stdout)[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "woken");
    worker.kill("SIGTERM");
    assert.equal((await once(worker, "exit"))[0], 0);
  });
});

describe("a subscriber", { timeout: LIMIT }, () => {
  it("nacks a long batch in values that the broker takes", async () => {
    const messages = Array.from({ length: 45_000 }, (unused, i) => ({ Key: `${i}`, Payload: i }));
    const batch = { topic: "t", subscriber: "s", messages };
    const fake = await new FakeBroker([{ push: batch }, ...Array(10).fill({})]).start();
    const fail = () => {
      throw new Error("not yet");
    };
    const options = { broker: fake.address, batches: true, problem: () => {} };
    const subscriber = new Subscriber("s", fail, options);
    const serving = subscriber.run();
    const nacks = () => fake.values.map((value) => value.Nacks ?? []);
    while (nacks().flat().length < 45_000) {
      await sleep(10);
    }
    subscriber.stop();
    await serving;
    fake.close();
    assert.equal(new Set(nacks().flat()).size, 45_000);
    assert.ok(Math.max(...nacks().map((keys) => keys.length)) <= 20_000);
  });
});

describe("a publisher", { timeout: LIMIT }, () => {
  it("refuses what is no option of it", () => {
    const options = { message: /there is no option "socket"; known: broker, timeout, window/ };
    assert.throws(() => new Publisher({ socket: "/run/x" }), options);
    assert.throws(() => new Publisher("/run/x"), /must be an object with broker, .*not \/run\/x/);
    assert.throws(() => new Message("p", { prio: 1 }), /there is no option "prio"/);
    assert.throws(() => new Subscriber("s", () => {}, { topic: "t" }), /there is no option "topic"/);
  });

  it("refuses a timeout that is no number of milliseconds, which would be over at once", () => {
    for (const timeout of ["30s", NaN, -1, Infinity, 2 ** 31]) {
      const refusal = { name: "RangeError", message: /the timeout must be a number of milliseconds/ };
      assert.throws(() => new Publisher({ timeout }), refusal);
      assert.throws(() => new Subscriber("s", () => {}, { timeout }), refusal);
    }
  });

  it("stores nothing where no broker is", async () => {
    const publisher = new Publisher({ broker: "/nowhere/ppmq.socket", timeout: 200 });
    await assert.rejects(publisher.publish("t", "x"), ppmq.Unreachable);
    await publisher.close();
  });

  it("sends nothing that is no JSON, which would end the connection for others", async () => {
    const publisher = new Publisher({ broker: "/nowhere/ppmq.socket", timeout: 200 });
    await assert.rejects(publisher.publish(undefined, "x"), TypeError);
    await publisher.close();
  });

  it("is closed also while it connects", async (t) => {
    const fake = await new FakeBroker([]).start();
    t.mock.method(net, "connect", (where) => {
      const socket = new net.Socket();
      setTimeout(() => socket.connect(where), 200);
      return socket;
    });
    const publisher = new Publisher({ broker: fake.address, timeout: 20 });
    await assert.rejects(publisher.publish("t", "x"), ppmq.Unreachable);
    await publisher.close();
    fake.close();
  });

  it("lets a program look later at what was refused", async () => {
    const fake = await new FakeBroker([{ error: "e", code: "denied" }]).start();
    const publisher = new Publisher({ broker: fake.address });
    const { confirmed } = await publisher.submit("t", "x");
    await sleep(200);
    await assert.rejects(confirmed, ppmq.Denied);
    await publisher.close();
    fake.close();
  });

  async function outcome(...script) {
    const fake = await new FakeBroker(script).start();
    const publisher = new Publisher({ broker: fake.address, timeout: 20_000 });
    try {
      await publisher.publish("t", "x");
      return fake.values.length;
    } catch (e) {
      return e;
    } finally {
      await publisher.close();
      fake.close();
    }
  }

  it("sends a value again after a lost connection", async () => {
    assert.equal(await outcome(null, {}), 2);
  });

  it("sends a value again when the broker was stopping", async () => {
    assert.equal(await outcome({ error: "stopping", code: "stopping", close: true }, {}), 2);
  });

  it("takes in-doubt for unconfirmed", async () => {
    assert.ok((await outcome({ error: "e", code: "in-doubt" })) instanceof ppmq.Unconfirmed);
  });

  it("takes a refusal after a lost connection for unconfirmed", async () => {
    const failure = await outcome(null, { error: "full", code: "topic-full" });
    assert.ok(failure instanceof ppmq.Unconfirmed);
  });

  it("takes an unknown code for final", async () => {
    const failure = await outcome({ error: "e", code: "new-code" });
    assert.equal(failure.constructor, ppmq.Refused);
    assert.deepEqual([failure.code, failure.final], ["new-code", true]);
  });

  it("has families of codes", () => {
    const error = "e";
    assert.ok(ofAnswer({ error, code: "denied" }) instanceof ppmq.Denied);
    assert.ok(ofAnswer({ error, code: "too-large" }) instanceof ppmq.Malformed);
    assert.ok(ofAnswer({ error, code: "not-of-topic" }) instanceof ppmq.UnknownName);
    assert.ok(ofAnswer({ error, code: "disk-full" }) instanceof ppmq.Unavailable);
  });
});
