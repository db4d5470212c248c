/**
 * What the menus of the manifest offer for a row. The palette offers the same, so that a verb is declared once. No
 * `vscode` here.
 */

/** A title as the editor hands it out: translated, with or without the original. */
type Title = string | { readonly value: string };

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}

export interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: Title; readonly icon?: string }[];
    readonly submenus?: readonly { readonly id: string; readonly label: Title }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[] | undefined>>;
  };
}

export interface Verb {
  readonly command: string;
  readonly title: string;
  /** Name of a codicon; empty for none. */
  readonly icon: string;
  /** The submenu that has it; empty for the menu itself. */
  readonly submenu: string;
}

/** What a condition of a menu is asked about. */
export interface Place {
  /** `models`, without the name of the extension. */
  readonly view: string;
  /** Of the row; empty for the head of the view. */
  readonly flags: string;
  /** Context keys that hold. */
  readonly keys: ReadonlySet<string>;
}

const CLAUSE = /^(?:view == scoredock\.(?<view>\w+)|viewItem =~ \/(?<pattern>.+)\/|(?<not>!?)(?<key>[\w.]+))$/;

/**
 * Whether a condition holds at a place. Understands what our own menus say: `view == …`, `viewItem =~ /…/` and plain
 * keys, joined by `&&`; raises for anything else, which a test of the manifest sees.
 */
export function holds(when: string, { view, flags, keys }: Place): boolean {
  return when.split(" && ").every((clause) => {
    const found = CLAUSE.exec(clause)?.groups;
    if (found === undefined) {
      throw new Error(`A menu of a view has a condition that the palette does not understand: ${clause}`);
    }
    if (found["view"] !== undefined) {
      return found["view"] === view;
    }
    if (found["pattern"] !== undefined) {
      return new RegExp(found["pattern"]).test(flags);
    }
    return keys.has(found["key"] ?? "") === (found["not"] === "");
  });
}

function text(title: Title): string {
  return typeof title === "string" ? title : title.value;
}

/** The order of a menu. The icons of a row repeat its entries and come last, those of a view's head come first. */
function inOrder(items: readonly MenuItem[]): readonly MenuItem[] {
  const rank = ({ group = "" }: MenuItem): string =>
    group.startsWith("inline") ? `~${group}` : group.startsWith("navigation") ? ` ${group}` : group;
  return [...items].sort((one, other) => (rank(one) < rank(other) ? -1 : rank(one) > rank(other) ? 1 : 0));
}

function verbsIn(manifest: Manifest, items: readonly MenuItem[], place: Place, submenu: string): readonly Verb[] {
  const { commands, menus, submenus = [] } = manifest.contributes;
  return inOrder(items)
    .filter(({ when = "" }) => when === "" || holds(when, place))
    .flatMap((item): readonly Verb[] => {
      if (item.submenu !== undefined) {
        const label = submenus.find(({ id }) => id === item.submenu)?.label ?? "";
        return verbsIn(manifest, menus[item.submenu] ?? [], place, text(label));
      }
      const declared = commands.find(({ command }) => command === item.command);
      if (declared === undefined) {
        return [];
      }
      const icon = /^\$\((.+)\)$/.exec(declared.icon ?? "")?.[1] ?? "";
      return [{ command: declared.command, title: text(declared.title), icon, submenu }];
    });
}

/** Each command where it stands first. */
function once(verbs: readonly Verb[]): readonly Verb[] {
  return verbs.filter((verb, index) => verbs.findIndex(({ command }) => command === verb.command) === index);
}

/** What a row can be asked to do, in the order of its menu; the entries of submenus stand in their place. */
export function rowVerbs(manifest: Manifest, place: Place): readonly Verb[] {
  return once(verbsIn(manifest, manifest.contributes.menus["view/item/context"] ?? [], place, ""));
}

/** What the head of a view offers. */
export function titleVerbs(manifest: Manifest, place: Place): readonly Verb[] {
  return once(verbsIn(manifest, manifest.contributes.menus["view/title"] ?? [], place, ""));
}
