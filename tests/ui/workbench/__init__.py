"""A real VS Code in a real browser, driven the way a person drives it: by mouse, keyboard and what the screen shows."""

from __future__ import annotations

from workbench.axe import serious_faults
from workbench.install import Installation
from workbench.server import EditorServer
from workbench.shared import SharedEditor
from workbench.wait import fill, until, until_contains, until_equal
from workbench.window import Chromium, Window

__all__ = [
    "Chromium",
    "EditorServer",
    "Installation",
    "SharedEditor",
    "Window",
    "fill",
    "serious_faults",
    "until",
    "until_contains",
    "until_equal",
]
