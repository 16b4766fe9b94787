"use strict";
(function () {
const data = JSON.parse(document.getElementById("walk-data").textContent);
const find = function (id) { return document.getElementById(id); };
document.querySelector("main").insertBefore(find("walk-page").content, find("values").nextSibling);
const note = find("walk-changed"), slider = find("walk-step"), choice = find("walk-number"), field = find("walk-value");
find("values").append(note);

// ---- the run's numbers: lists[t - 1] has all of step t
const carried = new Map(Object.entries(data.carried).map(([before, now]) => [Number(before), now]));
const changed = new Map(); // by the number's place among the given ones
let lists = [], t = 1;

function compute() {
  lists = [];
  for (let k = 1; data.steps >= k; k += 1) {
    const v = k > 1 ? lists[k - 2].slice() : new Array(data.places).fill(0);
    for (const [before, now] of carried) v[before] = v[now];
    data.given.forEach(function (g, index) {
      if (g.t === 0 || g.t === k) v[g.place] = changed.has(index) ? changed.get(index) : g.value;
    });
    step(v);
    lists.push(v);
  }
}

// ---- which number is which: its place and its time step, 0 for a weight; an initial state has the step 0 too
const weights = new Set(data.given.filter((g) => g.t === 0).map((g) => g.place));
function key(place, k) {
  if (weights.has(place)) return `${place}@0`;
  return carried.has(place) ? `${carried.get(place)}@${k - 1}` : `${place}@${k}`;
}
function split(name) { return name.split("@").map(Number); }
function sources(name) {
  const [place, k] = split(name);
  return k === 0 ? [] : (data.reads[place] || []).map((p) => key(p, k));
}
const targets = new Map();
for (let k = 1; data.steps >= k; k += 1) {
  for (const place of Object.keys(data.reads)) {
    for (const s of sources(`${place}@${k}`)) targets.set(s, (targets.get(s) || []).concat(`${place}@${k}`));
  }
}
const given = new Map(data.given.map((g, index) => [key(g.place, g.t), index]));
function isWeight(name) { return weights.has(split(name)[0]); }
function spelled(name) {
  const [place, k] = split(name);
  return weights.has(place) ? data.names[place] : `${data.names[place]} (${data.t} = ${k})`;
}

// ---- how a number is printed: rounded half to even, never with fewer significant digits than the run's tables have
function fixed(x, decimals) {
  const scaled = x * Math.pow(10, decimals);
  const tie = Math.abs(scaled % 1) === 0.5 ? scaled / Math.pow(10, decimals) === x : false;
  return tie ? (2 * Math.round(scaled / 2) / Math.pow(10, decimals)).toFixed(decimals) : x.toFixed(decimals);
}
function scientific(x, digits) {
  const [mantissa, power] = x.toExponential(digits - 1).split("e");
  const raised = Array.from(power.replace("+", ""), (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("");
  return `${mantissa}×10${raised}`;
}
function printed(x, isGiven) {
  if (!Number.isFinite(x)) return String(x);
  let text = fixed(x, data.decimals);
  const few = Math.pow(10, data.significant - 1) > Math.abs(Math.round(x * Math.pow(10, data.decimals)));
  if (isGiven ? !String(x).includes("e") : false) text = String(x); // the shortest decimal that is this number
  else if (Math.abs(x) >= 1e9) text = scientific(x, Math.max(3, data.significant));
  else if (few ? Number(text) !== x : false) {
    const power = Number(x.toExponential(data.significant - 1).split("e")[1]);
    text = -3 > power ? scientific(x, Math.max(3, data.significant)) : x.toFixed(data.significant - 1 - power);
  }
  if (Number(text) === 0) text = text.replace("-", "");
  return text.replace("-", "−").replace(".", data.mark);
}

// ---- the places of the page in which numbers stand
const cells = [];
document.querySelectorAll("#values tbody tr").forEach(function (row, r) {
  data.columns.forEach(function (k, c) {
    const cell = row.cells[c + 1];
    if (data.rows[r] === null || k === null) return;
    cells.push([cell, data.rows[r], k, cell.innerHTML]);
    cell.dataset.key = key(data.rows[r], k);
    cell.tabIndex = cells.length > 1 ? -1 : 0;
  });
});
const lines = Array.from(document.querySelectorAll("#walk li"));

function fill(element) {
  const place = Number(element.dataset.place), name = key(place, t);
  const text = printed(lists[t - 1][place], given.has(name));
  const before = element.previousElementSibling, after = element.nextElementSibling;
  element.dataset.key = name;
  const isTerm = before === null ? false : "+−·/".includes(before.textContent);
  const isFactor = [before, after].some((sign) => sign === null ? false : sign.textContent === "·");
  const isGrouped = isTerm ? text.startsWith("−") : false;
  element.textContent = isGrouped || (isFactor ? text.includes("×") : false) ? `(${text})` : text;
}
function show() {
  slider.value = t;
  find("walk-at").textContent = `${data.t} = ${t}`;
  document.querySelectorAll("#walk [data-place]").forEach(fill);
  for (const line of lines) {
    line.querySelector("button").dataset.key = line.querySelector(".value [data-place]").dataset.key;
  }
  for (const [cell, place, k, html] of cells) {
    const x = lists[k - 1][place];
    cell.dataset.value = x;
    cell.classList.toggle("now", k === t);
    cell.innerHTML = html;
    if (changed.size) cell.textContent = printed(x, given.has(key(place, k)));
  }
  if (changed.size) data.columns.forEach(align);
  note.hidden = changed.size === 0;
  draw();
  const parameters = new URLSearchParams({ t: t });
  changed.forEach((x, index) => parameters.set(data.given[index].name, x));
  history.replaceState(null, "", `#${parameters}`);
}
const DIGIT = String.fromCharCode(0x2007), POINT = String.fromCharCode(0x2008); // spaces as wide as these
// a figure space for each digit that a number lacks after its decimal point, as in the table as it was written
function align(k) {
  const column = cells.filter((cell) => cell[2] === k).map(([cell]) => cell);
  const tails = column.map((cell) => cell.textContent.split(data.mark)[1] || "");
  const widths = tails.map((tail) => Array.from(tail, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".includes(c) ? 0.6 : 1).reduce((a, b) => a + b, 0));
  const most = Math.max(...widths);
  column.forEach(function (cell, r) {
    const point = most > 0 ? tails[r] === "" : false;
    cell.textContent += (point ? POINT : "") + DIGIT.repeat(Math.round(most - widths[r]));
  });
}
function draw() {
  const drawing = document.querySelector(`#diagram-${t} svg`), figure = drawing ? drawing.cloneNode(true) : null;
  find("walk-figure").hidden = figure === null;
  find("walk-figure").replaceChildren(...(figure ? [figure] : []));
  if (figure === null || changed.size === 0) return; // it has the run's own numbers
  figure.querySelectorAll("desc").forEach((text) => text.remove());
  const numbers = drawn(lists[t - 1]);
  for (const text of figure.querySelectorAll("[data-node]")) {
    const places = data.drawn[text.dataset.node];
    const row = numbers[text.dataset.node].map((x, k) => printed(x, given.has(key(places[k], t))));
    const few = row.slice(0, data.most_drawn).join(", ") + (row.length > data.most_drawn ? ", …" : "");
    text.textContent = row.length > 1 ? `(${few})` : few;
  }
}
function go(k) {
  t = Math.min(Math.max(Math.round(k) || 1, 1), data.steps);
  show();
}

// ---- marks
let marked = "";
function mark(name) {
  if (name === marked) return;
  marked = name;
  const from = new Set(name ? sources(name) : []), to = new Set((name ? targets.get(name) : null) || []);
  for (const element of document.querySelectorAll("[data-key]")) {
    element.classList.toggle("here", element.dataset.key === name);
    element.classList.toggle("from", from.has(element.dataset.key));
    element.classList.toggle("to", to.has(element.dataset.key));
  }
  const parts = [[data.words["comes from"], from], [data.words["goes to"], to]].filter(([, keys]) => keys.size);
  const listed = parts.map(function ([word, keys]) {
    const ordered = Array.from(keys).sort((a, b) => isWeight(a) - isWeight(b)).map(spelled);
    return `${word} ${ordered.slice(0, 12).join(", ")}${ordered.length > 12 ? ", …" : ""}`;
  });
  find("walk-marks").textContent = name ? `${spelled(name)} ${listed.join("; ")}` : "";
}
function keyOf(element) {
  const found = element instanceof Element ? element.closest("[data-key]") : null;
  return found ? found.dataset.key : "";
}
document.addEventListener("mouseover", (event) => mark(keyOf(event.target) || keyOf(document.activeElement)));
document.addEventListener("focusin", (event) => mark(keyOf(event.target)));

// ---- controls
const groups = new Map();
data.given.forEach(function (g, index) {
  if (g.kind === "fixed") return;
  if (!groups.has(g.kind)) {
    const group = document.createElement("optgroup");
    group.label = data.words[g.kind];
    groups.set(g.kind, group);
    choice.append(group);
  }
  groups.get(g.kind).append(new Option(g.name, index));
});
function chosen() {
  const index = Number(choice.value);
  field.value = changed.has(index) ? changed.get(index) : data.given[index].value;
  field.removeAttribute("aria-invalid");
}
function change(index, x) {
  if (x === data.given[index].value) changed.delete(index);
  else changed.set(index, x);
}
function fold(line, isFolded) {
  line.querySelector("button").setAttribute("aria-expanded", String(!isFolded));
  line.querySelector(".chain").hidden = isFolded;
}
choice.addEventListener("change", chosen);
field.addEventListener("input", function () {
  const x = field.valueAsNumber;
  field.setAttribute("aria-invalid", String(!Number.isFinite(x)));
  if (!Number.isFinite(x)) return;
  change(Number(choice.value), x);
  compute();
  show();
});
slider.addEventListener("input", () => go(slider.valueAsNumber));
find("walk-earlier").addEventListener("click", () => go(t - 1));
find("walk-later").addEventListener("click", () => go(t + 1));
find("walk-reset").addEventListener("click", function () {
  changed.clear();
  compute();
  show();
  chosen();
});
find("walk-fold").addEventListener("change", (event) => lines.forEach((line) => fold(line, event.target.checked)));
document.addEventListener("click", function (event) {
  const button = event.target.closest("#walk li button"), index = given.get(keyOf(event.target));
  if (button) fold(button.parentElement, button.getAttribute("aria-expanded") === "true");
  if (index === undefined || data.given[index].kind === "fixed") return;
  choice.value = index;
  chosen();
});
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
document.addEventListener("keydown", function (event) {
  const move = MOVES[event.key], cell = event.target.closest("#values td");
  if (!move || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select, .scroll")) return;
  if (cell) {
    const at = cells.find(([other]) => other === cell), rows = cells.filter(([, , k]) => k === at[2]);
    const row = cells.filter(([, place]) => place === at[1]);
    const next = move[1] ? row[row.indexOf(at) + move[1]] : rows[rows.indexOf(at) + move[0]];
    if (!next) return;
    cell.tabIndex = -1;
    next[0].tabIndex = 0;
    next[0].focus();
  } else if (move[1]) go(t + move[1]);
  else return;
  event.preventDefault();
});

function read() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  changed.clear();
  data.given.forEach(function (g, index) {
    const x = parameters.has(g.name) ? Number(parameters.get(g.name)) : NaN;
    if (Number.isFinite(x)) change(index, x);
  });
  compute();
  go(Number(parameters.get("t")));
  chosen();
}
addEventListener("hashchange", read);
read();
}());
