// The page of the whole broker.

import { newest } from "./broker.js";
import { charts } from "./charts.js";
import { about, bytes, chip, count, duration, el, fullness, put, rate, state, table, tile } from "./page.js";

/** The most rows to show, since a browser draws more slowly; the filter finds the others. */
const ROWS_MAX = 500;

const sum = (topic, field) => topic.subscribers.reduce((all, queue) => all + queue[field], 0);
const oldest = (queues) => {
  const ages = queues.map((queue) => queue.oldestAgeSeconds).filter((age) => age !== null);
  return ages.length === 0 ? null : Math.max(...ages);
};
const disk = (topic) => Math.max(0, ...topic.subscribers.map((queue) => queue.diskBytes));
const href = (topic) => `#/topic/${encodeURIComponent(topic)}`;

/** The level relative to the nearer bound; null without a bound. */
export function full(topic) {
  const parts = [
    [topic.retained, topic.maxMessages],
    [topic.retainedBytes, topic.maxBytes],
  ].filter(([, max]) => max > 0);
  return parts.length === 0 ? null : parts.reduce((a, b) => (b[0] / b[1] > a[0] / a[1] ? b : a));
}

const part = (topic) => {
  const bound = full(topic);
  return bound === null ? -1 : bound[0] / bound[1];
};

function standing(topic) {
  const chips = [];
  if (topic.paused) {
    chips.push(chip("paused", "warn"));
  }
  if (!topic.configured) {
    chips.push(chip("not configured", "warn"));
  }
  for (const queue of topic.subscribers) {
    const kinds = { connected: "good", unreachable: "bad", detached: "warn" };
    chips.push(chip(queue.subscriber + (queue.paused && !topic.paused ? ": paused" : ""), queue.paused ? "warn" : kinds[queue.state]));
  }
  return el("div", { class: "chips" }, ...chips);
}

const standingKey = (topic) =>
  JSON.stringify([topic.paused, topic.configured, topic.subscribers.map((q) => [q.subscriber, q.state, q.paused])]);

const dead = (topic) => (topic.died > 0 ? el("a", { href: href(topic.topic) }, count(topic.died)) : "0");

const topicColumns = [
  { label: "Topic", left: true, sort: (t) => t.topic, key: (t) => t.topic, show: (t) => el("a", { href: href(t.topic) }, t.topic) },
  { label: "Published", sort: (t) => newest(t.topic)[0] ?? 0, show: (t) => rate(newest(t.topic)[0]) },
  { label: "Acked", sort: (t) => newest(t.topic)[2] ?? 0, show: (t) => rate(newest(t.topic)[2]) },
  { label: "Waiting", sort: (t) => sum(t, "backlog"), show: (t) => count(sum(t, "backlog")) },
  { label: "In flight", sort: (t) => sum(t, "inFlight"), show: (t) => count(sum(t, "inFlight")) },
  { label: "Nacked", sort: (t) => sum(t, "nacked"), show: (t) => count(sum(t, "nacked")) },
  { label: "Delayed", sort: (t) => t.delayed, show: (t) => count(t.delayed) },
  { label: "Died", sort: (t) => t.died, key: (t) => t.died, show: dead },
  { label: "Oldest", sort: (t) => oldest(t.subscribers) ?? -1, show: (t) => duration(oldest(t.subscribers)) },
  { label: "On disk", sort: disk, show: (t) => about(disk(t)) },
  { label: "Full", sort: part, key: part, show: (t) => (full(t) === null ? "–" : fullness(...full(t))) },
  { label: "Subscribers", left: true, wide: true, key: standingKey, show: standing },
];

const subscriberColumns = [
  { label: "Subscriber", left: true, sort: (s) => s.subscriber, show: (s) => s.subscriber },
  { label: "State", left: true, sort: (s) => s.state, key: (s) => `${s.state} ${s.paused}`, show: (s) => el("span", { class: "chips" }, state(s), s.paused ? chip("paused", "warn") : null) },
  { label: "Workers", sort: (s) => s.workers, show: (s) => count(s.workers) },
  { label: "Topics", sort: (s) => s.queues.length, show: (s) => count(s.queues.length) },
  { label: "Waiting", sort: (s) => s.backlog, show: (s) => count(s.backlog) },
  { label: "In flight", sort: (s) => s.inFlight, show: (s) => count(s.inFlight) },
  { label: "Nacked", sort: (s) => s.nacked, show: (s) => count(s.nacked) },
  { label: "Oldest", sort: (s) => oldest(s.queues) ?? -1, show: (s) => duration(oldest(s.queues)) },
];

