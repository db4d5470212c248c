"""What benchmarks in the real editor share: where it is, whether it can be measured, and how long its extension host
was held up."""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from measurement import Measurement

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "ui")]

from workbench import Installation  # noqa: E402 (lies beside the tests)

Measured = TypeVar("Measured")

DELAYS = "SCOREDOCK_BENCH_DELAYS"
"""Variable with the file to which the extension below writes."""
PROFILE = "SCOREDOCK_BENCH_PROFILE"
INTERVAL = 5
"""Milliseconds between two looks at the clock."""
_SCRIPT = f"""
const fs = require('node:fs');
const inspector = require('node:inspector');
exports.activate = () => {{
  const file = process.env.{DELAYS};
  if (!file) return;
  let last = performance.now(), used = process.cpuUsage(), held = 0, ran = 0;
  setInterval(() => {{
    const now = performance.now(), more = process.cpuUsage(used);
    const gap = now - last - {INTERVAL};
    if (gap > held) held = gap, ran = Math.min(gap, (more.user + more.system) / 1000);
    last = now, used = process.cpuUsage();
  }}, {INTERVAL});
  setInterval(() => {{
    fs.appendFileSync(file, JSON.stringify({{ at: Date.now(), held, ran }}) + '\\n');
    held = ran = 0;
  }}, 100);
  const profile = process.env.{PROFILE};
  if (!profile) return;
  const session = new inspector.Session();
  session.connect();
  session.post('Profiler.enable');
  let begun = false;
  setInterval(() => {{
    const wanted = fs.existsSync(profile + '.begin');
    if (wanted && !begun) session.post('Profiler.start');
    if (!wanted && begun) {{
      session.post('Profiler.stop', (error, told) => fs.writeFileSync(profile, JSON.stringify(error ?? told.profile)));
    }}
    begun = wanted;
  }}, 200);
}};
"""
_VSIX = """<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="{name}" Version="{version}" Publisher="{publisher}"/>
    <DisplayName>{name}</DisplayName>
    <Description>For benchmarks</Description>
    <Properties><Property Id="Microsoft.VisualStudio.Code.Engine" Value="^1.90.0"/></Properties>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
  </Assets>
</PackageManifest>
"""
_TYPES = """<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
  <Default Extension=".json" ContentType="application/json"/>
  <Default Extension=".js" ContentType="application/javascript"/>
  <Default Extension=".vsixmanifest" ContentType="text/xml"/>
</Types>
"""


def packed(name: str, script: str, path: Path, contributes: Mapping[str, Any] | None = None) -> Path:
    """A VSIX with an extension of one script that begins with the window."""
    manifest = {
        "name": name,
        "publisher": "benchmarks",
        "version": "1.0.0",
        "engines": {"vscode": "^1.90.0"},
        "extensionKind": ["workspace"],
        "activationEvents": ["onStartupFinished"],
        "main": "./main.js",
        "contributes": contributes or {},
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("extension.vsixmanifest", _VSIX.format_map(manifest))
        archive.writestr("extension/package.json", json.dumps(manifest))
        archive.writestr("extension/main.js", script)
    return path


@dataclass(frozen=True)
class HostDelays:
    """An extension of our own in the extension host beside Scoredock. It writes ten times a second for how long the
    event loop was held up at most since: nothing else in that process could run for so long. The processor time of
    that gap is written beside it: a process that only waited for its turn used none."""

    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """For the editor's server."""
        return {DELAYS: str(self.file)}

    def vsix(self) -> Path:
        """To be installed into the editor."""
        return packed("host-delays", _SCRIPT, self.file.with_name("host-delays.vsix"))

    def longest(self, begin: float, end: float) -> tuple[float, float]:
        """Milliseconds of the longest gap between two times in seconds since the epoch, and how much of it the process
        ran.

        Raises ValueError where nothing was seen: then the extension was not there."""
        seen = [json.loads(line) for line in self.file.read_text().splitlines()]
        gaps = [(entry["held"], entry["ran"]) for entry in seen if begin * 1000 <= entry["at"] <= end * 1000]
        if not gaps:
            raise ValueError(f"the extension host said nothing between {begin} and {end}: {self.file}")
        return max(gaps)


def in_editor(what: str, measure: Callable[[Path, Path, Installation], Measured]) -> Measured | None:
    """Calls `measure` with an empty folder, the newest VSIX and the editor; says why where that cannot be."""
    installation = Installation("newest")
    vsixes = sorted(ROOT.glob("scoredock-*.vsix"))
    lack = installation.missing() or ("" if vsixes else "npm run package makes the VSIX")
    if lack:
        Measurement(what, "runs", f"not measured: {lack}", None).emit()
        return None
    with tempfile.TemporaryDirectory(prefix="sd-bench-", ignore_cleanup_errors=True) as base:
        return measure(Path(base), vsixes[-1], installation)
