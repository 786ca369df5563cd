// Shows a page and keeps it current.

import { access, follow, stats } from "./broker.js";
import { overview } from "./overview.js";
import { duration, notice, put } from "./page.js";
import { topicPage } from "./topic.js";

const view = document.getElementById("view");
const mode = document.getElementById("mode");
const live = document.getElementById("live");
const version = document.getElementById("version");
const rights = { change: false, refresh: () => {} };
let page = null;

function show() {
  const topic = /^#\/topic\/(.+)$/.exec(location.hash);
  page?.end();
  page = topic ? topicPage(decodeURIComponent(topic[1]), view, rights) : overview();
  view.replaceChildren(...page.elements);
  document.title = page.title;
  scrollTo(0, 0);
  if (stats() !== null) {
    page.update(stats());
  }
}

function told(now, error) {
  live.className = `chip ${error === null ? "good" : "bad"}`;
  put(live, error === null ? "live" : "no answer");
  live.title = error === null ? "" : error.message;
  if (now !== null) {
    put(version, `${now.version}, up ${duration(now.uptimeSeconds)}`);
    page.update(now);
  }
}

async function learnRights() {
  const may = await access();
  rights.change = may === "change";
  mode.textContent = { look: "read-only", change: "changes" }[may];
  mode.className = `chip ${may === "change" ? "warn" : ""}`;
  mode.title = {
    look: "ConsoleChanges: true in the configuration allows this page to make changes",
    change: "this page may pause, resume, purge and requeue",
  }[may];
}

async function start() {
  try {
    await learnRights();
  } catch (error) {
    notice(view, error.message, true);
  }
  show();
}

addEventListener("hashchange", start);
await start();
rights.refresh = follow(told);
