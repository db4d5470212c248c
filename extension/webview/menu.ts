/** A menu behind a button, by mouse and by keyboard; what its items do is up to whoever listens to their clicks. */

export function menuBehind(button: HTMLButtonElement, list: HTMLElement): void {
  const items = (): HTMLButtonElement[] => [...list.querySelectorAll("button")].filter(({ hidden }) => !hidden);

  function show(now: boolean): void {
    // Before it goes, with what has the keyboard in it.
    if (!now && list.contains(document.activeElement)) {
      button.focus();
    }
    list.hidden = !now;
    if (now) {
      // Below the left edge of its button, and further left where the window ends before the menu.
      list.style.left = "0";
      const { right } = list.getBoundingClientRect();
      list.style.left = `${Math.min(0, document.documentElement.clientWidth - 8 - right)}px`;
    }
    button.setAttribute("aria-expanded", String(now));
  }

  function open(index: number): void {
    show(true);
    items().at(index)?.focus();
  }

  function move(by: number): void {
    const all = items();
    const at = all.findIndex((item) => item === document.activeElement);
    all[(at + by + all.length) % all.length]?.focus();
  }

  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Home: () => items().at(0)?.focus(),
    End: () => items().at(-1)?.focus(),
    Escape: () => show(false),
  };

  button.addEventListener("click", () => {
    if (list.hidden) {
      open(0);
    } else {
      show(false);
    }
  });
  button.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      open(event.key === "ArrowDown" ? 0 : -1);
    }
  });
  list.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (act !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      act();
    } else if (event.key === "Tab") {
      // The next stop is that of the button.
      show(false);
    }
  });
  list.addEventListener("click", () => show(false));
  // One item is marked, by mouse or keyboard: the one that Enter would take. A pointer that rests moves nothing.
  list.addEventListener("pointermove", ({ target }) => {
    const item = items().find((one) => target instanceof Node && one.contains(target));
    if (item !== undefined && item !== document.activeElement) {
      item.focus();
    }
  });
  list.addEventListener("focusout", ({ relatedTarget }) => {
    const stays = relatedTarget instanceof Node && (list.contains(relatedTarget) || relatedTarget === button);
    if (!stays && !list.hidden) {
      list.hidden = true;
      button.setAttribute("aria-expanded", "false");
    }
  });
}
