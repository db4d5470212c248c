"""What a page costs in the editor whoever opens it: an extension whose pages hold two headings and nothing else."""

from __future__ import annotations

from pathlib import Path

from real_editor import packed

VIEW = "Empty Pages"
ROWS = ("first", "second")
_CONTRIBUTES = {
    "views": {"explorer": [{"id": "emptyPages", "name": VIEW}]},
    "commands": [{"command": "emptyPages.open", "title": "Open"}],
}
_SCRIPT = """
const vscode = require('vscode');
exports.activate = () => {
  const open = { command: 'emptyPages.open', title: 'Open' };
  vscode.window.registerTreeDataProvider('emptyPages', {
    getChildren: () => ROWS,
    getTreeItem: (name) => ({ label: name, command: { ...open, arguments: [name] } }),
  });
  vscode.commands.registerCommand('emptyPages.open', (name) => {
    const panel = vscode.window.createWebviewPanel('emptyPages', name, vscode.ViewColumn.Active, {
      enableScripts: true,
    });
    panel.webview.html = `<!doctype html><body><h1 id="title">${name} page</h1><main><h2>Nothing</h2></main></body>`;
  });
};
""".replace("ROWS", repr(list(ROWS)))


def vsix(folder: Path) -> Path:
    """To be installed into the editor: a view in the Explorer, each row of which opens a page of its own."""
    return packed("empty-pages", _SCRIPT, folder / "empty-pages.vsix", _CONTRIBUTES)
