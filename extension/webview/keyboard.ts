/** The keyboard in a page that the editor keeps while another tab is in front of it. */

/** Milliseconds. On its way to the tab in front of a page the keyboard may pass through the page. */
const STAYS = 200;

/** Calls `has` each time the page has got the keyboard and kept it. Whether anybody sees the page, only the extension
 * knows. */
export function onKeyboard(has: () => void): void {
  let timer: number | undefined;
  const wait = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (document.hasFocus()) {
        has();
      }
    }, STAYS);
  };
  window.addEventListener("focus", wait);
  if (document.hasFocus()) {
    wait();
  }
}
