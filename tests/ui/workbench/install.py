"""Where tests/ui/install_vscode.sh puts a VS Code, and whether it is there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import parts

_PROGRAMS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
"""The first is the browser without its own window, menus and tabs: a tenth less work for all these tests."""


def _chromium() -> Path:
    given = os.environ.get("CHROMIUM")
    return Path(given or next((name for name in _PROGRAMS if Path(name).exists()), _PROGRAMS[0]))


CHROMIUM = _chromium()


@dataclass(frozen=True)
class Installation:
    """One version of the workbench."""

    release: str
    """`newest` or `1.100`."""

    @property
    def home(self) -> Path:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cache / ("real-vscode" if self.release == "newest" else f"real-vscode-{self.release}")

    @property
    def node(self) -> Path:
        return self.home / "node" / "dist" / "bin" / "node"

    @property
    def entry(self) -> Path:
        return self.home / "cs" / "node_modules" / "code-server" / "out" / "node" / "entry.js"

    def missing(self) -> str:
        """What is not there or not wanted in this run, as one sentence; empty when everything is."""
        if "browser" in parts.WITHOUT:
            return "a browser, which this run was told to do without"
        if not CHROMIUM.exists():
            return f"Chromium ({CHROMIUM}; install_vscode.sh installs it)"
        last_step = self.home / ".stamps" / "argon2"
        if not (self.node.exists() and self.entry.exists() and last_step.exists()):
            return f"VS Code {self.release} in {self.home} (tests/ui/install_vscode.sh {self.release})"
        return ""
