/** Which environment of `.http` files is chosen: their variables count in the request panel and in the Testing view. */
import * as vscode from "vscode";

const KEY = "scoredock.requestEnvironment";

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

  dispose(): void {
    this.changed.dispose();
  }
}
