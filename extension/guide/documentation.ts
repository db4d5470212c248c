/** The documentation, which comes with the extension, as a page of the editor; needs neither network nor server. */
import * as vscode from "vscode";

import { chaptersOf, documentHtml, foundHtml, titleOf, withPictures, type Chapter } from "./documentBody";
import { FIRST_PAGE, originalOf, targetOf, translationOf } from "./links";
import type { FromGuidePage } from "./pageMessages";
import { GuidePanel } from "./panel";
import { search, sectionsOf, type GuideSection } from "./search";
import { createWebviewPanel } from "../window";
import { inRow } from "../text/visible";

const { l10n } = vscode;

/** Where one is in the documentation: an English page, which is shown in the language of the editor if it can be. */
interface Place {
  readonly page: string;
  readonly at: string;
}

/** A page as it is shown. */
interface Text {
  /** Where it was read: its translation, or the page itself. */
  readonly page: string;
  readonly markdown: string;
}

const FIRST: Place = { page: FIRST_PAGE, at: "" };

function isPlace(state: unknown): state is Place {
  const place = state as Partial<Place> | undefined;
  return (
    typeof place?.page === "string" && typeof place.at === "string" && targetOf(`/${place.page}`, "").kind === "page"
  );
}

export class Documentation implements vscode.WebviewPanelSerializer, vscode.Disposable {
  static readonly TYPE = "scoredock.documentation";
  private panel: GuidePanel | undefined;
  private places: readonly Place[] = [FIRST];
  /** The page that is shown, by the file that was read. */
  private shown = FIRST_PAGE;
  private chapters: readonly Chapter[] | undefined;
  /** Of all chapters, read once something is looked for. */
  private sections: Promise<readonly GuideSection[]> | undefined;
  /** What was typed last. */
  private asked = "";
  private readonly registration = vscode.window.registerWebviewPanelSerializer(Documentation.TYPE, this);

  constructor(private readonly extension: vscode.Uri) {}

  /** Shows a page, by its path in the extension or as a link from the first page. */
  async open(href: string): Promise<void> {
    if (this.panel === undefined) {
      const title = l10n.t("Scoredock Documentation");
      const options = { enableFindWidget: true };
      this.adopt(createWebviewPanel(Documentation.TYPE, title, vscode.ViewColumn.Active, options));
    } else {
      this.panel.view.reveal();
    }
    await this.follow(href === "" ? "README.md" : href, FIRST_PAGE);
  }

  async deserializeWebviewPanel(view: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.adopt(view);
    await this.go([isPlace(state) ? state : FIRST]);
  }

  dispose(): void {
    this.panel?.dispose();
    this.registration.dispose();
  }

  private adopt(view: vscode.WebviewPanel): void {
    const kind = { type: Documentation.TYPE, title: view.title, name: "guide", pictures: "docs" };
    const panel = new GuidePanel(view, this.extension, kind, (message) => this.receive(message));
    this.panel = panel;
    this.places = [];
    view.onDidDispose(() => {
      panel.dispose();
      this.panel = this.panel === panel ? undefined : this.panel;
    });
  }

  private async receive(message: FromGuidePage): Promise<void> {
    if (message.kind === "search") {
      await this.search(message.text);
    } else if (message.kind === "open") {
      await this.follow(message.href, this.shown);
    } else if (message.kind === "act" && message.id === "back" && this.places.length > 1) {
      await this.go(this.places.slice(0, -1));
    }
  }

  private async search(asked: string): Promise<void> {
    this.asked = asked;
    this.sections ??= this.readAll();
    const found = search(await this.sections, asked);
    // Reading takes a moment the first time: what is typed by now counts.
    if (this.asked === asked) {
      this.panel?.found(foundHtml(asked, found));
    }
  }

  private async readAll(): Promise<readonly GuideSection[]> {
    const texts = await Promise.all(
      (this.chapters ?? []).map(async ({ page }) => ({ page, markdown: (await this.read(page)).markdown })),
    );
    return texts.flatMap(({ page, markdown }) => sectionsOf(page, markdown));
  }

  private async follow(href: string, from: string): Promise<void> {
    const target = href.startsWith("/") ? targetOf(href, "") : targetOf(href, from);
    switch (target.kind) {
      case "page":
        await this.go([...this.places, { page: originalOf(target.page), at: target.at }]);
        break;
      case "web":
        await vscode.env.openExternal(vscode.Uri.parse(target.address));
        break;
      case "file":
        await vscode.commands.executeCommand("vscode.open", vscode.Uri.joinPath(this.extension, target.path));
        break;
      case "nowhere":
        break;
    }
  }

  /** A page in the language of the editor, or in English where it was not translated. */
  private async read(page: string): Promise<Text> {
    const translation = translationOf(page, vscode.env.language);
    if (translation !== "") {
      try {
        return await this.readFile(translation);
      } catch {
        // It was not translated.
      }
    }
    return await this.readFile(page);
  }

  private async readFile(page: string): Promise<Text> {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.extension, page));
    return { page, markdown: new TextDecoder().decode(bytes) };
  }

  private async go(places: readonly Place[]): Promise<void> {
    const place = places.at(-1) ?? FIRST;
    const panel = this.panel;
    if (panel === undefined) {
      return;
    }
    if (this.chapters === undefined) {
      const first = await this.read(FIRST_PAGE);
      this.chapters = chaptersOf(first.markdown, first.page);
    }
    const { page, markdown } = await this.read(place.page);
    // The editor's own Markdown, so that pages look like its previews.
    const html = await vscode.commands.executeCommand<string>("markdown.api.render", markdown);
    const address = (path: string): string =>
      panel.view.webview.asWebviewUri(vscode.Uri.joinPath(this.extension, path)).toString();
    this.places = places;
    this.shown = page;
    panel.view.title = inRow(place.page === FIRST_PAGE ? l10n.t("Scoredock Documentation") : titleOf(markdown));
    panel.show({
      html: documentHtml({
        page: place.page,
        body: withPictures(html, page, address),
        chapters: this.chapters,
        canGoBack: places.length > 1,
      }),
      at: place.at,
      state: place,
      busy: false,
    });
  }
}
