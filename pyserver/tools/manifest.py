"""Writes what package.json says of the settings; every other key of it belongs to people."""

from __future__ import annotations

import json
from typing import Any

from scoredock.settings import SETTINGS, Setting

_AREAS = {
    "server": "Server",
    "home": "General",
    "environment": "Environments",
    "deploy": "Deployment",
    "check": "Checks",
    "codeLens": "Checks",
    "log": "Logs",
}


def updated(text: str) -> str:
    """package.json with the configuration block and the restricted settings as declared; nothing else is touched."""
    manifest: dict[str, Any] = json.loads(text)
    manifest.setdefault("contributes", {})["configuration"] = _sections()
    trust = manifest.setdefault("capabilities", {}).setdefault("untrustedWorkspaces", {})
    trust["restrictedConfigurations"] = [setting.key for setting in SETTINGS if setting.restricted]
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def area(setting: Setting) -> str:
    """The section of the settings page a setting is shown in."""
    return _AREAS[setting.key.split(".")[1]]


def _sections() -> list[dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for order, setting in enumerate(SETTINGS):
        title = area(setting)
        section = sections.setdefault(title, {"id": f"scoredock.{title.lower()}", "title": title, "properties": {}})
        section["properties"][setting.key] = _property(setting, order)
    return list(sections.values())


def _property(setting: Setting, order: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "string" if setting.kind == "enum" else setting.kind,
        "default": list(setting.default) if isinstance(setting.default, tuple) else setting.default,
        "markdownDescription": setting.description,
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
