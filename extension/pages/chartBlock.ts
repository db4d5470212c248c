/**
 * Charts of pages as plain data: points and ticks from 0 to 1, so that whoever draws them only scales. No `vscode`
 * here.
 */

/** Names of the editor's own colours of charts. */
export type ChartColour = "blue" | "orange" | "purple" | "green" | "red";

/** From 0 to 1, left to right and bottom to top. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
}

export interface ChartTick {
  readonly at: number;
  readonly text: string;
}

export interface ChartLine {
  readonly label: string;
  readonly colour: ChartColour;
  readonly points: readonly ChartPoint[];
  /** Each point has a dot; without, only their line is drawn. */
  readonly dots: boolean;
  readonly joined: boolean;
  readonly dashed: boolean;
}

export interface ChartBlock {
  readonly kind: "chart";
  /** What it shows, for a screen reader; the figures are in a table beside it. */
  readonly label: string;
  readonly x: { readonly label: string; readonly ticks: readonly ChartTick[] };
  readonly y: { readonly label: string; readonly ticks: readonly ChartTick[] };
  readonly lines: readonly ChartLine[];
  /** Levels that are to be kept. */
  readonly levels: readonly ChartTick[];
}

/** One line in the units of its axes. */
export interface DataLine extends Pick<ChartLine, "label" | "colour"> {
  readonly points: readonly ChartPoint[];
  readonly look: "line" | "dots" | "both" | "dashed";
}

interface Axis {
  readonly label: string;
  readonly words: (value: number) => string;
}

interface ChartData {
  readonly label: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly DataLine[];
  readonly levels?: readonly { readonly value: number; readonly text: string }[];
}

/** Values that are further apart than this are shown by their powers. */
const FAR_APART = 20;
const TICKS = 5;

interface Scale {
  readonly of: (value: number) => number;
  readonly ticks: readonly number[];
}

/** A round number that is not smaller: 1, 2 or 5 of a power of ten. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const rounded = [1, 2, 5, 10].find((each) => each * power >= value * (1 - 1e-9)) ?? 10;
  return rounded * power;
}

function linear(most: number): Scale {
  const step = roundUp(Math.max(most, 1e-6) / TICKS);
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, number) => number * step);
  return { of: (value) => value / (count * step), ticks };
}

function byPowers(least: number, most: number): Scale {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  const ticks = Array.from({ length: last - first + 1 }, (_, number) => 10 ** (first + number));
  return { of: (value) => (Math.log10(Math.max(value, 10 ** first)) - first) / Math.max(1, last - first), ticks };
}

function scaleOf(values: readonly number[], mayBeFar: boolean): Scale {
  const positive = values.filter((value) => value > 0);
  const most = Math.max(...positive, 0);
  const least = Math.min(...positive);
  return mayBeFar && positive.length > 0 && most / least > FAR_APART ? byPowers(least, most) : linear(most);
}

function ticksOf({ of, ticks }: Scale, { words }: Axis): readonly ChartTick[] {
  return ticks.map((value) => ({ at: of(value), text: words(value) }));
}

/** None where there is nothing to draw. */
export function chart({ label, x, y, lines, levels = [] }: ChartData): readonly ChartBlock[] {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) {
    return [];
  }
  const across = scaleOf(
    points.map((point) => point.x),
    false,
  );
  const up = scaleOf([...points.map((point) => point.y), ...levels.map(({ value }) => value)], true);
  return [
    {
      kind: "chart",
      label,
      x: { label: x.label, ticks: ticksOf(across, x) },
      y: { label: y.label, ticks: ticksOf(up, y) },
      lines: lines.map(({ look, points: own, ...rest }) => ({
        ...rest,
        points: own.map((point) => ({ x: across.of(point.x), y: up.of(point.y) })),
        dots: look === "dots" || look === "both",
        joined: look !== "dots",
        dashed: look === "dashed",
      })),
      levels: levels.map(({ value, text }) => ({ at: up.of(value), text })),
    },
  ];
}
