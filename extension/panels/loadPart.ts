/** The part of the request panel's page that sends a request many times. Texts reach the page as text nodes only. */
import type { DisplayedLoad, LoadSettings } from "./messages";
import type { Texts } from "./texts";
import { element, make, namedRow } from "../webview/elements";

const FIELDS = ["connections", "rate", "duration"] as const;

export class LoadPart {
  private readonly start = element("loadStart", HTMLButtonElement);
  private readonly status = element("loadStatus");
  private readonly box = element("loadFigures");
  private readonly errors = element("loadErrors");
  private isRunning = false;

  constructor(
    private readonly texts: Texts,
    actions: { readonly start: (settings: LoadSettings) => void; readonly stop: () => void },
  ) {
    this.start.addEventListener("click", () => {
      if (this.isRunning) {
        actions.stop();
        return;
      }
      const [connections, rate, duration] = FIELDS.map((id) => Number(element(id, HTMLInputElement).value));
      this.run(true);
      this.status.textContent = texts.loadBegins;
      actions.start({ connections: connections ?? 0, rate: rate ?? 0, duration: duration ?? 0 });
    });
  }

  show(load: DisplayedLoad): void {
    this.run(!load.isOver);
    this.status.textContent = load.status;
    this.box.hidden = load.figures.length === 0;
    element("loadRows", HTMLTableSectionElement).replaceChildren(
      ...load.figures.map(([name, value]) => namedRow(name, value)),
    );
    this.errors.hidden = load.errors.length === 0;
    this.errors.replaceChildren(...load.errors.map((error) => make("li", "", error)));
  }

  private run(now: boolean): void {
    this.isRunning = now;
    this.start.textContent = now ? this.texts.loadStop : this.texts.loadStart;
  }
}
