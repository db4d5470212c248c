/**
 * Which environment of `.http` files is chosen: their variables count in the request panel and in the Testing view. And
 * which variables of the shell the person lets requests of a folder send.
 */
import * as vscode from "vscode";

const KEY = "scoredock.requestEnvironment";
const ALLOWED = "scoredock.allowedVariables";

type NamesByFolder = Readonly<Record<string, readonly string[]>>;

export class RequestEnvironment implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<string>();
  readonly onDidChange = this.changed.event;

  /** Remembered for the folders of the window. */
  constructor(private readonly memory: vscode.Memento) {}

  /** Empty for none. */
  get name(): string {
    return this.memory.get<string>(KEY) ?? "";
  }

  async choose(name: string): Promise<void> {
    await this.memory.update(KEY, name);
    this.changed.fire(name);
  }

  /** Names, for the requests of a folder. */
  allowedIn(folder: string): readonly string[] {
    return this.memory.get<NamesByFolder>(ALLOWED)?.[folder] ?? [];
  }

  /** Remembered with what was allowed there before. */
  async allow(folder: string, names: readonly string[]): Promise<void> {
    const all = [...new Set([...this.allowedIn(folder), ...names])].sort();
    await this.memory.update(ALLOWED, { ...this.memory.get<NamesByFolder>(ALLOWED), [folder]: all });
  }

  /** All that was allowed, with its folder. */
  allAllowed(): readonly { readonly folder: string; readonly name: string }[] {
    const all = Object.entries(this.memory.get<NamesByFolder>(ALLOWED) ?? {});
    return all.flatMap(([folder, names]) => names.map((name) => ({ folder, name })));
  }

  /** Asked for again from now on. */
  async forget(folder: string, name: string): Promise<void> {
    const left = this.allowedIn(folder).filter((each) => each !== name);
    await this.memory.update(ALLOWED, { ...this.memory.get<NamesByFolder>(ALLOWED), [folder]: left });
  }

  dispose(): void {
    this.changed.dispose();
  }
}
