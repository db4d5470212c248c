"""docs/scale.md: the rows as tables, and what they come to at sizes that were not measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TITLES = {
    "models": "Models of one workspace",
    "services": "Services of one workspace on this machine, stopped",
    "cluster": "Services of one namespace of a cluster",
}
ABOUT = {
    "models": "Versions, a hundred of each name. The first page is what the Models view shows; a search goes over all"
    " of them.",
    "services": "The list that the Services view, `service list` and the SDK get. Services that run add one look"
    " at each: they are looked at side by side.",
    "cluster": "At most eight of them have a pod, the others are stopped. A list reads the objects of the namespace"
    " together, in as many calls as for one service.",
}
UNITS = {
    "first page, first": "first page, new server, ms",
    "first page": "first page, ms",
    "search": "search, ms",
    "list, first": "list, new server, ms",
    "list": "list, ms",
    "list, longest": "longest, ms",
    "memory": "memory of the server, MB",
    "store": "store, MB",
    "processor": "processor while nothing changes, %",
    "objects": "objects of each",
    "kilobytes": "kB of objects of each, as JSON",
}
BEYOND = {"models": 100_000, "services": 10_000, "cluster": 10_000}
"""The sizes that the arithmetic goes to, where they were not measured."""
GROWING = ("first page", "search", "list", "memory", "store")


def lines(kept: dict[str, Any]) -> Iterator[str]:
    """The whole page."""
    yield "# How far it goes"
    yield ""
    yield "<!-- Written by `npm run bench -- scale --report` from a run's figures. -->"
    yield ""
    yield "What grows with the number of models and services, measured as far as two processors go,"
    yield "and the arithmetic beyond that. A figure is the median of some requests through the server, as an editor"
    yield "sends them; one that is the first has a server that has just begun."
    for part, of_part in kept.items():
        yield from _section(part, of_part)
    yield ""
    yield "## What breaks first"
    yield ""
    yield from _limits(kept)


def _section(part: str, of_part: dict[str, Any]) -> Iterator[str]:
    rows, where, load = of_part["rows"], of_part["machine"], of_part["load"]
    names = [each for each in rows[0] if each != "size"]
    yield ""
    yield f"## {TITLES[part]}"
    yield ""
    yield ABOUT[part]
    yield ""
    yield (
        f"Measured {where['date']} at commit {where['commit']}, {where['cores']} cores, Python {where['python']}."
        f" Load of the machine {load[0]:.1f} at the beginning, {load[1]:.1f} at the end."
    )
    yield ""
    yield "| how many | " + " | ".join(UNITS[each] for each in names) + " |"
    yield "|---:|" + "---:|" * len(names)
    for row in rows:
        yield f"| {row['size']:,.0f} | " + " | ".join(_figure(row[each]) for each in names) + " |"
    if BEYOND[part] > rows[-1]["size"]:
        said = ", ".join(
            f"{UNITS[each]} {_figure(_extended(rows, each, BEYOND[part]))}" for each in names if each in GROWING
        )
        yield ""
        yield f"By the growth between the last two rows, {BEYOND[part]:,} come to: {said}."


def _extended(rows: list[dict[str, float]], name: str, size: int) -> float:
    """Along the line through the last two rows."""
    one, other = rows[-2:]
    slope = (other[name] - one[name]) / (other["size"] - one["size"])
    return other[name] + slope * (size - other["size"])


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def _limits(kept: dict[str, Any]) -> Iterator[str]:
    """One line for each part that was measured: what somebody waits for at the largest size."""
    if part := kept.get("models"):
        last = part["rows"][-1]
        yield (
            f"- **Models.** The first page of {last['size']:,.0f} versions takes {_seconds(last['first page'])}, as"
            " groups are counted over all of them."
        )
    if part := kept.get("services"):
        last = part["rows"][-1]
        yield (
            f"- **Services.** A list has all of them, with their revisions: {_seconds(last['list'])} for"
            f" {last['size']:,.0f}. The view asks for it after each change."
        )
    if part := kept.get("cluster"):
        megabytes = part["rows"][-1]["kilobytes"] * BEYOND["cluster"] / 1000
        yield (
            f"- **A namespace.** {BEYOND['cluster']:,} services have objects of {megabytes:,.0f} MB as JSON; a list"
            " reads a part of these. A namespace for each team keeps both small, as a compute target is one namespace."
        )


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s"
