// Shows messages, and peeks at waiting messages.

import { peek } from "./broker.js";
import { chip, el, moment, pretty, put } from "./page.js";

const TEXT_MAX = 20000;
const PEEK = 20;
const PEEK_MAX = 1000;
const ENDS = {
  bytes: "The list ends here, after 4 MiB of payloads. More messages may wait; the key finds one.",
  looks: "The list ends here, after the number of messages that a peek reads. More messages may wait.",
};
const STATES = ["queued", "in flight", "redeliver", "nacked"];

const cut = (text) => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}… (${text.length} characters)` : text);

/** A message: its fields and its payload, on several lines if it is long JSON. */
export function message(about, text, actions) {
  const parts = about.map((part) => (typeof part === "string" ? el("span", {}, part) : part));
  const plain = cut(text);
  const shown = pretty(plain);
  const pre = el("pre", {}, shown);
  const swap = el("button", { class: "small", on: () => put(pre, pre.textContent === shown ? plain : shown) }, "as stored");
  const head = el("div", { class: "about" }, ...parts);
  if (shown !== plain) {
    head.append(swap);
  }
  if (actions) {
    head.append(actions);
  }
  return el("div", { class: "message" }, head, pre);
}

function peekedMessage(one) {
  const about = [chip(one.state, one.state === "queued" ? "" : "warn"), el("b", {}, one.key), `priority ${one.priority}`];
  if (one.attempt > 1) {
    about.push(`attempt ${one.attempt}`);
  }
  if (one.replaced) {
    about.push("replaced by a newer one, payload not kept");
    return message(about, "", null);
  }
  if (one.due) {
    about.push(`due ${moment(one.due)}`);
  }
  if (one.reason) {
    about.push(`reason: ${one.reason}`);
  }
  about.push(`published ${moment(one.published)}`);
  if (one.expires) {
    about.push(`expires ${moment(one.expires)}`);
  }
  return message(about, one.text, null);
}

/** A card with the next messages of a subscriber, or the delayed messages of a topic. */
export function peekCard(name, say) {
  let whose;
  let max = PEEK;
  const title = el("h2", {}, "Peek");
  const states = el("select", { "aria-label": "state" }, el("option", { value: "" }, "all states"), ...STATES.map((one) => el("option", { value: one }, one)));
  const key = el("input", { type: "search", placeholder: "Key", "aria-label": "key" });
  const box = el("div", { id: "peek" });
  const more = el("button", { hidden: "" }, "More");
  const element = el("section", { class: "card", hidden: "" }, el("div", { class: "heading" }, title, el("span", { class: "spacer" }), states, key), box, more);

  async function load() {
    const delayed = whose === undefined;
    put(title, delayed ? "Delayed messages, the next first" : `Messages that ${whose} has and gets next`);
    states.hidden = delayed;
    const state = delayed ? "delayed" : states.value;
    const filter = { state: state || undefined, key: key.value === "" ? undefined : key.value };
    try {
      const { messages, ended } = await peek({ topic: name, subscriber: whose, max, ...filter });
      const list = messages.map(peekedMessage);
      box.replaceChildren(...(list.length === 0 && ended === null ? [el("p", { class: "faint" }, "Nothing waits.")] : list));
      if (ended in ENDS && !(ended === "looks" && filter.key && list.length > 0)) {
        box.append(el("p", { class: "faint" }, ENDS[ended]));
      }
      more.hidden = list.length < max || max === PEEK_MAX;
    } catch (error) {
      say(error.message, true);
    }
  }

  const anew = () => {
    max = PEEK;
    return load();
  };
  states.addEventListener("change", anew);
  key.addEventListener("change", anew);
  more.addEventListener("click", () => {
    max = Math.min(PEEK_MAX, max * 5);
    load();
  });
  return {
    element,
    /** For a subscriber; for delayed messages if there is none. */
    async show(subscriber, state = "") {
      whose = subscriber;
      states.value = state;
      element.hidden = false;
      await anew();
      element.scrollIntoView({ block: "nearest" });
    },
    again: () => (element.hidden ? undefined : load()),
  };
}
