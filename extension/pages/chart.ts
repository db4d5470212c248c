/** Draws charts of pages as SVG, in the editor's own colours. */
import { make } from "../webview/elements";
import type { ChartBlock, ChartLine } from "./chartBlock";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [640, 240];
const [LEFT, RIGHT, TOP, BOTTOM] = [72, 16, 14, 44];

type Values = Readonly<Record<string, string | number>>;

function shape(tag: string, values: Values, text = ""): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(values)) {
    made.setAttribute(name, String(value));
  }
  made.textContent = text;
  return made;
}

function across(value: number): number {
  return LEFT + value * (WIDTH - LEFT - RIGHT);
}

function up(value: number): number {
  return HEIGHT - BOTTOM - value * (HEIGHT - TOP - BOTTOM);
}

function drawn({ points, dots, joined, dashed, colour }: ChartLine): SVGElement[] {
  const places = points.map(({ x, y }) => [across(x), up(y)] as const);
  const path = places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const line = shape("polyline", { class: `line ${colour}${dashed ? " dashed" : ""}`, points: path });
  const marks = places.map(([x, y]) => shape("circle", { class: `dot ${colour}`, cx: x, cy: y, r: 4 }));
  return [...(joined ? [line] : []), ...(dots ? marks : [])];
}

function axes(block: ChartBlock): SVGElement[] {
  const end = WIDTH - RIGHT;
  const [bottom, middle] = [HEIGHT - BOTTOM, (HEIGHT - BOTTOM + TOP) / 2];
  const side = `rotate(-90 14 ${middle})`;
  return [
    ...block.y.ticks.flatMap(({ at, text }) => [
      shape("line", { class: "grid", x1: LEFT, x2: end, y1: up(at), y2: up(at) }),
      shape("text", { x: LEFT - 6, y: up(at) + 4, "text-anchor": "end" }, text),
    ]),
    ...block.x.ticks.map(({ at, text }) =>
      shape("text", { x: across(at), y: bottom + 16, "text-anchor": "middle" }, text),
    ),
    shape("line", { class: "axis", x1: LEFT, x2: end, y1: bottom, y2: bottom }),
    shape("text", { x: (LEFT + end) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, block.x.label),
    shape("text", { x: 14, y: middle, "text-anchor": "middle", transform: side }, block.y.label),
    ...block.levels.flatMap(({ at, text }) => [
      shape("line", { class: "level", x1: LEFT, x2: end, y1: up(at), y2: up(at) }),
      shape("text", { class: "level", x: end, y: up(at) - 4, "text-anchor": "end" }, text),
    ]),
  ];
}

function legend(lines: readonly ChartLine[]): HTMLElement {
  const items = lines.map(({ label, colour, dashed }) =>
    make("span", "key", make("span", `swatch ${colour}${dashed ? " dashed" : ""}`), label),
  );
  return make("div", "legend", ...items);
}

/** The figures are in a table as well; a screen reader hears the label only. */
export function chartOf(block: ChartBlock): HTMLElement {
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": block.label });
  svg.append(...axes(block), ...block.lines.flatMap(drawn));
  const made = make("figure", "chart");
  made.append(svg);
  if (block.lines.length > 1) {
    made.append(legend(block.lines));
  }
  return made;
}
