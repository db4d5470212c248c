"""What a run tells: tables for the terminal, and the page docs/performance.md with its picture."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from serving.features import FEATURES
from serving.goals import all_on, reload_part, times
from serving.peers import AZURE, FASTAPI, OURS
from serving.plot import bars
from serving.workloads import WORKLOADS

LOADED = 0.1
"""Share of the machine that other programs may take before the page says that it was loaded."""


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def tables(result: dict[str, Any]) -> Iterator[str]:
    """Every table as lines."""
    for title, rows in _tables(result):
        yield f"\n{title}"
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _tables(result: dict[str, Any]) -> Iterator[tuple[str, list[list[str]]]]:
    names = list(result["cells"])
    for workload in WORKLOADS:
        rows = [["server", "CPU of a request", "requests a second", "p50", "p99", "CPU against ours (95 %)"]]
        for name in sorted(names, key=lambda name: median(result["cells"][name].get(workload.key, {}).get("cpu", []))):
            cell = result["cells"][name].get(workload.key)
            if not (cell and cell.get("cpu")):
                continue
            found = times(result, name, workload.key) if name != OURS else None
            against = f"{found.middle:.1f} x ({found.low:.1f} to {found.high:.1f})" if found else ""
            row = [name, _micro(median(cell["cpu"])), f"{median(cell['rate']):,.0f}"]
            rows.append([*row, _time(median(cell["p50"])), _time(median(cell["p99"])), against])
        bare = result["bare"].get("rows" if workload.row_count > 1 else "small")
        if bare and workload.script == "score.py":
            rows.append(["run() alone in a loop", _micro(median(bare)), "", "", "", ""])
        if len(rows) > 1:
            yield workload.title[0].upper() + workload.title[1:], rows
    yield "Memory, start and size", _sizes(result)
    plain = result["features"].get(next(iter(FEATURES)))
    if plain:
        rows = [["feature", "CPU of a request", "more than without"]]
        for name, costs in result["features"].items():
            same = len(costs) == len(plain)
            more = median([cost - base for cost, base in zip(costs, plain, strict=True)]) if same else float("nan")
            rows.append([name, _micro(median(costs)), "" if costs is plain else f"{more:+.1f} µs"])
        order = list(FEATURES)
        yield (
            "What features cost, small JSON, 32 connections",
            [rows[0], *sorted(rows[1:], key=lambda r: order.index(r[0]))],
        )
    if result.get("without"):  # results of older commits have none
        yield "What quicker ways save", _parts(result)


def _parts(result: dict[str, Any]) -> list[list[str]]:
    rows = [["way", "workload", "CPU of a request", "without it", "saved"]]
    for name, workloads in result["without"].items():
        for workload in WORKLOADS:
            costs = workloads.get(workload.key, [])
            plain = result["cells"][OURS][workload.key]["cpu"]
            if costs and len(costs) == len(plain):
                saved = median([1 - base / cost for cost, base in zip(costs, plain, strict=True)])
                title = workload.title[0].upper() + workload.title[1:]
                rows.append([name, title, _micro(median(plain)), _micro(median(costs)), f"{saved:.0%}"])
    return rows


def _sizes(result: dict[str, Any]) -> list[list[str]]:
    rows = [["server", "memory under load", "launch to first answer", "with an empty script", "installed", "packages"]]
    for name in result["cells"]:
        size, count = result["sizes"].get(name, (0, 0))
        empty = result["empty_starts"].get(name)
        rows.append(
            [
                name,
                f"{median(result['memory'].get(name, [])) / 1e6:.0f} MB",
                _time(median(result["starts"].get(name, []))),
                _time(median(empty)) if empty else "",
                f"{size / 1e6:.1f} MB",
                str(count),
            ]
        )
    return rows


def _micro(value: float) -> str:
    return f"{value:,.0f} µs" if value >= 100 else f"{value:.1f} µs"


def _time(seconds: float) -> str:
    return (
        f"{seconds:.2f} s"
        if seconds >= 1
        else f"{seconds * 1000:.0f} ms"
        if seconds >= 0.02
        else f"{seconds * 1000:.2f} ms"
    )


def picture(result: dict[str, Any]) -> str:
    """CPU of a request: small JSON, and a thousand rows."""
    panels = []
    for workload in WORKLOADS:
        if workload.key not in ("small-32", "rows-8"):
            continue
        rows = [
            (name, median(cells[workload.key]["cpu"]), "ours" if name == OURS else "other")
            for name, cells in result["cells"].items()
            if cells.get(workload.key, {}).get("cpu")
        ]
        bare = result["bare"].get("rows" if workload.row_count > 1 else "small")
        if bare:
            rows.append(("run() alone", median(bare), "limit"))
        panels.append(
            (f"{workload.title[0].upper()}{workload.title[1:]}: CPU of a request", sorted(rows, key=lambda row: row[1]))
        )
    return bars(panels, "µs")


def write(result: dict[str, Any], docs: Path) -> None:
    """The page and its picture."""
    (docs / "images" / "performance.svg").write_text(picture(result), encoding="utf-8")
    (docs / "performance.md").write_text("\n".join(_page(result)) + "\n", encoding="utf-8")


def _page(result: dict[str, Any]) -> Iterator[str]:
    where = result["machine"]
    share = median(result["others"])
    yield "# How fast the scoring runtime is"
    yield ""
    yield "<!-- Written by `npm run bench:runtime -- --report` from a run's figures. -->"
    yield ""
    count = len(result["cells"])
    yield (
        f"The same small scikit-learn model (Ridge, 10 columns) behind {count} servers, one worker each, on one machine"
        " in one run."
    )
    yield (
        "What counts is the CPU time that a request costs, all processes of the server together: it says how many"
        " requests a core"
    )
    yield "can answer, and depends far less than rates and latencies do on what else the machine does."
    yield ""
    yield "![CPU time of a request, by server](images/performance.svg)"
    yield ""
    yield (
        f"Measured {where['date']}, {result['rounds']} rounds in {result['took'] / 60:.0f} minutes, at commit"
        f" {where['commit']}, on"
    )
    yield (
        f"{where['cpu']} ({where['cores']} cores), {where['system']}, Python {where['python']},"
        f" {where.get('script', '')}. The load came from `wrk` on the same"
    )
    yield f"machine. Other programs took {share:.0%} of it meanwhile."
    if result["quick"]:
        yield ""
        yield "> This was the short run of `--quick`, with three of the servers: a first look, not a result."
    if share > LOADED:
        yield ""
        yield (
            "> The machine was loaded: rates, latencies and starts are worse than on a quiet one for all servers, and"
            " so is, by"
        )
        yield "> less, CPU time."
    yield ""
    yield "## In short"
    yield ""
    for sentence in _short(result):
        yield f"- {sentence}"
    yield ""
    yield "## Figures"
    for title, rows in _tables(result):
        yield ""
        yield f"### {title}"
        yield ""
        yield "| " + " | ".join(rows[0]) + " |"
        yield "|---" + "|---:" * (len(rows[0]) - 1) + "|"
        for row in rows[1:]:
            yield "| " + " | ".join(row) + " |"
    yield ""
    yield from METHOD
    yield ""
    yield "| server | packages |"
    yield "|---|---|"
    for name, packages in result["packages"].items():
        yield f"| {name} | {', '.join(f'`{each}`' for each in packages)} |"
    for name, why in result["missing"].items():
        yield f"| {name} | not (fully) measured: {' '.join(why.split())[:160]} |"


def _short(result: dict[str, Any]) -> Iterator[str]:
    for workload in WORKLOADS:
        told = [
            f"{peer} takes {found.middle:.1f} times our CPU (at least {found.low:.1f})"
            for peer in (AZURE, FASTAPI)
            if (found := times(result, peer, workload.key))
        ]
        if told:
            yield f"{workload.title[0].upper()}{workload.title[1:]}: {', '.join(told)}."
    found = all_on(result)
    if found:
        yield (
            "With keys, metrics, ids in the log, strict answers and limits on: azmlinfsrv, which has none of them,"
            f" takes {found.middle:.1f} times our CPU (at least {found.low:.1f})."
        )
    asked, saved = (reload_part(result, kind) for kind in ("asked", "saved"))
    if asked and saved:
        yield (
            f"A changed script answers {median(asked) * 1000:.0f} ms after the order to reload,"
            f" {median(saved) * 1000:.0f} ms after the file was saved where the service watches it, both beside what"
            " its own import and `init()` take."
        )


METHOD = """## How it is measured

