// Keeps the shown job up to date while it works: events say that something changed, the job itself is then read again.
"use strict";

const section = document.querySelector("[data-job]");
if (section) follow(section.dataset.job, Number(section.dataset.sightings));

function follow(url, shownSightings) {
  const types = ["job.state", "job.started", "job.progress", "job.completed", "job.failed", "job.cancelled", "match.result.enriched"];
  let stream = null;
  let ended = false;
  let timer = 0;

  const open = () => {
    if (stream || ended) return;
    stream = new EventSource(`${url}/events`);
    for (const type of types) stream.addEventListener(type, soon);
    stream.addEventListener("end", () => { close(); ended = true; soon(); });
  };
  const close = () => { if (stream) stream.close(); stream = null; };
  const soon = () => { timer = timer || window.setTimeout(refresh, 500); };  // at most two reads a second

  async function refresh() {
    timer = 0;
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer && answer.ok) show(await answer.json(), shownSightings);
  }

  open();
  // A browser has six connections to a host: tabs that nobody looks at give theirs back.
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else { open(); soon(); } });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { open(); soon(); } });
}

function show(job, shownSightings) {
  const active = job.state === "submitted" || job.state === "running";
  for (const chip of all("state")) { chip.textContent = job.state; chip.className = `chip ${job.state}`; }
  for (const count of all("sightings")) count.textContent = job.sightings;
  for (const trust of all("trust")) trust.textContent = job.expected_false.text;
  for (const bar of all("progress")) bar.value = job.progress;
  for (const eta of all("eta")) eta.textContent = !active ? job.state : job.eta_s ? `about ${duration(job.eta_s)} left` : "working";
  for (const stage of job.stages) showStage(stage);
  const more = job.sightings - shownSightings;
  for (const news of all("news")) {
    news.hidden = more <= 0 && active;
    news.firstElementChild.textContent = more > 0 ? `${more} new sighting${more === 1 ? "" : "s"}: show` : "Finished: show the result";
  }
}

function showStage(stage) {
  const row = document.querySelector(`[data-stage="${CSS.escape(stage.stage)}"]`);
  if (!row) return;
  const ended = stage.done + stage.failed + stage.skipped + stage.cancelled;
  const bar = row.querySelector("progress");
  bar.max = Math.max(stage.total, 1);
  bar.value = ended;
  row.querySelector("[data-cell=done]").textContent = `${ended} / ${stage.total}${stage.failed ? ` (${stage.failed} failed)` : ""}`;
  row.querySelector("[data-cell=eta]").textContent = stage.eta_s ? duration(stage.eta_s) : "";
}

function all(name) { return document.querySelectorAll(`[data-live="${name}"]`); }

function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
