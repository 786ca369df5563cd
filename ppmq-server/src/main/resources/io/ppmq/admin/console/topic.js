// The page of one topic: its subscribers, their waiting messages, its dead letters.

import { newest, post } from "./broker.js";
import { charts } from "./charts.js";
import { deadLetters } from "./letters.js";
import { peekCard } from "./messages.js";
import { full } from "./overview.js";
import { about, chip, confirmed, count, duration, el, notice, percent, rate, state, table, tile } from "./page.js";

/** The dead letters to show: those of this topic, or all if it is a dead-letter topic. */
function graveOf(topic, stats) {
  return stats.topics.some((other) => other.deadLetter === topic.topic) ? topic.topic : topic.deadLetter;
}

export function topicPage(name, view, rights) {
  let standing = null;
  const chips = el("span", { class: "chips" });
  const actions = el("span", { class: "actions" });
  const tiles = {
    published: tile("published"),
    backlog: tile("waiting"),
    inFlight: tile("in flight"),
    nacked: tile("nacked"),
    delayed: tile("delayed"),
    full: tile("full"),
    replaced: tile("replaced"),
    lost: tile("refused, dropped"),
    died: tile("died since the start"),
  };
  const graphs = charts(name);
  const say = (text, bad) => notice(view, text, bad);
  const peek = peekCard(name, say);
  const dead = deadLetters(name, say, rights);
  const test = testCard();

  async function change(path, parameters, done) {
    try {
      say(done(await post(path, parameters)));
      rights.refresh();
    } catch (error) {
      say(error.message, true);
    }
  }

  const of = (subscriber) => (subscriber === undefined ? `topic ${name}` : `topic ${name}, subscriber ${subscriber}`);

  async function pause(subscriber) {
    const text = `Nothing of ${of(subscriber)} will be pushed until it is resumed, also after restarts. Messages in flight stay in flight.`;
    if (await confirmed("Pause?", text, "Pause")) {
      await change("/pause", { topic: name, subscriber }, () => `Paused: ${of(subscriber)}`);
    }
  }

  async function resume(subscriber) {
    if (await confirmed("Resume?", `Messages that wait in ${of(subscriber)} will be pushed again.`, "Resume")) {
      await change("/resume", { topic: name, subscriber }, () => `Resumed: ${of(subscriber)}`);
    }
  }

  async function purge(subscriber, waiting) {
    const text = `${count(waiting)} messages of ${of(subscriber)} will be gone for good.`;
    if (await confirmed("Purge?", text, "Purge", true)) {
      await change("/purge", { topic: name, subscriber }, (answer) => {
        const gone = answer.purged.reduce((all, one) => all + one.messages, 0);
        return `Purged: ${of(subscriber)}, ${count(gone)} messages`;
      });
      await peek.again();
    }
  }

  /** Publishes one message, as a trial. */
  function testCard() {
    const payload = el("textarea", { rows: 3, "aria-label": "payload", spellcheck: "false" }, '"a test"');
    const key = el("input", { placeholder: "Key, or none", "aria-label": "key of the message" });
    const priority = el("input", { type: "number", min: 0, value: 0, "aria-label": "priority" });
    const go = el("button", { on: () => publish(payload.value, key.value, priority.value) }, "Publish");
    const form = el("div", { class: "form" }, payload, el("div", { class: "actions" }, key, el("label", {}, "priority ", priority), go));
    return el("details", { class: "card", id: "test", hidden: "" }, el("summary", {}, "Publish a test message"), form);
  }

  async function publish(text, key, priority) {
    let payload = text;
    try {
      JSON.parse(text);
    } catch {
      payload = JSON.stringify(text);
    }
    const parameters = { topic: name, payload, priority, key: key === "" ? undefined : key };
    await change("/publish", parameters, () => `Published: one message to topic ${name}`);
    await peek.again();
  }

  const queueActions = (queue) =>
    el(
      "div",
      { class: "actions" },
      el("button", { on: () => peek.show(queue.subscriber) }, "Peek"),
      rights.change ? el("button", { on: () => (queue.paused ? resume : pause)(queue.subscriber) }, queue.paused ? "Resume" : "Pause") : null,
      rights.change ? el("button", { class: "danger", on: () => purge(queue.subscriber, current(queue)) }, "Purge") : null,
    );
  const current = (queue) => {
    const now = standing.topic.subscribers.find((one) => one.subscriber === queue.subscriber) ?? queue;
    return now.backlog + now.inFlight + now.nacked;
  };
  const states = (queue) => el("span", { class: "chips" }, state(queue), queue.paused ? chip("paused", "warn") : null);

  const subscribers = table(
    [
      { label: "Subscriber", left: true, show: (q) => q.subscriber },
      { label: "State", left: true, key: (q) => `${q.state} ${q.paused}`, show: states },
      { label: "Waiting", show: (q) => count(q.backlog) },
      { label: "On disk", show: (q) => about(q.diskBytes) },
      { label: "In flight", show: (q) => count(q.inFlight) },
      { label: "Nacked", show: (q) => count(q.nacked) },
      { label: "Oldest", show: (q) => duration(q.oldestAgeSeconds) },
      { label: "Acknowledged", show: (q) => count(q.acknowledged) },
      { label: "Redelivered", show: (q) => count(q.redelivered) },
      { label: "Expired", show: (q) => count(q.expired) },
      { label: "", wide: true, key: (q) => `${q.paused} ${rights.change}`, show: queueActions },
    ],
    "subscribers",
  );

  /** Each subscriber for which a letter shown here may have died. */
  function mourned(topic, stats) {
    const sources = stats.topics.filter((other) => other === topic || other.deadLetter === name);
    return [...new Set(sources.flatMap((other) => other.subscribers.map((queue) => queue.subscriber)))];
  }

  let shownActions = null;
  function updateActions(topic) {
    const key = `${topic.paused} ${topic.configured} ${rights.change} ${topic.delayed > 0}`;
    if (key === shownActions) {
      return;
    }
    shownActions = key;
    chips.replaceChildren(
      ...[topic.paused ? chip("paused", "warn") : null, topic.configured ? null : chip("not configured", "warn")].filter((one) => one !== null),
    );
    const look = topic.delayed > 0 ? [el("button", { on: () => peek.show(undefined) }, "Peek at delayed")] : [];
    const buttons = [
      el("button", { on: () => (topic.paused ? resume() : pause()) }, topic.paused ? "Resume topic" : "Pause topic"),
      el("button", { class: "danger", on: () => purge(undefined, standing.topic.subscribers.reduce((all, q) => all + q.backlog + q.inFlight + q.nacked, standing.topic.delayed)) }, "Purge topic"),
    ];
    actions.replaceChildren(...look, ...(rights.change ? buttons : []));
    test.hidden = !rights.change || !topic.configured;
  }

  const missing = el("p", { class: "card faint", hidden: "" }, "There is no such topic.");
  return {
    title: `${name} – ppMQ`,
    elements: [
      el("div", { class: "heading" }, el("a", { href: "#/" }, "Topics"), el("span", { class: "faint" }, "/"), el("h1", {}, name), chips, el("span", { class: "spacer" }), actions),
      missing,
      el("div", { class: "tiles" }, ...Object.values(tiles).map((one) => one.element)),
      graphs.element,
      el("section", { class: "card" }, el("h2", {}, "Subscribers"), el("div", { class: "scroll" }, subscribers.element)),
      peek.element,
      dead.element,
      test,
    ],
    update(stats) {
      const topic = stats.topics.find((one) => one.topic === name);
      missing.hidden = topic !== undefined;
      if (topic === undefined) {
        return;
      }
      standing = { topic, stats };
      const [published, , , backlog, inFlight] = newest(name);
      tiles.published.set(rate(published));
      tiles.backlog.set(count(backlog));
      tiles.inFlight.set(count(inFlight));
      tiles.nacked.set(count(topic.subscribers.reduce((all, queue) => all + queue.nacked, 0)));
      tiles.delayed.set(count(topic.delayed));
      const bound = full(topic);
      tiles.full.element.hidden = bound === null;
      tiles.full.set(bound === null ? "" : percent(bound[0] / bound[1]));
      tiles.replaced.set(count(topic.replaced));
      tiles.lost.set(count(topic.rejected + topic.evicted + topic.dropped));
      tiles.died.set(count(topic.died));
      graphs.update();
      subscribers.update(topic.subscribers, (queue) => queue.subscriber);
      updateActions(topic);
      dead.update(graveOf(topic, stats) !== undefined, mourned(topic, stats));
    },
    end: graphs.end,
  };
}
