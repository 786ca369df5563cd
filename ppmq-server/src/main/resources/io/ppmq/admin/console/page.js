// Elements, formatted numbers, dialogs. Text is never treated as markup.

/** An element; properties are attributes, except `on`, the click handler. */
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "on") {
      element.addEventListener("click", value);
    } else if (value !== undefined && value !== null) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const chip = (text, kind = "") => el("span", { class: `chip ${kind}` }, text);

/** Sets the text only if it differs, so that a selection stays. */
export function put(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

const WHOLE = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const count = (n) => (n === null || n === undefined ? "–" : n < 1e6 ? WHOLE.format(n) : SHORT.format(n));
export const rate = (n) =>
  n === null || n === undefined ? "–" : `${n < 10 && n > 0 ? n.toFixed(1) : count(Math.round(n))}/s`;

export function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; n >= 1024 && unit < units.length - 1; unit++) {
    n /= 1024;
  }
  return `${unit > 0 && n < 10 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

/** An estimate; nothing if nothing is on a disk. */
export const about = (n) => (n ? `≈ ${bytes(n)}` : "–");

export function duration(seconds) {
  if (seconds === null || seconds === undefined) {
    return "–";
  }
  const parts = [[86400, "d"], [3600, "h"], [60, "min"]];
  for (const [size, unit] of parts) {
    if (seconds >= size) {
      const whole = Math.floor(seconds / size);
      return `${whole} ${unit}`;
    }
  }
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds)} s`;
}

export const moment = (text) => new Date(text).toLocaleString();

export function tile(label) {
  const value = el("div", { class: "value" }, "–");
  const element = el("div", { class: "card tile" }, value, el("div", { class: "label" }, label));
  return { element, set: (text) => put(value, text) };
}

export const state = (queue) => {
  const kinds = { connected: "good", unreachable: "bad", detached: "warn" };
  return chip(queue.state, kinds[queue.state] ?? "");
};

const INLINE_MAX = 80;

/** Long JSON on several lines; only the space between tokens changes. */
export function pretty(text) {
  if (text.length <= INLINE_MAX) {
    return text;
  }
  let out = "";
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs) ?? [];
  tokens.forEach((token, i) => {
    const empty = "}]".includes(token) && "{[".includes(tokens[i - 1] ?? " ");
    if (token === "{" || token === "[") {
      depth++;
      out += token + ("}]".includes(tokens[i + 1] ?? " ") ? "" : line());
    } else if (token === "}" || token === "]") {
      depth = Math.max(0, depth - 1);
      out += (empty ? "" : line()) + token;
    } else if (token === ",") {
      out += token + line();
    } else {
      out += token === ":" ? ": " : token;
    }
  });
  return out;
}

const ordered = (a, b) => (typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b);

/**
 * The order of a table: a column with `sort`, ascending or descending; at first as the items come.
 */
function order(columns, changed) {
  let by = null;
  let down = false;
  const heads = columns.map((column) => {
    if (!column.sort) {
      return el("th", { class: column.left ? "left" : "" }, column.label);
    }
    const sort = () => {
      down = by === column ? !down : !column.left;
      by = column;
      show();
      changed();
    };
    return el("th", { class: column.left ? "left" : "" }, el("button", { class: "sort", on: sort }, column.label));
  });
  const show = () =>
    heads.forEach((head, i) => {
      head.setAttribute("aria-sort", columns[i] !== by ? "none" : down ? "descending" : "ascending");
    });
  const apply = (items) => {
    const column = by;
    if (column === null) {
      return items;
    }
    const sign = down ? -1 : 1;
    return [...items].sort((a, b) => sign * ordered(column.sort(a), column.sort(b)));
  };
  const choose = (column, downwards) => {
    by = column;
    down = downwards;
    show();
    changed();
  };
  return { heads, apply, choose };
}

/** Chooses the order where a table has no headings: on a phone. */
function orderChoice(columns, choose) {
  const choices = [el("option", { value: "" }, "order")];
  columns.forEach((column, i) => {
    if (column.sort) {
      choices.push(el("option", { value: `${i}` }, column.label));
    }
  });
  const select = el("select", { class: "order", "aria-label": "order" }, ...choices);
  select.addEventListener("change", () => {
    const column = select.value === "" ? null : columns[Number(select.value)];
    choose(column, column !== null && !column.left);
  });
  return select;
}

/** A table that keeps its rows by their key, so that only differences are drawn. */
export function table(columns, name) {
  const body = el("tbody");
  let shown = { items: [], key: () => "" };
  const sorting = order(columns, () => update(shown.items, shown.key));
  const { heads } = sorting;
  const rows = new Map();
  const element = el("table", { "aria-label": name }, el("thead", {}, el("tr", {}, ...heads)), body);
  const cell = (column) =>
    el("td", {
      "data-label": column.label,
      class: `${column.left ? "left" : ""} ${column.wide ? "wide" : ""}`,
    });
  const update = (all, key) => {
    shown = { items: all, key };
    const items = sorting.apply(all);
    const keys = new Set(items.map(key));
    [...rows.keys()].filter((old) => !keys.has(old)).forEach((old) => {
      rows.get(old).element.remove();
      rows.delete(old);
    });
    items.forEach((item) => {
      let row = rows.get(key(item));
      if (row === undefined) {
        const cells = columns.map(cell);
        row = { cells, shown: columns.map(() => null), element: el("tr", {}, ...cells) };
        rows.set(key(item), row);
      }
      columns.forEach((column, i) => {
        const shown = column.key ? column.key(item) : column.show(item);
        if (shown !== row.shown[i]) {
          row.shown[i] = shown;
          row.cells[i].replaceChildren(column.show(item));
        }
      });
      body.append(row.element);
    });
  };
  return { element, update, choice: orderChoice(columns, sorting.choose) };
}

/** A bar with a figure that shows how full something is. */
export function fullness(used, max) {
  const part = max > 0 ? used / max : 0;
  const bar = el("span", { class: `bar ${part > 0.9 ? "bad" : part > 0.7 ? "warn" : ""}` }, el("span", {}));
  bar.firstChild.style.width = `${Math.min(100, part * 100)}%`;
  return el("span", { class: "fullness" }, bar, percent(part));
}

export const percent = (part) => (part > 0 && part < 0.01 ? "< 1 %" : `${Math.round(part * 100)} %`);

/** Asks before an action; resolves to true if the user confirms. */
export function confirmed(title, text, action, danger = false) {
  return new Promise((resolve) => {
    let answer = false;
    const close = () => box.close();
    const yes = () => {
      answer = true;
      box.close();
    };
    const go = el("button", { class: danger ? "danger" : "", id: "confirm", on: yes }, action);
    const buttons = el("div", { class: "actions" }, el("button", { on: close }, "Cancel"), go);
    const box = el("dialog", {}, el("h2", {}, title), el("p", {}, text), buttons);
    box.addEventListener("close", () => {
      box.remove();
      resolve(answer);
    });
    document.body.append(box);
    box.showModal();
  });
}

/** A line at the top of the view, until it is dismissed or replaced. */
export function notice(view, text, bad = false) {
  view.querySelector(".notice")?.remove();
  const line = el("div", { class: `card notice ${bad ? "bad" : ""}`, role: bad ? "alert" : "status" }, text);
  line.addEventListener("click", () => line.remove());
  view.prepend(line);
}
