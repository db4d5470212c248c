/** Script of the page of metrics: asks for figures while it is visible and not paused, and draws them. */
import uPlot from "uplot";
import plotStyle from "uplot/dist/uPlot.min.css";

import type { MetricHistory, MetricSeries, MetricTotals } from "../protocol";
import { Channel, read } from "../webview/channel";
import { element, headRow, make, namedRow } from "../webview/elements";
import { allErrors, type Chart, chartsOf, type Line, revisionMarks, withUnit } from "./charts";
import type { FromMetricsPage, MetricsState, ToMetricsPage } from "./messages";
import type { MetricsTexts } from "./texts";
import { joinWords } from "../text/joinWords";

const HEIGHT = 170;
/** Seconds from one time below a chart to the next. */
const TICKS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600];
/** Milliseconds between two questions, at least and at most. */
const QUICKEST = 2000;
const SLOWEST = 30_000;
/** Charts that are made at once. */
const FIRST_CHARTS = 2;
/** Rows of the table; more would only be in the way. */
const MOST_ROWS = 120;

const channel = new Channel<{ from: FromMetricsPage; to: ToMetricsPage; state: MetricsState }>();
const texts = read("texts") as MetricsTexts;
let shown: MetricHistory | undefined;
let gone = false;
let timer: number | undefined;
const plots = new Map<string, uPlot>();
/** Charts that are still to be made, the next one first. */
let waiting: (() => void)[] = [];
/** What the plots were made for: other lines or another theme need others. */
let made = "";

const range = element("range", HTMLSelectElement);
const revision = element("revision", HTMLSelectElement);

const sheet = new CSSStyleSheet();
sheet.replaceSync(plotStyle);
document.adoptedStyleSheets = [sheet];

// ------------------------------------------------------------------------------------------------ asking

function ask(): void {
  window.clearTimeout(timer);
  timer = undefined;
  channel.send({ kind: "ask", seconds: channel.state.seconds, revision: channel.state.revision });
}

/** A page that is hidden is taken away by the editor, and with it this clock. */
function askLater(): void {
  window.clearTimeout(timer);
  if (channel.state.paused || gone) {
    return;
  }
  const pace = Math.min(SLOWEST, Math.max(QUICKEST, ((shown?.step ?? 0) * 1000) / 4));
  timer = window.setTimeout(ask, pace);
}

function showState(): void {
  element("state").textContent = gone ? "" : channel.state.paused ? texts.paused : texts.live;
  const button = element("pause");
  button.textContent = channel.state.paused ? texts.goOn : texts.pause;
  button.setAttribute("aria-pressed", String(channel.state.paused));
}

function showTitle(): void {
  const title = texts.title.replace("{0}", channel.state.names.join(", "));
  element("title").textContent = document.title = title;
}

// ------------------------------------------------------------------------------------------------ charts

const HOURS_AND_MINUTES: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
// Made once: `toLocaleTimeString` makes one at each call, and the axes of all charts would take 15 ms of each drawing.
const toMinutes = new Intl.DateTimeFormat(document.documentElement.lang, HOURS_AND_MINUTES);
const toSeconds = new Intl.DateTimeFormat(document.documentElement.lang, { ...HOURS_AND_MINUTES, second: "2-digit" });

function clock(seconds: number, format: Intl.DateTimeFormat): string {
  return format.format(seconds * 1000);
}

function colourOf(name: string): string {
  const style = getComputedStyle(document.documentElement);
  const own = name === "foreground" ? "--vscode-foreground" : `--vscode-charts-${name}`;
  return style.getPropertyValue(own).trim() || style.getPropertyValue("--vscode-foreground").trim() || "gray";
}

/** Points without a neighbour, which no line would show. */
function lonely(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const known = (index: number): boolean => (values[index] ?? null) !== null;
  return Array.from(values, (_, index) => index).filter(
    (index) => known(index) && !known(index - 1) && !known(index + 1),
  );
}

function seriesOf(line: Line, unit: Chart["unit"]): uPlot.Series {
  return {
    label: line.label,
    stroke: colourOf(line.colour),
    width: 1.5,
    dash: [...line.dash],
    points: { show: true, size: 5, filter: lonely },
    value: (_, value: number | null) => withUnit(value, unit),
  };
}

