// The page of one topic: its subscribers, what waits for them, its dead letters.

import { get, letters, newest, peeked, post } from "./broker.js";
import { charts } from "./charts.js";
import { about, chip, confirmed, count, duration, el, moment, notice, put, rate, state, table, tile } from "./page.js";

const TEXT_MAX = 20000;
const PEEK = 20;
const DEAD = 50;

const cut = (text) => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}… (${text.length} characters)` : text);

function message(about, text, actions) {
  const parts = about.map((part) => (typeof part === "string" ? el("span", {}, part) : part));
  return el("div", { class: "message" }, el("div", { class: "about" }, ...parts, actions), el("pre", {}, cut(text)));
}

function peekedMessage(one) {
  const about = [chip(one.state, one.state === "queued" ? "" : "warn"), el("b", {}, one.key), `priority ${one.priority}`];
  if (one.attempt > 1) {
    about.push(`attempt ${one.attempt}`);
  }
  if (one.replaced) {
    about.push("replaced by a newer one, and not kept");
    return message(about, "");
  }
  about.push(`published ${moment(one.published)}`);
  if (one.expires) {
    about.push(`expires ${moment(one.expires)}`);
  }
  return message(about, one.text);
}

/** Which dead letters are shown here: those of this topic, or all if it is where they go. */
function graveOf(topic, stats) {
  return stats.topics.some((other) => other.deadLetter === topic.topic) ? topic.topic : topic.deadLetter;
}

export function topicPage(name, view, rights) {
  let standing = null;
  let shownPeek = null;
  const chips = el("span", { class: "chips" });
  const actions = el("span", { class: "actions" });
  const tiles = {
    published: tile("published"),
    backlog: tile("waiting"),
    inFlight: tile("in flight"),
    delayed: tile("delayed"),
    replaced: tile("replaced"),
    lost: tile("refused, dropped"),
    died: tile("dead"),
  };
  const graphs = charts(name);
  const peekTitle = el("h2", {}, "Peek");
  const peekBox = el("div", { id: "peek" });
  const peekCard = el("section", { class: "card", hidden: "" }, peekTitle, peekBox);
  const deadBox = el("div", { id: "dead" }, el("p", { class: "faint" }, "Not looked at yet."));
  const deadFor = el("select", { "aria-label": "died for" }, el("option", { value: "" }, "all subscribers"));
  const deadMore = el("button", { hidden: "" }, "More");
  const deadButtons = el("div", { class: "actions" }, deadFor, el("button", { on: () => dead() }, "Look"));
  const deadCard = el("section", { class: "card", hidden: "" }, el("div", { class: "heading" }, el("h2", {}, "Dead letters"), el("span", { class: "spacer" }), deadButtons), deadBox, deadMore);

  const say = (text, bad) => notice(view, text, bad);

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
    const text = `Nothing of ${of(subscriber)} will be pushed until it is resumed, over restarts too. What is out stays out.`;
    if (await confirmed("Pause?", text, "Pause")) {
      await change("/pause", { topic: name, subscriber }, () => `Paused: ${of(subscriber)}`);
    }
  }

  async function resume(subscriber) {
    if (await confirmed("Resume?", `What waits in ${of(subscriber)} will be pushed again.`, "Resume")) {
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
      if (shownPeek !== null) {
        await peek(shownPeek);
      }
    }
  }

  async function peek(subscriber) {
    shownPeek = subscriber;
    put(peekTitle, `What ${subscriber} has and would get next`);
    peekCard.hidden = false;
    try {
      const messages = peeked(await get("/peek", { topic: name, subscriber, max: PEEK }));
      const list = messages.map(peekedMessage);
      peekBox.replaceChildren(...(list.length === 0 ? [el("p", { class: "faint" }, "Nothing waits.")] : list));
      peekCard.scrollIntoView({ block: "nearest" });
    } catch (error) {
      say(error.message, true);
    }
  }

  const noDead = (text) => deadBox.replaceChildren(el("p", { class: "faint" }, text));

  /** A page of dead letters that lie here or come from here; a further one goes behind `last`. */
  async function dead(last) {
    try {
      const subscriber = deadFor.value === "" ? undefined : deadFor.value;
      const behind = last === undefined ? {} : { in: last.deadLetter, after: last.id };
      const list = letters(await get("/dead", { topic: name, subscriber, max: DEAD, ...behind }));
      if (last === undefined) {
        noDead("None.");
      }
      if (list.length > 0 && last === undefined) {
        deadBox.replaceChildren();
      }
      deadBox.append(...list.map((letter) => deadMessage(letter)));
      deadMore.hidden = list.length < DEAD;
      deadMore.onclick = () => dead(list.at(-1));
    } catch (error) {
      say(error.message, true);
    }
  }

  function deadMessage(letter) {
    const about = [el("b", {}, letter.key), `${letter.topic} for ${letter.subscriber}`, letter.reason, `died ${moment(letter.died)}`];
    const buttons = el(
      "span",
      { class: "actions" },
      el("button", { on: () => bury(letter, "requeue") }, "Requeue"),
      el("button", { class: "danger", on: () => bury(letter, "drop") }, "Drop"),
    );
    return message(about, letter.text, rights.change ? buttons : null);
  }

  async function bury(letter, how) {
    const text =
      how === "requeue"
        ? `The message ${letter.key} will be queued again in topic ${letter.topic}, for ${letter.subscriber} alone.`
        : `The message ${letter.key} will be gone for good.`;
    const title = how === "requeue" ? "Requeue?" : "Drop?";
    if (await confirmed(title, text, title.slice(0, -1), how === "drop")) {
      await change(`/dead/${how}`, { topic: letter.deadLetter, id: letter.id }, () => `${how === "requeue" ? "Requeued" : "Dropped"}: ${letter.key}`);
      await dead();
    }
  }

  const queueActions = (queue) =>
    el(
      "div",
      { class: "actions" },
      el("button", { on: () => peek(queue.subscriber) }, "Peek"),
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

  /** Offers everybody for whom a letter that is shown here may have died. */
  function updateDeadFor(topic, stats) {
    const sources = stats.topics.filter((other) => other === topic || other.deadLetter === name);
    const names = [...new Set(sources.flatMap((other) => other.subscribers.map((queue) => queue.subscriber)))];
    const known = [...deadFor.options].map((option) => option.value);
    names.filter((one) => !known.includes(one)).forEach((one) => deadFor.append(el("option", { value: one }, one)));
  }

  let shownActions = null;
  function updateActions(topic) {
    const key = `${topic.paused} ${topic.configured} ${rights.change} ${topic.retained !== undefined}`;
    if (key === shownActions) {
      return;
    }
    shownActions = key;
    chips.replaceChildren(
      ...[topic.paused ? chip("paused", "warn") : null, topic.configured ? null : chip("not configured", "warn")].filter((one) => one !== null),
    );
    const buttons = [
      el("button", { on: () => (topic.paused ? resume() : pause()) }, topic.paused ? "Resume topic" : "Pause topic"),
      el("button", { class: "danger", on: () => purge(undefined, standing.topic.subscribers.reduce((all, q) => all + q.backlog + q.inFlight + q.nacked, standing.topic.delayed)) }, "Purge topic"),
    ];
    actions.replaceChildren(...(rights.change ? buttons : []));
  }

  const missing = el("p", { class: "card faint", hidden: "" }, "There is no such topic.");
  return {
    title: `${name} – ppMQ`,
    elements: [
      el("div", { class: "heading" }, el("a", { href: "#/" }, "Topics"), el("span", { class: "faint" }, "/"), el("h1", {}, name), chips, el("span", { class: "spacer" }), actions),
      missing,
      el("div", { class: "tiles" }, ...Object.values(tiles).map((one) => one.element)),
      graphs.element,
      el("section", { class: "card" }, el("h2", {}, "Subscribers"), subscribers.element),
      peekCard,
      deadCard,
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
      tiles.delayed.set(count(topic.delayed));
      tiles.replaced.set(count(topic.replaced));
      tiles.lost.set(count(topic.rejected + topic.evicted + topic.dropped));
      tiles.died.set(count(topic.died));
      graphs.update();
      subscribers.update(topic.subscribers, (queue) => queue.subscriber);
      updateActions(topic);
      deadCard.hidden = graveOf(topic, stats) === undefined;
      updateDeadFor(topic, stats);
    },
    end: graphs.end,
  };
}
