// Small charts of the history in broker.js, drawn by uPlot.

import { historyOf, newest } from "./broker.js";
import { count, el, put, rate } from "./page.js";

const NAMES = ["one", "two", "three"];
const dark = matchMedia("(prefers-color-scheme: dark)");

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const times = (plot, values) =>
  values.map((value) => new Date(value * 1000).toLocaleTimeString([], { hourCycle: "h23" }));

const labels = (plot, values) => values.map((value) => (value === null ? "" : count(value)));

function options(box, series) {
  const axis = { stroke: color("faint"), grid: { stroke: color("line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  return {
    width: Math.max(160, box.clientWidth),
    height: 180,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (plot, min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] } },
    axes: [{ ...axis, space: 80, size: 28, values: times }, { ...axis, size: 48, values: labels }],
    series: [
      {},
      ...series.map((one, i) => ({ stroke: color(NAMES[i]), width: 2, points: { show: false } })),
    ],
  };
}

/**
 * A card with a chart of some columns of the history of a topic, or of the broker ("").
 *
 * @param series the label of each, and its column in the history
 */
export function chart(title, topic, series, isRate) {
  const box = el("div", { class: "chart" });
  const values = series.map(() => el("b", {}, "–"));
  const legend = el(
    "div",
    { class: "legend" },
    ...series.map((one, i) => el("span", { class: NAMES[i] }, `${one.label} `, values[i])),
  );
  const element = el("section", { class: "card", "aria-label": title }, el("h2", {}, title), legend, box);
  let plot = null;
  const data = () => {
    const history = historyOf(topic);
    return [history.times, ...series.map((one) => history.rows.map((row) => row[one.column]))];
  };
  const draw = () => {
    plot?.destroy();
    plot = new uPlot(options(box, series), data(), box);
  };
  const resized = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: 180 }));
  resized.observe(box);
  dark.addEventListener("change", draw);
  return {
    element,
    update() {
      series.forEach((one, i) => put(values[i], (isRate ? rate : count)(newest(topic)[one.column])));
      if (plot === null) {
        draw();
      } else {
        plot.setData(data());
      }
    },
    end() {
      resized.disconnect();
      dark.removeEventListener("change", draw);
      plot?.destroy();
    },
  };
}

/** The two charts of every page. */
export function charts(topic) {
  const rates = [
    { label: "published", column: 0 },
    { label: "delivered", column: 1 },
    { label: "acknowledged", column: 2 },
  ];
  const depths = [
    { label: "waiting", column: 3 },
    { label: "in flight", column: 4 },
  ];
  const both = [chart("Messages per second", topic, rates, true), chart("Messages kept", topic, depths, false)];
  return {
    element: el("div", { class: "charts" }, ...both.map((one) => one.element)),
    update: () => both.forEach((one) => one.update()),
    end: () => both.forEach((one) => one.end()),
  };
}