/** A line from top to bottom where another revision began to serve. */
function drawMarks(plot: uPlot): void {
  if (shown === undefined) {
    return;
  }
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colourOf("foreground");
  ctx.globalAlpha = 0.6;
  ctx.textAlign = "left";
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.font = `${11 * devicePixelRatio}px sans-serif`;
  for (const { at, revision: number } of revisionMarks(shown)) {
    const x = Math.round(plot.valToPos(at, "x", true));
    if (x >= bbox.left && x <= bbox.left + bbox.width) {
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.fillText(` ${number}`, x, bbox.top + 11 * devicePixelRatio);
    }
  }
  ctx.restore();
}

/** Below a chart stand the values at the pointer, and without one the newest. */
function showNewest(plot: uPlot): void {
  if ((plot.cursor.left ?? -1) < 0) {
    const [, ...lines] = plot.data;
    const idx = Math.max(...lines.map((values) => Array.from(values).findLastIndex((value) => value !== null)));
    plot.setLegend({ idx }, false);
  }
}

function optionsOf(chart: Chart, width: number): uPlot.Options {
  const text = colourOf("foreground");
  const grid = { stroke: `color-mix(in srgb, ${text} 15%, transparent)`, width: 1 };
  const axis = { stroke: text, grid, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    cursor: { sync: { key: "metrics", setSeries: false }, drag: { x: false, y: false } },
    legend: { live: true },
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(most * 1.1, smallest(chart.unit))] } },
    series: [
      { label: texts.time, value: (_, value: number | null) => (value === null ? "–" : clock(value, toSeconds)) },
      ...chart.lines.map((line) => seriesOf(line, chart.unit)),
    ],
    axes: [
      { ...axis, size: 28, incrs: [...TICKS], values: (_, splits) => splits.map((each) => clock(each, toMinutes)) },
      { ...axis, size: 68, values: (_, splits) => splits.map((each) => withUnit(each, chart.unit)) },
    ],
    hooks: { draw: [drawMarks], setLegend: [showNewest] },
  };
}

/** What the axis shows at least, so that silence is a line at the bottom and not noise. */
function smallest(unit: Chart["unit"]): number {
  return { rate: 1, ms: 1, count: 2, percent: 10, bytes: 1_000_000 }[unit];
}

function dataOf(chart: Chart, times: readonly number[]): uPlot.AlignedData {
  return [[...times], ...chart.lines.map(({ values }) => [...values])];
}

/** The newest values in words, for whoever cannot see the lines. */
function spoken(chart: Chart): string {
  const parts = chart.lines.map(({ label, values }) => {
    const newest = values.findLast((value) => value !== null);
    return `${label} ${withUnit(newest, chart.unit)}`;
  });
  return `${chart.title}: ${parts.join(", ")}. ${texts.keys}`;
}

/** The cursor goes to the next or the previous point, in all charts. */
function moveCursor(plot: uPlot, event: KeyboardEvent): void {
  const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
  const [times] = plot.data;
  const last = times.length - 1;
  const now = plot.cursor.idx ?? last;
  const target = event.key === "Home" ? 0 : event.key === "End" ? last : now + (steps[event.key] ?? NaN);
  if (Number.isNaN(target)) {
    return;
  }
  event.preventDefault();
  const at = times[Math.min(last, Math.max(0, target))] ?? 0;
  plot.setCursor({ left: plot.valToPos(at, "x"), top: HEIGHT / 4 }, true);
}

function widthOf(place: Element): number {
  return Math.max(200, Math.floor(place.clientWidth));
}

interface PlacedChart {
  readonly chart: Chart;
  readonly place: HTMLElement;
  readonly width: number;
}

