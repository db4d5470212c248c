/**
 * The form of an endpoint's page: a share for each version, and which one is the default. It only collects; whether the
 * shares are allowed is said by the server. What was typed outlives that the page is drawn again.
 */
import { make, pressable } from "../webview/elements";
import type { ShownContent } from "./messages";

type Form = Extract<ShownContent["sections"][number]["blocks"][number], { kind: "traffic" }>;
type Row = Form["rows"][number];

/** What is sent when the form is applied. */
export interface TrafficValues {
  readonly default: string;
  readonly shares: Readonly<Record<string, string>>;
}

/** What was typed and not applied yet, by version; an empty name has the default version. */
const typed = new Map<string, string>();

function forgetApplied(form: Form): void {
  const now = new Map(form.rows.map(({ name, share }) => [name, String(share)]));
  now.set("", form.rows.find(({ isDefault }) => isDefault)?.name ?? "");
  for (const [name, value] of typed) {
    if (!now.has(name) || now.get(name) === value) {
      typed.delete(name);
    }
  }
}

function number(row: Row, form: Form): HTMLInputElement {
  const made = make("input", { type: "number", min: "0", max: "100", step: "1" });
  made.value = typed.get(row.name) ?? String(row.share);
  made.ariaLabel = form.texts.shareOf.replace("{0}", row.name);
  made.dataset["focus"] = `traffic/share/${row.name}`;
  return made;
}

function choice(row: Row, form: Form, chosen: string): HTMLInputElement {
  const checked = row.name === chosen;
  const made = make("input", { type: "radio", name: "default", value: row.name, checked });
  made.ariaLabel = `${form.texts.default}: ${row.name}`;
  made.dataset["focus"] = `traffic/default/${row.name}`;
  return made;
}

/** Draws the form; `apply` gets what stands in it. */
export function trafficForm(form: Form, apply: (act: number, values: TrafficValues) => void): HTMLElement {
  forgetApplied(form);
  const before = form.rows.find(({ isDefault }) => isDefault)?.name ?? "";
  const rows = form.rows.map((row) => ({
    row,
    share: number(row, form),
    own: choice(row, form, typed.get("") ?? before),
  }));
  const said = make("span", { className: "quiet", role: "status" });
  const defaultNow = (): string => rows.find(({ own }) => own.checked)?.own.value ?? before;
  const send = pressable(
    form.apply.label,
    "first",
    () => {
      const chosen = defaultNow();
      const shares = rows
        .filter(({ row }) => row.name !== chosen)
        .map(({ row, share }) => [row.name, share.value] as const);
      apply(form.apply.act, { default: chosen, shares: Object.fromEntries(shares) });
    },
    `traffic/${form.apply.label}`,
  );
  const putBack = (): void => {
    typed.clear();
    for (const { row, share, own } of rows) {
      share.value = String(row.share);
      own.checked = row.isDefault;
    }
    settle();
  };
  const reset = pressable(form.texts.reset, "other", putBack, `traffic/${form.texts.reset}`);
  /** The default version gets what the others leave, so its share is shown and not typed. */
  const settle = (): void => {
    const chosen = defaultNow();
    const given = rows
      .filter(({ row }) => row.name !== chosen)
      .reduce((sum, { share }) => sum + share.valueAsNumber, 0);
    for (const { row, share } of rows) {
      share.disabled = row.name === chosen;
      if (share.disabled) {
        share.value = Number.isFinite(given) ? String(Math.max(0, 100 - given)) : "";
      }
    }
    said.textContent = given > 100 ? form.texts.tooMuch : form.texts.rest.replace("{0}", chosen);
    said.classList.toggle("wrong", given > 100);
    const same =
      chosen === before && rows.every(({ row, share }) => share.disabled || share.value === String(row.share));
    send.disabled = same;
    reset.disabled = same;
  };
  const listen = (): void => {
    for (const { row, share, own } of rows) {
      share.addEventListener("input", () => {
        typed.set(row.name, share.value);
        settle();
      });
      own.addEventListener("change", () => {
        typed.set("", own.value);
        settle();
      });
      share.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !send.disabled) {
          send.click();
        }
      });
    }
  };
  listen();
  settle();

  const { version, share: shareTitle, default: defaultTitle } = form.texts;
  const heads = [make("th", "", version), make("th", "figure", shareTitle), make("th", "", defaultTitle)];
  const lines = rows.map(({ row, share, own }) => {
    const marks = row.marks.flatMap((mark) => [" ", make("span", "chip", mark)]);
    const name = make("th", { scope: "row" }, row.name, ...marks);
    return make("tr", "", name, make("td", "figure", share), make("td", "", own));
  });
  const table = make("table", "traffic", make("tr", "", ...heads), ...lines);
  return make("div", "", table, make("div", "row", send, reset, said));
}
