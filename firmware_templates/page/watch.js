"use strict";
/* Asks for the state several times a second and shows it; texts are set as texts, never as HTML. */
const EVERY_MS = 250;
const SILENT_S = 3; /* beyond the pause between two images */
const byId = (id) => document.getElementById(id);
const show = (id, text) => { byId(id).textContent = text; };
let held = false;
let shown = 0;

function showBar(bar) {
  const row = document.createElement("div");
  const [name, score, rail] = ["span", "span", "i"].map((kind) => document.createElement(kind));
  row.className = "score";
  name.textContent = bar.name;
  score.textContent = bar.score;
  rail.style.width = `${bar.length}%`;
  row.append(name, score, rail);
  return row;
}

function showImage(current) {
  for (const id of ["picture", "plane"]) {
    byId(id).src = current[id];
    byId(id).hidden = false;
  }
  const mark = current.right === null ? "" : current.right ? "✓ " : "✗ ";
  show("answer", mark + current.answer);
  show("label", current.label === null ? "" : `label: ${current.label}`);
  byId("bars").replaceChildren(...current.bars.map(showBar));
  byId("card").className = `card ${current.right === null ? "unlabelled" : current.right ? "right" : "wrong"}`;
  show("latency", current.milliseconds === null ? "unknown" : `${current.milliseconds} ms`);
  show("cost", current.cost === null ? "the board has no counter" : current.cost);
  show("trip", `${current.round_trip_milliseconds} ms`);
  show("mismatch", current.mismatch === null ? "" : `differs: ${current.mismatch}`);
  shown = current.number;
}

function showState(state) {
  show("images", state.images.toLocaleString("en"));
  show("mismatched", state.mismatched.toLocaleString("en"));
  byId("mismatched").classList.toggle("alarm", state.mismatched > 0);
  if (state.current !== null && state.current.number !== shown && !held) showImage(state.current);
  const silent = state.silent_seconds > SILENT_S + state.board.pause;
  if (state.ended !== null) show("status", `Ended: ${state.ended}`);
  else if (silent) show("status", `No answer from ${state.board.port} for ${Math.round(state.silent_seconds)} s`);
  else if (state.current !== null) show("status", `Live from ${state.board.port}`);
  byId("status").classList.toggle("alarm", state.ended !== null || silent);
}

async function ask() {
  try {
    const state = await (await fetch("/state")).json();
    showState(state);
    if (state.ended !== null) return;
  } catch {
    show("status", "Ended: the command no longer runs");
    byId("status").classList.add("alarm");
    return;
  }
  setTimeout(ask, EVERY_MS);
}

byId("hold").addEventListener("click", () => {
  held = !held;
  byId("hold").setAttribute("aria-pressed", String(held));
  show("hold", held ? "Go on" : "Hold");
});
ask();
