// SPDX-License-Identifier: MIT
// How the page looks: colours are variables, which dark mode and print change. Colours of series differ in brightness as
// well as in hue, for those who see fewer hues, and series differ in shape, too.
#include "tools/normforge/report/html.h"

namespace normforge::report {

const char *const kStyleSheet = R"css(:root {
  --paper: #ffffff; --panel: #f5f7f9; --ink: #1a1f26; --muted: #57606c; --rule: #d8dde3; --grid: #e6eaee;
  --ours: #0a5cc2; --warm: #b3440a; --peer0: #a8336f; --peer1: #17805c; --peer2: #7a6a00; --roof: #76808c;
  --good: #17703c; --bad: #b3261e; --warning: #fff4d6; --warning-rule: #c99a1c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #11151a; --panel: #1a2027; --ink: #e4e8ec; --muted: #9ca7b3; --rule: #343d47; --grid: #262d35;
    --ours: #6cb0ff; --warm: #ffa266; --peer0: #f28cc0; --peer1: #5fd3a8; --peer2: #e0cb52; --roof: #8d98a5;
    --good: #6fd394; --bad: #ff8f86; --warning: #332a12; --warning-rule: #b08a25;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 88rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 3rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: 1.25rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
header p { margin: .25rem 0 0; color: var(--muted); }
p, ul, figcaption { max-width: 75ch; }
a { color: var(--ours); }
code, pre, .case { font-family: ui-monospace, "SF Mono", "Liberation Mono", "DejaVu Sans Mono", monospace; }
code { font-size: .875em; overflow-wrap: anywhere; }
pre { margin: .5rem 0 1rem; padding: .75rem 1rem; overflow-x: auto; background: var(--panel); border: 1px solid var(--rule);
  border-radius: 6px; font-size: .8125rem; line-height: 1.6; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.headlines { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; margin: 0 0 1.25rem; }
.headlines div { padding: .75rem 1rem; background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; }
.headlines dd { margin: 0; font-size: 1.6rem; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; }
.headlines dt { color: var(--muted); font-size: .875rem; line-height: 1.4; }
.headlines div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.warnings { max-width: none; margin: 0 0 1.25rem; padding: .75rem 1rem .75rem 2.25rem; background: var(--warning);
  border: 1px solid var(--warning-rule); border-radius: 6px; overflow-wrap: anywhere; }
.warnings::before { content: "Warnings"; display: block; margin-left: -1.25rem; font-weight: 600; }
.sources { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 0 2.5rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0 0 1rem; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
caption { padding: 0 0 .5rem; text-align: left; color: var(--muted); }
th, td { padding: .4rem .5rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
thead th { vertical-align: bottom; border-bottom: 2px solid var(--rule); font-weight: 600; line-height: 1.25; }
tbody th { font-weight: 400; }
.problem { display: block; min-width: 13rem; font-size: .8125rem; }
td code { font-size: .8125rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
tbody .number { white-space: nowrap; }
.spread { display: block; color: var(--muted); font-size: .75rem; font-weight: 400; }
.bad { color: var(--bad); }
.good { color: var(--good); }
tbody tr:hover { background: var(--panel); }
thead button { all: unset; cursor: pointer; }
thead button:focus-visible { outline: 2px solid var(--ours); outline-offset: 2px; }
th[aria-sort] button::after { content: " \25B2"; }
th[aria-sort="descending"] button::after { content: " \25BC"; }
figure { margin: 1rem 0 1.5rem; }
figcaption { color: var(--muted); font-size: .875rem; }
.plot svg { display: block; width: 100%; height: auto; }
.wide .plot { max-width: 50rem; overflow-x: auto; }
.wide .plot svg { min-width: 34rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: 1rem 1.5rem; }
.panels figure { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 .5rem; padding: 0; max-width: none; list-style: none;
  font-size: .875rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }
.sample, .bar { flex: none; vertical-align: middle; }
svg text { fill: var(--ink); font-size: 12px; }
svg .tick, svg .note { fill: var(--muted); font-size: 11px; font-variant-numeric: tabular-nums; }
svg .case { font-size: 11.5px; stroke: var(--paper); stroke-width: 4; paint-order: stroke; }
svg path { fill: none; stroke: currentColor; stroke-linejoin: round; }
svg .grid { stroke: var(--grid); }
svg .axis { stroke: var(--muted); }
svg .unit { stroke: var(--ink); stroke-width: 1; }
svg .cache { stroke: var(--muted); stroke-dasharray: 2 3; }
svg .track-line { stroke: var(--rule); }
svg .point { stroke: var(--paper); stroke-width: 1; fill: var(--ours); }
svg .warm.point { fill: var(--warm); }
svg .dense { stroke: none; opacity: .55; }
svg .roof { stroke: var(--ours); stroke-width: 1.5; stroke-dasharray: 6 4; opacity: .7; }
svg .roof.warm { stroke: var(--warm); stroke-dasharray: 2 3; }
svg .stem { stroke: var(--ours); stroke-width: 1; opacity: .55; }
svg .stem.warm { stroke: var(--warm); }
svg .samples { stroke: var(--ours); stroke-width: 1; opacity: .45; }
svg .floor { stroke: var(--ink); stroke-width: 2.5; }
svg .peer { fill: var(--paper); stroke-width: 2; stroke: var(--peer0); }
svg .peer1 { stroke: var(--peer1); }
svg .peer2 { stroke: var(--peer2); }
svg .information { stroke: var(--roof); stroke-width: 1.5; }
svg .candidate { fill: var(--roof); stroke: none; opacity: .6; }
svg .failure { stroke: var(--bad); stroke-width: 1.5; }
svg .random { stroke: var(--warm); stroke-width: 1.5; stroke-dasharray: 5 3; }
svg .best { stroke: var(--ours); stroke-width: 2; }
svg .final { fill: var(--ours); stroke: var(--paper); }
svg .mean { stroke: var(--ink); stroke-dasharray: 5 3; }
svg .track { fill: var(--grid); }
svg .fill { fill: var(--ours); }
svg .limit { stroke: var(--ink); stroke-width: 1.5; }
@media screen and (max-width: 48rem) {
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: .5rem; }
  .scroll { overflow: visible; }
  table, caption, tbody, tr, td, tbody th { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding: .6rem 0; border-bottom: 1px solid var(--rule); }
  td, tbody th { padding: .1rem 0; border: 0; }
  tbody th { font-weight: 600; }
  td { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 0 .75rem; }
  td::before { content: attr(data-label); margin-right: auto; color: var(--muted); }
  td > br { display: none; }
  td.none { display: none; }
  td.text { text-align: left; }
  .problem { min-width: 0; }
}
@media print {
  :root {
    --paper: #ffffff; --panel: #ffffff; --ink: #000000; --muted: #444444; --rule: #bbbbbb; --grid: #dddddd;
    --ours: #0a5cc2; --warm: #b3440a; --peer0: #a8336f; --peer1: #17805c; --peer2: #7a6a00; --roof: #76808c;
    --good: #17703c; --bad: #b3261e; --warning: #ffffff; --warning-rule: #888888;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, script { display: none; }
  table, td code, .problem { font-size: 7pt; }
  .spread { font-size: 6pt; }
  th, td { padding: .25rem; }
  .problem { min-width: 8rem; overflow-wrap: anywhere; }
  .scroll, .plot, pre { overflow: visible; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  tr, figure, .headlines div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  svg, .bar rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
)css";

/// Puts buttons into the headers of tables, which sort by that column.
const char *const kScript = R"js(for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], headers = [...table.tHead.rows[0].cells];
  const value = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
  const compare = (a, b) => a !== "" && b !== "" && !isNaN(a) && !isNaN(b) ? a - b : a.localeCompare(b);
  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.textContent = header.textContent;
    button.onclick = () => {
      const descending = header.getAttribute("aria-sort") === "ascending";
      headers.forEach(other => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const rows = [...body.rows].sort((a, b) => compare(value(a, column), value(b, column)));
      body.append(...(descending ? rows.reverse() : rows));
    };
    header.replaceChildren(button);
  });
}
)js";

} // namespace normforge::report
