"""The table of commands in docs/editor.md, from package.json: each with the places where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

BEGIN = "<!-- commands: written by npm run generate -->"
END = "<!-- end of commands -->"
_MENUS = {
    "explorer/context": "Explorer",
    "editor/title/context": "tab of the editor",
    "editor/context": "editor",
    "editor/title": "head of the editor",
}
_CLICKED = {
    "scoredock.showMore": "last row of a long list",
    "scoredock.showServices": "status bar",
    "scoredock.showServiceActions": "status bar, then a service",
    "scoredock.goToFailure": "above `init()`",
}
"""Where the commands are that no menu has."""


def updated(page: str, package: Path) -> str:
    """The page with the table as the manifest has it; a page without the marks stays as it is."""
    if BEGIN not in page or END not in page:
        return page
    before, after = page.split(BEGIN)[0], page.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n{table(package)}\n{END}{after}"


def table(package: Path) -> str:
    """A row a command: its title, and where it is found."""
    manifest = json.loads(package.read_text(encoding="utf-8"))["contributes"]
    texts = json.loads(package.with_name("package.nls.json").read_text(encoding="utf-8"))
    rows = [
        f"| {_text(command['title'], texts)} | {'; '.join(places(command['command'], manifest, texts))} |"
        for command in manifest["commands"]
    ]
    return "\n".join(["| command | where |", "|---|---|", *rows, ""])


def places(command: str, manifest: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """Where a command is found, the palette first."""
    menus: Mapping[str, list[dict[str, str]]] = manifest["menus"]
    hidden = {item["command"]: item["when"] for item in menus["commandPalette"]}
    found = ["command palette"] if hidden.get(command) != "false" else []
    for menu, items in menus.items():
        for item in items:
            if item.get("command") == command:
                found += _place(menu, item, manifest, texts)
    found += [f"`{key}`" for key in _keys(command, manifest["keybindings"])]
    return list(dict.fromkeys(found)) or [_CLICKED[command]]


def _place(menu: str, item: Mapping[str, str], manifest: Mapping[str, Any], texts: Mapping[str, str]) -> Iterable[str]:
    if menu in _MENUS:
        return [_MENUS[menu]]
    view = re.search(r"view == scoredock\.(\w+)", item.get("when", ""))
    if view is None:
        return []
    title = texts[f"view.{view[1]}"]
    if menu == "view/title":
        return [f"head of *{title}*"]
    if menu == "view/item/context":
        return [f"row of *{title}*"]
    labels = {submenu["id"]: _text(submenu["label"], texts) for submenu in manifest["submenus"]}
    return [f"row of *{title}* › {labels[menu]}"]


def _keys(command: str, bindings: Iterable[Mapping[str, Any]]) -> list[str]:
    def runs(binding: Mapping[str, Any]) -> bool:
        if binding["command"] == command:
            return True
        inner = binding.get("args", {}).get("commands", []) if binding["command"] == "runCommands" else []
        return any(isinstance(one, dict) and one["command"] == command for one in inner)

    return [
        binding["key"].upper() if len(binding["key"]) < 3 else binding["key"].title()
        for binding in bindings
        if runs(binding)
    ]


def _text(title: str, texts: Mapping[str, str]) -> str:
    return texts[title.strip("%")]