function makeCharts(charts: readonly Chart[], history: MetricHistory): void {
  for (const plot of plots.values()) {
    plot.destroy();
  }
  plots.clear();
  const figures = charts.map((chart) => {
    const place = make("div", "chart");
    place.dataset["chart"] = chart.id;
    const figureElement = make("section", "figure", make("h2", "", chart.title), place);
    if (chart.empty !== "") {
      place.append(make("p", "hint", chart.empty));
    }
    return figureElement;
  });
  element("charts").replaceChildren(...figures);
  const drawn = charts.filter(({ empty }) => empty === "");
  // All widths before the first chart: each chart that is added would make the page be laid out once more.
  const places = drawn.flatMap((chart): PlacedChart[] => {
    const place = document.querySelector<HTMLElement>(`[data-chart="${chart.id}"]`);
    return place === null ? [] : [{ chart, place, width: widthOf(place) }];
  });
  waiting = places.map((each) => () => makeChart(each, history));
  // What is in view first: a chart takes ten milliseconds, and the others come one in each frame.
  waiting.splice(0, FIRST_CHARTS).forEach((make) => make());
  requestAnimationFrame(makeNextChart);
}

function makeNextChart(): void {
  const next = waiting.shift();
  if (next !== undefined) {
    next();
    requestAnimationFrame(makeNextChart);
  }
}

function makeChart({ chart, place, width }: PlacedChart, { times }: MetricHistory): void {
  const plot = new uPlot(optionsOf(chart, width), dataOf(chart, times), place);
  plot.over.tabIndex = 0;
  plot.over.setAttribute("role", "img");
  plot.over.setAttribute("aria-label", spoken(chart));
  plot.over.addEventListener("keydown", (event) => moveCursor(plot, event));
  plots.set(chart.id, plot);
}

function keyOf(charts: readonly Chart[]): string {
  const theme = document.body.className + (document.body.dataset["vscodeThemeId"] ?? "");
  return JSON.stringify([theme, charts.map(({ id, empty, lines }) => [id, empty, lines.map(({ label }) => label)])]);
}

function drawCharts(history: MetricHistory): void {
  const charts = chartsOf(history, texts);
  const key = keyOf(charts);
  const others = key !== made;
  if (others) {
    made = key;
    makeCharts(charts, history);
  }
  for (const chart of charts) {
    const plot = plots.get(chart.id);
    if (plot !== undefined) {
      if (!others) {
        plot.setData(dataOf(chart, history.times));
        plot.over.setAttribute("aria-label", spoken(chart));
      }
    }
  }
}

// ------------------------------------------------------------------------------------------------ tables

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly HTMLElement[] {
  const body = rows.map(([first = "", ...rest]) => namedRow(first, ...rest));
  return [make("thead", "", headRow(...head)), make("tbody", "", ...body)];
}

function errorsInWords({ errors }: MetricTotals): string {
  const parts = Object.entries(errors).map(([kind, count]) => `${count} ${texts.kinds[kind] ?? kind}`);
  return parts.length === 0 ? texts.none : parts.join(", ");
}

function totalsRow(name: string, totals: MetricTotals): readonly string[] {
  const { requests, p50Ms, p95Ms, p99Ms } = totals;
  const times = [p50Ms, p95Ms, p99Ms].map((value) => withUnit(value, "ms"));
  return [name, String(requests), errorsInWords(totals), ...times];
}

function drawTotals({ services }: MetricHistory): void {
  const [only] = services;
  const one = services.length === 1 && only !== undefined;
  const rows = one
    ? [
        ...only.revisions.map((each) => totalsRow(String(each.revision), each.totals)),
        ...(only.revisions.length > 1 ? [totalsRow(texts.allRevisions, only.totals)] : []),
      ]
    : services.map(({ service, totals }) => totalsRow(service, totals));
  const head = [one ? texts.revision : texts.service, texts.requests, texts.errors, texts.p50, texts.p95, texts.p99];
  element("totals").replaceChildren(...table(head, rows));
  element("totalsBox").hidden = rows.length === 0;
}

function figuresRow(service: MetricSeries, at: number): readonly string[] {
  return [
    withUnit(service.requests[at], "rate"),
    withUnit(allErrors(service)[at], "rate"),
    withUnit(service.p50Ms[at], "ms"),
    withUnit(service.p95Ms[at], "ms"),
    withUnit(service.p99Ms[at], "ms"),
    withUnit(service.inFlight[at], "count"),
    withUnit(service.queued[at], "count"),
    withUnit(service.cpuPercent[at], "percent"),
    withUnit(service.memoryBytes[at], "bytes"),
    withUnit(service.workers[at], "count"),
  ];
}

