/** What can be done with the thing of a page: one main button, two at most beside it, the rest in a menu. */
import { make, pressable } from "./elements";
import { menuBehind } from "./menu";

export interface HeaderAction {
  readonly label: string;
  readonly rank: "first" | "other" | "danger";
  readonly press: () => void;
}

/** Buttons beside the main one. */
const BESIDE = 2;

/** Which actions are buttons, and which stand in the menu; what destroys something is apart, at the end of the menu. */
export function arrangement<A extends Pick<HeaderAction, "rank">>(
  actions: readonly A[],
): Readonly<Record<"buttons" | "menu" | "apart", readonly A[]>> {
  const main = actions.find(({ rank }) => rank === "first");
  const others = actions.filter((action) => action !== main && action.rank !== "danger");
  const apart = actions.filter(({ rank }) => rank === "danger");
  return {
    buttons: [...(main === undefined ? [] : [main]), ...others.slice(0, BESIDE)],
    menu: others.slice(BESIDE),
    apart,
  };
}

/** Draws them; `more` is what the menu is called. */
export function drawActions(place: HTMLElement, actions: readonly HeaderAction[], more: string): void {
  const { buttons, menu, apart } = arrangement(actions);
  const row: HTMLElement[] = buttons.map(({ label, rank, press }) => pressable(label, rank, press, `actions/${label}`));
  if (menu.length + apart.length > 0) {
    const button = make("button", { type: "button", className: "secondary", ariaLabel: more, title: more }, "⋯");
    Object.assign(button, { ariaHasPopup: "menu", ariaExpanded: "false" });
    button.dataset["focus"] = "actions/⋯";
    const items = [...menu, ...apart].map(({ label, rank, press }) => {
      const item = pressable(label, rank === "danger" ? "danger" : "", press);
      item.role = "menuitem";
      return item;
    });
    const list = make("div", { className: "menu", role: "menu", ariaLabel: more, hidden: true }, ...items);
    if (menu.length > 0 && apart.length > 0) {
      list.insertBefore(make("hr", { role: "separator" }), items[menu.length] ?? null);
    }
    menuBehind(button, list);
    row.push(make("span", "menuPlace", button, list));
  }
  place.replaceChildren(...row);
  place.hidden = row.length === 0;
}
