/** Parts of the page by their ids. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) {
    throw new Error(`The page lacks #${id}.`);
  }
  return found;
}
