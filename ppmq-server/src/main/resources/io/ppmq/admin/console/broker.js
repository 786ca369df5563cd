// Requests to the broker, and the history of its answers over the last minutes.

const POLL_MILLIS = 2000;
const SAMPLES_MAX = 150;

const AGAIN_MILLIS = 300;
const AGAIN_MAX = 10;

/** The answer; asks again if the broker is busy with others who read as much. */
async function answer(method, path) {
  let response = await fetch(path, { method, cache: "no-store" });
  for (let again = 0; again < AGAIN_MAX && response.headers.has("Retry-After"); again++) {
    await new Promise((done) => setTimeout(done, AGAIN_MILLIS));
    response = await fetch(path, { method, cache: "no-store" });
  }
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text.trim() || `the broker answers ${response.status}`);
  }
  return { text, headers: response.headers };
}

const ask = async (method, path) => (await answer(method, path)).text;

export function query(path, parameters) {
  const named = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return named.length === 0 ? path : `${path}?${new URLSearchParams(named)}`;
}

export const get = (path, parameters = {}) => ask("GET", query(path, parameters));
export const post = async (path, parameters) => JSON.parse(await ask("POST", query(path, parameters)));

/** The permission of this page: "look" or "change". */
export async function access() {
  return JSON.parse(await get("/access")).browser;
}

const KEPT = "ppmq-history";
const KEPT_TOPICS_MAX = 100;

/** The rates and depths of the broker ("") and of each topic, newest last. */
const histories = new Map();
let last = null;

export function historyOf(topic) {
  return histories.get(topic) ?? { times: [], rows: [] };
}

/** The newest row of a history: published, delivered, acknowledged per second, backlog, in flight. */
export function newest(topic) {
  return historyOf(topic).rows.at(-1) ?? [null, null, null, null, null];
}

function totals(topics) {
  const sum = [0, 0, 0, 0, 0];
  for (const topic of topics) {
    sum[0] += topic.published;
    for (const queue of topic.subscribers) {
      sum[1] += queue.delivered;
      sum[2] += queue.acknowledged;
      sum[3] += queue.backlog;
      sum[4] += queue.inFlight;
    }
  }
  return sum;
}

function note(name, sums, seconds) {
  const history = histories.get(name) ?? { times: [], rows: [], sums: null };
  const rate = (i) =>
    history.sums !== null && seconds > 0 ? Math.max(0, (sums[i] - history.sums[i]) / seconds) : null;
  history.times.push(Date.now() / 1000);
  history.rows.push([rate(0), rate(1), rate(2), sums[3], sums[4]]);
  history.sums = sums;
  if (history.times.length > SAMPLES_MAX) {
    history.times.shift();
    history.rows.shift();
  }
  histories.set(name, history);
}

/** Requests the state once; counters that restart begin a new history. */
export async function look() {
  const stats = JSON.parse(await get("/stats"));
  if (last === null) {
    recall(stats);
  }
  const before = last === null ? recalled : last.uptimeSeconds;
  const seconds = before === null ? 0 : stats.uptimeSeconds - before;
  if (seconds < 0) {
    histories.clear();
  }
  note("", totals(stats.topics), seconds);
  const names = new Set([""]);
  for (const topic of stats.topics) {
    note(topic.topic, totals([topic]), seconds);
    names.add(topic.topic);
  }
  [...histories.keys()].filter((name) => !names.has(name)).forEach((name) => histories.delete(name));
  last = stats;
  return stats;
}

export const stats = () => last;

// ---- over a reload of the page ----

let recalled = null;

const startOf = (stats) => Date.now() / 1000 - stats.uptimeSeconds;

/** Keeps the history for this tab: the broker's and that of the first topics. */
function keep() {
  if (last === null) {
    return;
  }
  const kept = [...histories].slice(0, KEPT_TOPICS_MAX);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ start: startOf(last), uptime: last.uptimeSeconds, at: Date.now(), kept }));
  } catch {
    sessionStorage.removeItem(KEPT); // no room: the charts start empty
  }
}

/** Restores the history, if it belongs to the running broker and is not too old. */
function recall(now) {
  try {
    const { start, uptime, at, kept } = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
    const same = Math.abs(start - startOf(now)) < 5 && uptime <= now.uptimeSeconds;
    if (same && Date.now() - at < SAMPLES_MAX * POLL_MILLIS) {
      kept.forEach(([name, history]) => histories.set(name, history));
      recalled = uptime;
    }
  } catch {
    histories.clear();
  }
}

addEventListener("pagehide", keep);

/**
 * Requests the state every two seconds while the page is visible; `told` gets the stats or an error.
 */
export function follow(told) {
  let timer = 0;
  let busy = false;
  const once = async () => {
    clearTimeout(timer);
    if (busy || document.hidden) {
      return;
    }
    busy = true;
    try {
      told(await look(), null);
    } catch (error) {
      told(last, error);
    } finally {
      busy = false;
    }
    timer = setTimeout(once, POLL_MILLIS);
  };
  document.addEventListener("visibilitychange", once);
  once();
  return once;
}

/**
 * The messages that a peek finds, each with the text of its payload as it is stored (JSON.parse would change
 * the digits of large numbers), and the bound of the broker that ended the list, or null.
 */
export async function peek(parameters) {
  const { text, headers } = await answer("GET", query("/peek", parameters));
  return { messages: peeked(text), ended: headers.get("Ppmq-Ended") };
}

function peeked(text) {
  const lines = text.split("\n").map((line) => line.replace(/,$/, "")).filter((line) => line.startsWith("{"));
  const messages = JSON.parse(text);
  return messages.map((message, i) => ({
    ...message,
    text: lines.length === messages.length ? payloadIn(lines[i]) : JSON.stringify(message.payload),
  }));
}

function payloadIn(line) {
  const from = line.indexOf(',"payload":') + 11;
  const to = line.lastIndexOf(',"priority":');
  return line.slice(from, to).replace(/,"expires":"[^"\\]*"$/, "");
}

export function letters(text) {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { deadLetter, id, letter } = JSON.parse(line);
      const from = line.indexOf(',"payload":');
      return { deadLetter, id, ...letter, text: line.slice(from + 11, -2) };
    });
}