/** Only while it is open: it has a row for each point. */
function drawTable(): void {
  const box = element("tableBox", HTMLDetailsElement);
  if (!box.open || shown === undefined) {
    return;
  }
  const { times, services } = shown;
  const several = services.length > 1;
  const known = times
    .map((_, index) => index)
    .filter((index) => services.some(({ requests }) => (requests[index] ?? null) !== null))
    .slice(-MOST_ROWS)
    .reverse();
  const rows = known.flatMap((index) =>
    services.map((service) => [
      clock(times[index] ?? 0, toSeconds),
      ...(several ? [service.service] : []),
      ...figuresRow(service, index),
    ]),
  );
  const head = [
    ...[texts.time, ...(several ? [texts.service] : []), texts.requestsPerSecond, texts.errorsPerSecond],
    ...[texts.p50, texts.p95, texts.p99, texts.inFlight, texts.queued, texts.cpu, texts.memory, texts.workers],
  ];
  element("figures").replaceChildren(make("table", "", ...table(head, rows)));
}

function drawRevisions({ services }: MetricHistory): void {
  element("revisionBox").hidden = services.length !== 1;
  const numbers = (services[0]?.revisions ?? []).map((each) => each.revision).reverse();
  const wanted = JSON.stringify([0, ...numbers]);
  if (revision.dataset["options"] !== wanted) {
    revision.dataset["options"] = wanted;
    revision.replaceChildren(
      ...[0, ...numbers].map(
        (number) => new Option(number === 0 ? texts.allRevisions : String(number), String(number)),
      ),
    );
  }
  revision.value = String(channel.state.revision);
}

function showNote(sentence: string): void {
  const note = element("note");
  note.hidden = sentence === "";
  if (note.textContent !== sentence) {
    note.textContent = sentence;
  }
}

function draw(): void {
  if (shown === undefined) {
    return;
  }
  element("loading").hidden = true;
  element("charts").hidden = false;
  element("tableBox").hidden = false;
  showNote(
    joinWords(
      shown.services.map(({ note }) => note),
      " ",
    ),
  );
  drawRevisions(shown);
  drawCharts(shown);
  drawTotals(shown);
  drawTable();
}

// ------------------------------------------------------------------------------------------------ messages

range.addEventListener("change", () => {
  channel.keep({ seconds: Number(range.value) });
  ask();
});
revision.addEventListener("change", () => {
  channel.keep({ revision: Number(revision.value) });
  ask();
});
element("pause").addEventListener("click", () => {
  channel.keep({ paused: !channel.state.paused });
  showState();
  if (channel.state.paused) {
    window.clearTimeout(timer);
  } else {
    ask();
  }
});
element("export").addEventListener("click", () => {
  channel.send({ kind: "export", seconds: channel.state.seconds, revision: channel.state.revision });
});
element("compare").addEventListener("click", () => channel.send({ kind: "compare" }));
element("tableBox").addEventListener("toggle", drawTable);
new ResizeObserver(() => {
  for (const [id, plot] of plots) {
    const place = document.querySelector(`[data-chart="${id}"]`);
    if (place !== null && widthOf(place) !== plot.width) {
      plot.setSize({ width: widthOf(place), height: HEIGHT });
    }
  }
}).observe(element("charts"));
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });

range.value = String(channel.state.seconds);
showTitle();
showState();
ask();
channel.listen({
  history: ({ history }) => {
    // The last question may have been asked before it was paused; what is looked at stays.
    if (!channel.state.paused || shown === undefined || timer === undefined) {
      shown = history;
      draw();
    }
    askLater();
  },
  names: ({ names }) => {
    gone = false;
    channel.keep({ names, revision: 0 });
    showTitle();
    ask();
  },
  failure: (message) => {
    gone = message.gone;
    element("loading").hidden = true;
    showNote(message.sentence);
    showState();
    askLater();
  },
});