/** Each subscriber with its messages of all topics. */
function subscribersOf(stats) {
  const queues = new Map();
  stats.topics.forEach((topic) =>
    topic.subscribers.forEach((queue) => {
      queues.set(queue.subscriber, [...(queues.get(queue.subscriber) ?? []), queue]);
    }),
  );
  return stats.subscribers.map((one) => {
    const own = queues.get(one.subscriber) ?? [];
    const all = (field) => own.reduce((sum, queue) => sum + queue[field], 0);
    return { ...one, queues: own, backlog: all("backlog"), inFlight: all("inFlight"), nacked: all("nacked") };
  });
}

const shownOf = (bound, n) => (bound.name.endsWith("bytes") ? bytes(n) : count(n));
const boundColumns = [
  { label: "What", left: true, key: (b) => b.name, show: (b) => b.name.replaceAll("_", " ").replace(/ bytes$/, "") },
  { label: "Used", show: (b) => shownOf(b, b.used) },
  { label: "At most", show: (b) => shownOf(b, b.max) },
  { label: "Full", key: (b) => `${b.used} ${b.max}`, show: (b) => fullness(b.used, b.max) },
  { label: "", left: true, wide: true, show: (b) => b.meaning },
];

export function overview() {
  const tiles = {
    published: tile("published"),
    acknowledged: tile("acknowledged"),
    backlog: tile("waiting"),
    inFlight: tile("in flight"),
    dead: tile("died since the start"),
    oldest: tile("oldest waits for"),
    disk: tile("on the disk"),
    connections: tile("connections"),
  };
  const graphs = charts("");
  const topics = table(topicColumns, "topics");
  const subscribers = table(subscriberColumns, "subscribers");
  const bounds = table(boundColumns, "bounds");
  const filter = el("input", { type: "search", placeholder: "Filter", "aria-label": "filter topics and subscribers" });
  const found = el("span", { class: "faint" });
  let seen = null;
  filter.addEventListener("input", () => seen !== null && lists(seen));

  const matches = (name) => name.toLowerCase().includes(filter.value.trim().toLowerCase());

  function lists(stats) {
    const all = stats.topics.filter((topic) => matches(topic.topic) || topic.subscribers.some((q) => matches(q.subscriber)));
    const few = all.slice(0, ROWS_MAX);
    put(found, few.length === stats.topics.length ? "" : `${count(few.length)} of ${count(stats.topics.length)}`);
    topics.update(few, (topic) => topic.topic);
    const people = subscribersOf(stats).filter((one) => matches(one.subscriber));
    subscribers.update(people.slice(0, ROWS_MAX), (one) => one.subscriber);
  }

  const scroll = (one) => el("div", { class: "scroll" }, one.element);
  const elements = [
    el("div", { class: "tiles" }, ...Object.values(tiles).map((one) => one.element)),
    graphs.element,
    el(
      "section",
      { class: "card" },
      el("div", { class: "heading" }, el("h2", {}, "Topics"), found, el("span", { class: "spacer" }), topics.choice, filter),
      scroll(topics),
    ),
    el("section", { class: "card" }, el("div", { class: "heading" }, el("h2", {}, "Subscribers"), el("span", { class: "spacer" }), subscribers.choice), scroll(subscribers)),
    el("section", { class: "card" }, el("h2", {}, "Room"), scroll(bounds)),
  ];
  return {
    title: "ppMQ",
    elements,
    update(stats) {
      seen = stats;
      const [published, , acknowledged, backlog, inFlight] = newest("");
      tiles.published.set(rate(published));
      tiles.acknowledged.set(rate(acknowledged));
      tiles.backlog.set(count(backlog));
      tiles.inFlight.set(count(inFlight));
      tiles.dead.set(count(stats.topics.reduce((all, topic) => all + topic.died, 0)));
      tiles.oldest.set(duration(oldest(stats.topics.flatMap((topic) => topic.subscribers))));
      tiles.disk.set(bytes(stats.diskBytes));
      tiles.connections.set(count(stats.bounds.find((bound) => bound.name === "connections")?.used));
      graphs.update();
      lists(stats);
      bounds.update(stats.bounds, (bound) => bound.name);
    },
    end: graphs.end,
  };
}
