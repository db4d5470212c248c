"""Writes what package.json says of commands, menus, keys, settings and tasks, and package.nls.json of commands and
settings; every other key of them belongs to people."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from typing import Any

from scoredock.features.editor_only import SUBMENUS
from scoredock.features.verbs import editor_commands
from scoredock.options import FieldOption, options_of
from scoredock.protocol.messages import TaskDefinition
from scoredock.protocol.wire import camel
from scoredock.settings import SETTINGS, Setting
from scoredock.verb import EditorCommand, Key, Submenu

_AREAS = {
    "server": "Server",
    "home": "General",
    "model": "Models",
    "environment": "Environments",
    "deploy": "Deployment",
    "docker": "Deployment",
    "pipeline": "Deployment",
    "services": "Deployment",
    "mlflow": "Runs",
    "check": "Checks",
    "codeLens": "Checks",
    "inlayHints": "Checks",
    "log": "Logs",
}


def updated(text: str) -> str:
    """package.json with the configuration block, the restricted settings and what a task can say as declared; nothing
    else is touched."""
    manifest: dict[str, Any] = json.loads(text)
    contributes = manifest.setdefault("contributes", {})
    contributes["commands"] = [_command(each) for each in editor_commands()]
    contributes["menus"] = _menus()
    contributes["keybindings"] = [_key(each, key) for each in editor_commands() for key in each.keys]
    contributes["submenus"] = [{"id": each.id, "label": f"%{_submenu_text(each)}%"} for each in SUBMENUS]
    contributes["configuration"] = _sections()
    contributes["taskDefinitions"] = [_task_definition()]
    trust = manifest.setdefault("capabilities", {}).setdefault("untrustedWorkspaces", {})
    trust["restrictedConfigurations"] = [setting.key for setting in SETTINGS if setting.restricted]
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def texts(text: str) -> str:
    """package.nls.json with the texts of the settings as declared; those that people wrote stay, in their order."""
    entries: dict[str, str] = json.loads(text)
    prefixes = ("section.", "setting.", "command.", "submenu.")
    kept = {key: value for key, value in entries.items() if not key.startswith(prefixes)}
    commands = {_command_text(each): each.title for each in editor_commands()}
    submenus = {_submenu_text(each): each.title for each in SUBMENUS}
    sections = {_section_text(area(setting)): area(setting) for setting in SETTINGS}
    descriptions = {_setting_text(setting): setting.description for setting in SETTINGS}
    return json.dumps({**kept, **commands, **submenus, **sections, **descriptions}, indent=2, ensure_ascii=False) + "\n"


def area(setting: Setting) -> str:
    """The section of the settings page a setting is shown in."""
    return _AREAS[setting.key.split(".")[1]]


def _command(command: EditorCommand) -> dict[str, str]:
    title = {"command": command.command, "title": f"%{_command_text(command)}%", "category": "%category.general%"}
    return title | ({"icon": f"$({command.icon})"} if command.icon else {})


def _command_text(command: EditorCommand) -> str:
    return f"command.{command.id}"


def _submenu_text(submenu: Submenu) -> str:
    return submenu.id.replace("scoredock", "submenu", 1)


def _menus() -> dict[str, list[dict[str, str]]]:
    """By menu; commands in the order of their declaration, and the palette last, with those that it has not always."""
    menus: dict[str, list[dict[str, str]]] = defaultdict(list)
    for command in editor_commands():
        for item in chain(*command.menus):
            menus[item.menu].append({"command": command.command, "when": item.when, "group": item.group})
    for submenu in SUBMENUS:
        for item in submenu.rows:
            menus[item.menu].append({"submenu": submenu.id, "when": item.when, "group": item.group})
    hidden = [{"command": each.command, "when": each.palette} for each in editor_commands() if each.palette]
    return {**{menu: sorted(items, key=_place) for menu, items in sorted(menus.items())}, "commandPalette": hidden}


def _place(item: dict[str, str]) -> tuple[str, str, str]:
    """Place of an item in its menu: by view, then by group."""
    view = re.match(r"view == (\S+)", item["when"])
    return view[1] if view else "", item["group"], item.get("command", item.get("submenu", ""))


def _key(command: EditorCommand, key: Key) -> dict[str, Any]:
    runs = (
        {"command": "runCommands", "args": {"commands": list(key.steps)}} if key.steps else {"command": command.command}
    )
    return {**runs, "key": key.key, **({"mac": key.mac} if key.mac else {}), "when": key.when}


def _sections() -> list[dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for order, setting in enumerate(SETTINGS):
        title = area(setting)
        section = sections.setdefault(title, _section(title))
        section["properties"][setting.key] = _property(setting, order)
    return list(sections.values())


def _section(title: str) -> dict[str, Any]:
    return {"id": f"scoredock.{title.lower()}", "title": f"%{_section_text(title)}%", "properties": {}}


def _section_text(title: str) -> str:
    return f"section.{title.lower()}"


def _setting_text(setting: Setting) -> str:
    return setting.key.replace("scoredock.", "setting.", 1)


def _property(setting: Setting, order: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "string" if setting.kind == "enum" else setting.kind,
        "default": list(setting.default) if isinstance(setting.default, tuple) else setting.default,
        "markdownDescription": f"%{_setting_text(setting)}%",
        "scope": setting.scope,
        "order": order,
    }
    if setting.choices:
        described["enum"] = list(setting.choices)
    if setting.kind == "array":
        described["items"] = {"type": "string"}
    if setting.minimum is not None:
        described["minimum"] = setting.minimum
    return described


def _task_definition() -> dict[str, Any]:
    hints = typing.get_type_hints(TaskDefinition)
    options = options_of(TaskDefinition)
    fields = [field for field in dataclasses.fields(TaskDefinition) if field.name != "overwrite"]
    first = [field for field in fields if field.name in ("task", "service")]
    return {
        "type": "scoredock",
        "required": ["task"],
        "properties": {
            camel(field.name): {
                **_schema(hints[field.name], options.get(field.name)),
                "description": f"%task.{camel(field.name)}%",
            }
            for field in [*first, *(field for field in fields if field not in first)]
        },
    }


def _schema(hint: Any, option: FieldOption | None) -> dict[str, Any]:
    """JSON Schema of a field of a task."""
    if option is not None and option.choices:
        return {"type": "string", "enum": list(option.choices)}
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Literal:
        return {"type": "string", "enum": [value for value in arguments if value]}
    kinds = {typing.get_origin(each) or each for each in (hint, *arguments)}
    if Mapping in kinds:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if kinds & {list, tuple}:
        return {"type": "array", "items": {"type": "string"}}
    for kind, name in ((bool, "boolean"), (int, "integer")):
        if kind in kinds:
            return {"type": name}
    return {"type": "string"}
