"""The table of commands in docs/editor.md and in its translation, as package.json gets them: each with the places
where it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools import manifest

BEGIN = "<!-- commands: written by npm run generate -->"
END = "<!-- end of commands -->"
_MENUS = {
    "explorer/context": "Explorer",
    "editor/title/context": "tab of the editor",
    "editor/context": "editor",
    "editor/title": "head of the editor",
    "notebook/cell/title": "menu of a cell",
}
_CLICKED = {
    "scoredock.showMore": "last row of a long list",
    "scoredock.showServices": "status bar",
    "scoredock.showServiceActions": "status bar, then a service",
    "scoredock.openFullLog": "page of a log",
    "scoredock.exportDrift": "page of a comparison",
    "scoredock.resumeDrift": "page of a comparison",
    "scoredock.retrain": "page of a comparison",
    "scoredock.scheduleDrift": "page of a comparison",
    "scoredock.exportLineage": "page of a lineage",
    "scoredock.filterAuditLog": "page of an audit log",
    "scoredock.goToFailure": "above `init()`",
    "scoredock.sendFileRequest": "above a request",
    "scoredock.runAzLine": "light bulb of a line",
    "scoredock.saveAsUtf8": "light bulb of a line",
    "scoredock.writeWorkspaceConfig": "light bulb of a line",
    "scoredock.useServiceSize": "page of a search",
}
"""Where the commands are that no menu has."""
_IN_CHINESE = {
    "above `init()`": "`init()` 上方",
    "above a request": "请求上方",
    "command palette": "命令面板",
    "editor": "编辑器",
    "Explorer": "资源管理器",
    "head of the editor": "编辑器标题",
    "last row of a long list": "长列表的最后一行",
    "light bulb of a line": "代码行的灯泡",
    "page of a comparison": "比较页",
    "page of a lineage": "沿袭页面",
    "page of a log": "日志页",
    "page of a search": "搜索结果页",
    "menu of a cell": "单元格菜单",
    "status bar": "状态栏",
    "status bar, then a service": "状态栏的服务列表",
    "tab of the editor": "编辑器选项卡",
}
_OF_VIEWS_IN_CHINESE = (("head of ", "{}的标题栏"), ("row of ", "{}中的行"))


def updated(page: str, package: Path, language: str = "") -> str:
    """The page with the table as the manifest has it; a page without the marks stays as it is."""
    if BEGIN not in page or END not in page:
        return page
    before, after = page.split(BEGIN)[0], page.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n{table(package, language)}\n{END}{after}"


def table(package: Path, language: str = "") -> str:
    """A row a command: its title, and where it is found, in English or in `zh-cn`."""
    declared = json.loads(manifest.updated(package.read_text(encoding="utf-8")))["contributes"]
    texts = json.loads(manifest.texts(package.with_name("package.nls.json").read_text(encoding="utf-8")))
    translated = package.with_name(f"package.nls.{language}.json")
    if translated.exists():
        texts |= json.loads(translated.read_text(encoding="utf-8"))
    rows = []
    for command in declared["commands"]:
        where = places(command["command"], declared, texts)
        shown = "\uff1b".join(map(_in_chinese, where)) if language else "; ".join(where)
        rows.append(f"| {_text(command['title'], texts)} | {shown} |")
    head = "| 命令 | 位置 |" if language else "| command | where |"
    return "\n".join([head, "|---|---|", *rows, ""])


def _in_chinese(place: str) -> str:
    for before, words in _OF_VIEWS_IN_CHINESE:
        if place.startswith(f"{before}*"):
            view, *below = place.removeprefix(before).split(" → ")
            return " → ".join([words.format(view), *below])
    return _IN_CHINESE.get(place, place)


def places(command: str, declared: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """Descriptions of the places where a user finds `command` (palette, menus, keys), the palette first."""
    menus: Mapping[str, list[dict[str, str]]] = declared["menus"]
    hidden = {item["command"]: item["when"] for item in menus["commandPalette"]}
    locations = ["command palette"] if hidden.get(command) != "false" else []
    for menu, items in menus.items():
        for item in items:
            if item.get("command") == command:
                locations += _place(menu, item, declared, texts)
    locations += [f"`{key}`" for key in _keys(command, declared["keybindings"])]
    return list(dict.fromkeys(locations)) or [_CLICKED[command]]


def _place(menu: str, item: Mapping[str, str], declared: Mapping[str, Any], texts: Mapping[str, str]) -> Iterable[str]:
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
    labels = {submenu["id"]: _text(submenu["label"], texts) for submenu in declared["submenus"]}
    return [f"row of *{title}* → {labels[menu]}"]


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
