"""What a page costs in the editor whoever opens it: an extension whose pages hold two headings and nothing else. It
adds to the menu of our services, so that its pages are opened by the very gesture of ours."""

from __future__ import annotations

from pathlib import Path

from real_editor import packed

VIEW = "Empty Pages"
ROWS = ("first", "second")
FROM_MENU, BESIDE = "Open Empty Page", "Open Empty Page Beside"
"""Entries of the menu of a service of ours: a page in the same group of tabs, and one in a group of its own. The first
of them is called `empty 1 page`."""
_MENU = {"emptyPages.openNext": FROM_MENU, "emptyPages.openNextBeside": BESIDE}
_CONTRIBUTES = {
    "views": {"explorer": [{"id": "emptyPages", "name": VIEW}]},
    "commands": [{"command": command, "title": title} for command, title in _MENU.items()],
    "menus": {"view/item/context": [{"command": command, "when": "view == scoredock.services"} for command in _MENU]},
}
_SCRIPT = """
const vscode = require('vscode');
exports.activate = () => {
  const open = { command: 'emptyPages.open', title: 'Open' };
  vscode.window.registerTreeDataProvider('emptyPages', {
    getChildren: () => ROWS,
    getTreeItem: (name) => ({ label: name, command: { ...open, arguments: [name] } }),
  });
  const show = (name, column) => {
    const panel = vscode.window.createWebviewPanel('emptyPages', name, column, { enableScripts: true });
    panel.webview.html = `<!doctype html><body><h1 id="title">${name} page</h1><main><h2>Nothing</h2></main></body>`;
  };
  vscode.commands.registerCommand('emptyPages.open', (name) => show(name, vscode.ViewColumn.Active));
  let count = 0;
  const next = (column) => { count += 1; show(`empty ${count}`, column); };
  vscode.commands.registerCommand('emptyPages.openNext', () => next(vscode.ViewColumn.Active));
  vscode.commands.registerCommand('emptyPages.openNextBeside', () => next(vscode.ViewColumn.Beside));
};
""".replace("ROWS", repr(list(ROWS)))


def vsix(folder: Path) -> Path:
    """To be installed into the editor: a view in the Explorer, each row of which opens a page of its own."""
    return packed("empty-pages", _SCRIPT, folder / "empty-pages.vsix", _CONTRIBUTES)
