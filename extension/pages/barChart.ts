/** A picture of shares in two data sets, side by side for each bin or category; its figures are a table as well. */
import { headRow, make, namedRow } from "../webview/elements";
import type { ShownContent } from "./messages";

type Bars = Extract<ShownContent["sections"][number]["blocks"][number], { kind: "bars" }>;

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 400;
const HEIGHT = 110;
/** Of the room of a bin, between two of them. */
const GAP = 0.16;

function shape(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, String(value));
  }
  return made;
}

function percentage(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}

function drawing(from: Bars): SVGElement {
  const highest = Math.max(...from.bars.flatMap(({ values }) => values), Number.MIN_VALUE);
  const room = WIDTH / from.bars.length;
  const width = (room * (1 - GAP)) / from.series.length;
  const drawn = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const [place, bar] of from.bars.entries()) {
    const group = shape("g", {});
    const title = shape("title", {});
    title.textContent = [
      bar.label,
      ...bar.values.map((value, at) => `${from.series[at] ?? ""}: ${percentage(value)}`),
    ].join("\n");
    // The whole height answers to the pointer, not only the bars.
    group.append(title, shape("rect", { class: "ground", x: place * room, y: 0, width: room, height: HEIGHT }));
    for (const [at, value] of bar.values.entries()) {
      const height = (value / highest) * HEIGHT;
      const x = place * room + (room * GAP) / 2 + at * width;
      group.append(shape("rect", { class: `series${at}`, x, y: HEIGHT - height, width, height }));
    }
    drawn.append(group);
  }
  drawn.append(shape("line", { class: "floor", x1: 0, y1: HEIGHT, x2: WIDTH, y2: HEIGHT }));
  return drawn;
}

/** Names of categories below their bars; of numbers the ends alone. */
function foot(from: Bars): HTMLElement {
  const words = from.ends.length > 0 ? from.ends : from.bars.map(({ label }) => label);
  return make(
    "div",
    from.ends.length > 0 ? "foot ends" : "foot",
    ...words.map((word) => make("span", { title: word }, word)),
  );
}

function figures(from: Bars): HTMLElement {
  const rows = from.bars.map(({ label, values }) => namedRow(label, ...values.map(percentage)));
  const head = make("thead", "", headRow("", ...from.series));
  return make("table", { className: "unseen", ariaLabel: from.title }, head, make("tbody", "", ...rows));
}

export function barChart(from: Bars): HTMLElement {
  const keys = from.series.flatMap((name, at) => [make("span", `key series${at}`), make("span", "", name)]);
  const caption = make(
    "figcaption",
    "",
    make("span", "name", from.title),
    ...(from.mark === "" ? [] : [make("span", "state warning", from.mark)]),
    make("span", "keys", ...keys),
  );
  return make("figure", "bars", caption, drawing(from), foot(from), figures(from));
}
