/**
 * The form of an endpoint's page for automatic withdrawal: the limits of each version that can be withdrawn. It only
 * collects; whether they are allowed is said by the server. What was typed outlives that the page is drawn again.
 */
import { make, pressable } from "../webview/elements";
import type { ShownContent } from "./messages";

type Form = Extract<ShownContent["sections"][number]["blocks"][number], { kind: "limits" }>;
type Row = Form["rows"][number];

/** What stands in the fields of a version; empty for no limit. */
export type LimitFields = Readonly<Record<"errors" | "milliseconds" | "seconds" | "requests", string>>;

/** What is sent when the form is applied: the versions with other limits. */
export interface LimitsValues {
  readonly limits: Readonly<Record<string, LimitFields>>;
}

const COLUMNS = ["errors", "milliseconds", "seconds", "requests"] as const;
type ColumnName = (typeof COLUMNS)[number];

/** What was typed and not applied yet, by version and column. */
const typed = new Map<string, string>();

function keyOf(row: Row, name: ColumnName): string {
  return `${name}/${row.name}`;
}

function forgetApplied(form: Form): void {
  const now = new Map(form.rows.flatMap((row) => COLUMNS.map((name) => [keyOf(row, name), row.values[name]])));
  for (const [key, value] of typed) {
    if (!now.has(key) || now.get(key) === value) {
      typed.delete(key);
    }
  }
}

function number(form: Form, row: Row, name: ColumnName): HTMLInputElement {
  const made = make("input", { type: "number", min: "0", step: "1", ariaLabel: `${row.name}: ${form.texts[name]}` });
  made.placeholder = name === "errors" || name === "milliseconds" ? form.texts.none : "";
  made.value = typed.get(keyOf(row, name)) ?? row.values[name];
  made.dataset["focus"] = `limits/${keyOf(row, name)}`;
  return made;
}

interface Line {
  readonly row: Row;
  readonly inputs: Readonly<Record<ColumnName, HTMLInputElement>>;
}

function byColumn<T>(of: (name: ColumnName) => T): Readonly<Record<ColumnName, T>> {
  return Object.fromEntries(COLUMNS.map((name) => [name, of(name)])) as Record<ColumnName, T>;
}

function differs({ row, inputs }: Line): boolean {
  return COLUMNS.some((name) => inputs[name].value !== row.values[name]);
}

function tableOf(form: Form, lines: readonly Line[]): HTMLTableElement {
  const heads = COLUMNS.map((name) => make("th", "figure", form.texts[name]));
  const rows = lines.map(({ row, inputs }) => {
    const values = COLUMNS.map((name) => make("td", "figure", inputs[name]));
    return make("tr", "", make("th", { scope: "row" }, row.name), ...values);
  });
  return make("table", "traffic", make("tr", "", make("th", "", form.texts.version), ...heads), ...rows);
}

/** Draws the form; `apply` gets what stands in it. */
export function limitsForm(form: Form, apply: (act: number, values: LimitsValues) => void): HTMLElement {
  forgetApplied(form);
  const lines = form.rows.map((row): Line => ({ row, inputs: byColumn((name) => number(form, row, name)) }));
  const send = pressable(
    form.apply.label,
    "first",
    () => {
      const changed = lines.filter(differs);
      const limits = changed.map(({ row, inputs }) => [row.name, byColumn((name) => inputs[name].value)] as const);
      apply(form.apply.act, { limits: Object.fromEntries(limits) });
    },
    `limits/${form.apply.label}`,
  );
  const putBack = (): void => {
    typed.clear();
    for (const { row, inputs } of lines) {
      for (const name of COLUMNS) {
        inputs[name].value = row.values[name];
      }
    }
    settle();
  };
  const reset = pressable(form.texts.reset, "other", putBack, `limits/${form.texts.reset}`);
  const settle = (): void => {
    const same = !lines.some(differs);
    send.disabled = same;
    reset.disabled = same;
  };
  for (const { row, inputs } of lines) {
    for (const name of COLUMNS) {
      inputs[name].addEventListener("input", () => {
        typed.set(keyOf(row, name), inputs[name].value);
        settle();
      });
      inputs[name].addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !send.disabled) {
          send.click();
        }
      });
    }
  }
  settle();
  return make("div", "", tableOf(form, lines), make("div", "row", send, reset));
}
