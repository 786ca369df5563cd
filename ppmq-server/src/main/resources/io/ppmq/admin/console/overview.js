// The page of the whole broker.

import { newest } from "./broker.js";
import { charts } from "./charts.js";
import { about, bytes, chip, count, duration, el, rate, table, tile } from "./page.js";

const sum = (topic, field) => topic.subscribers.reduce((all, queue) => all + queue[field], 0);
const oldest = (queues) => {
  const ages = queues.map((queue) => queue.oldestAgeSeconds).filter((age) => age !== null);
  return ages.length === 0 ? null : Math.max(...ages);
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

export function overview() {
  const tiles = {
    published: tile("published"),
    acknowledged: tile("acknowledged"),
    backlog: tile("waiting"),
    inFlight: tile("in flight"),
    oldest: tile("oldest waits for"),
    disk: tile("on the disk"),
  };
  const graphs = charts("");
  const topics = table(
    [
      { label: "Topic", left: true, key: (t) => t.topic, show: (t) => el("a", { href: `#/topic/${encodeURIComponent(t.topic)}` }, t.topic) },
      { label: "Published", show: (t) => rate(newest(t.topic)[0]) },
      { label: "Acknowledged", show: (t) => rate(newest(t.topic)[2]) },
      { label: "Waiting", show: (t) => count(sum(t, "backlog")) },
      { label: "On disk", show: (t) => about(Math.max(0, ...t.subscribers.map((q) => q.diskBytes))) },
      { label: "In flight", show: (t) => count(sum(t, "inFlight")) },
      { label: "Oldest", show: (t) => duration(oldest(t.subscribers)) },
      { label: "Subscribers", left: true, wide: true, key: standingKey, show: standing },
    ],
    "topics",
  );
  const elements = [
    el("div", { class: "tiles" }, ...Object.values(tiles).map((one) => one.element)),
    graphs.element,
    el("section", { class: "card" }, el("h2", {}, "Topics"), topics.element),
  ];
  return {
    title: "ppMQ",
    elements,
    update(stats) {
      const [published, , acknowledged, backlog, inFlight] = newest("");
      tiles.published.set(rate(published));
      tiles.acknowledged.set(rate(acknowledged));
      tiles.backlog.set(count(backlog));
      tiles.inFlight.set(count(inFlight));
      tiles.oldest.set(duration(oldest(stats.topics.flatMap((topic) => topic.subscribers))));
      tiles.disk.set(bytes(stats.diskBytes));
      graphs.update();
      topics.update(stats.topics, (topic) => topic.topic);
    },
    end: graphs.end,
  };
}
