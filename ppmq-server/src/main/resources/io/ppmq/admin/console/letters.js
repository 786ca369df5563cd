// The dead letters of a topic, in pages; requeues or drops one, some or all of them.

import { get, letters, post } from "./broker.js";
import { confirmed, count, el, moment, put } from "./page.js";
import { message } from "./messages.js";

const PAGE = 50;
const DONE = { requeue: "Requeued", drop: "Dropped" };

/**
 * A card with the dead letters.
 *
 * @param say shows a sentence
 * @param rights whether anything may be changed, and `refresh`
 */
export function deadLetters(name, say, rights) {
  let shown = [];
  const box = el("div", { id: "dead" }, el("p", { class: "faint" }, "Not loaded yet."));
  const whose = el("select", { "aria-label": "died for" }, el("option", { value: "" }, "all subscribers"));
  const more = el("button", { hidden: "" }, "More");
  const all = el("input", { type: "checkbox", id: "all-letters" });
  const chosen = el("span", { class: "faint" });
  const bar = el("div", { class: "heading choice", hidden: "" });
  const look = el("button", { on: () => list() }, "Look");
  const heading = el("div", { class: "heading" }, el("h2", {}, "Dead letters"), el("span", { class: "spacer" }), whose, look);
  const element = el("section", { class: "card", hidden: "" }, heading, bar, box, more);

  const subscriber = () => (whose.value === "" ? undefined : whose.value);
  const picked = () => shown.filter((one) => one.pick.checked);

  function choiceChanged() {
    const n = picked().length;
    put(chosen, n === 0 ? "" : `${count(n)} selected`);
    all.checked = n > 0 && n === shown.length;
    all.indeterminate = n > 0 && n < shown.length;
  }

  all.addEventListener("change", () => {
    shown.forEach((one) => (one.pick.checked = all.checked));
    choiceChanged();
  });

  const none = (text) => box.replaceChildren(el("p", { class: "faint" }, text));

  function offer() {
    const button = (text, how, everything) =>
      el("button", { class: how === "drop" ? "danger" : "", on: () => (everything ? buryAll(how) : buryPicked(how)) }, text);
    bar.hidden = !rights.change || shown.length === 0;
    bar.replaceChildren(
      el("label", {}, all, " all shown"),
      chosen,
      el("span", { class: "spacer" }),
      button("Requeue selected", "requeue", false),
      button("Drop selected", "drop", false),
      button("Requeue all", "requeue", true),
      button("Drop all", "drop", true),
    );
    choiceChanged();
  }

  /** A page of dead letters in this topic or from it; the next page is appended behind `last`. */
  async function list(last) {
    try {
      const behind = last === undefined ? {} : { in: last.deadLetter, after: last.id };
      const page = letters(await get("/dead", { topic: name, subscriber: subscriber(), max: PAGE, ...behind }));
      if (last === undefined) {
        shown = [];
        none("None.");
      }
      if (page.length > 0 && last === undefined) {
        box.replaceChildren();
      }
      page.forEach((letter) => {
        const pick = el("input", { type: "checkbox", "aria-label": `select ${letter.key}` });
        pick.addEventListener("change", choiceChanged);
        shown.push({ letter, pick });
        box.append(shownLetter(letter, pick));
      });
      more.hidden = page.length < PAGE;
      more.onclick = () => list(page.at(-1));
      offer();
    } catch (error) {
      say(error.message, true);
    }
  }

  function shownLetter(letter, pick) {
    const about = [el("b", {}, letter.key), `${letter.topic} for ${letter.subscriber}`, letter.reason, `died ${moment(letter.died)}`];
    const buttons = el(
      "span",
      { class: "actions" },
      el("button", { on: () => bury([letter], "requeue") }, "Requeue"),
      el("button", { class: "danger", on: () => bury([letter], "drop") }, "Drop"),
    );
    return message(rights.change ? [pick, ...about] : about, letter.text, rights.change ? buttons : null);
  }

  function buryPicked(how) {
    const some = picked().map((one) => one.letter);
    if (some.length === 0) {
      say("Nothing is selected.", true);
      return undefined;
    }
    return bury(some, how);
  }

  const title = (how) => (how === "requeue" ? "Requeue?" : "Drop?");
  const wanted = (how, text) => confirmed(title(how), text, title(how).slice(0, -1), how === "drop");

  async function bury(some, how) {
    const one = some[0];
    const what = some.length === 1 ? `The message ${one.key}` : `${count(some.length)} messages`;
    const whom = some.length === 1 ? `in topic ${one.topic}, for ${one.subscriber} alone` : "each for the subscriber for which it died";
    if (!(await wanted(how, how === "requeue" ? `${what} will be queued again, ${whom}.` : `${what} will be gone for good.`))) {
      return;
    }
    let done = 0;
    const refused = [];
    for (const letter of some) {
      try {
        await post(`/dead/${how}`, { topic: letter.deadLetter, id: letter.id });
        done++;
      } catch (error) {
        refused.push(error.message);
      }
    }
    told(how, some.length === 1 ? one.key : done, refused.length, refused[0]);
    await list();
  }

  async function buryAll(how) {
    const whose = subscriber() === undefined ? "" : ` that died for ${subscriber()}`;
    const text = how === "requeue" ? "will be queued again." : "will be gone for good.";
    if (await wanted(how, `All dead letters of topic ${name}${whose}, also those not shown, ${text}`)) {
      try {
        const answer = await post(`/dead/${how}`, { topic: name, subscriber: subscriber(), all: true });
        told(how, answer.requeued ?? answer.dropped, answer.refused ?? 0, answer.reasons?.[0]?.reason);
        await list();
      } catch (error) {
        say(error.message, true);
      }
    }
  }

  function told(how, what, refused, reason) {
    const done = typeof what === "number" ? `${count(what)} messages` : what;
    if (refused === 0) {
      say(`${DONE[how]}: ${done}`);
    } else {
      say(`${typeof what === "number" ? `${DONE[how]}: ${done}. ` : ""}${count(refused)} stay: ${reason}`, true);
    }
    rights.refresh();
  }

  return {
    element,
    /** Whether the topic may have dead letters, and for which subscribers they may have died. */
    update(visible, names) {
      element.hidden = !visible;
      const known = [...whose.options].map((option) => option.value);
      names.filter((one) => !known.includes(one)).forEach((one) => whose.append(el("option", { value: one }, one)));
    },
  };
}