- In each round every server (those that no goal is about: in every third) is started anew, in another order, asked whether it gives the same numbers as the rest, left until
  it is idle, warmed up with 40 requests, and loaded for one and a half seconds a workload; figures are medians of the rounds.
- The interval of a ratio is the 95 % interval of a bootstrap over rounds. Goals count as met when its lower end is.
- CPU time is user and system time of all processes of the server, those that ended included, as the system counts it.
- Memory is the proportional set size of all processes after the load. Installed is what comes on top of scikit-learn, numpy
  and scipy, without byte code.
- A reload begins when the script's file is replaced, followed by the order of the editor or noticed by the service's own watch,
  and ends with the first answer of the new text.
- Every server writes a line for each request, as it does by itself; BentoML's is off, as its default would be traced, too. For
  FastAPI the figures without one stand beside it, to compare with ours without.
- The script has scikit-learn 1.8: from 1.9 on its own checks take three times as long, and most of a small request. Another
  version can be asked for with `--scikit-learn`.
- MLServer and MLflow are asked in their own formats, the others with `{"data": [[…]]}`. The empty script is left
  out for BentoML, LitServe and MLflow.
- `npm run bench:runtime` does it all again (about 20 minutes); `npm run bench:runtime -- --quick` is for development. Package
  environments and results are kept in `~/.cache/scoredock-bench`.""".splitlines()  # noqa: E501 (a text that would change if it were wrapped)
