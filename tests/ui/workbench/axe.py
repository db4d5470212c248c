"""What axe finds wrong with a page for people who use the keyboard, a screen reader or strong contrast."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Frame

_AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id} (${help}): ${html} ${failureSummary}`))"""


def serious_faults(frame: Frame) -> list[str]:
    """The serious and critical violations of a page, each with its place."""
    if not frame.evaluate("() => 'axe' in globalThis"):
        frame.evaluate(_AXE.read_text(encoding="utf-8"))
    return [str(fault) for fault in frame.evaluate(_RUN)]
