/** Waits for a pause in the typing before something is asked of the server. No `vscode` here. */

/** Milliseconds without a keystroke. */
const PAUSE = 150;

export interface Debouncer {
  readonly typed: (text: string) => void;
  readonly dispose: () => void;
}

/** Calls back when nobody has typed for a moment. */
export function debounce(act: (text: string) => void): Debouncer {
  let timer: NodeJS.Timeout | undefined;
  return {
    typed: (text) => {
      clearTimeout(timer);
      timer = setTimeout(() => act(text), PAUSE);
    },
    dispose: () => clearTimeout(timer),
  };
}
