"""Lines beside the goals, and the page docs/performance-docker.md, from the figures of docker_services.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from in_containers.environments import CACHED, FOUND, PIP, UV
from in_containers.peers import AZURE, BENTOML, LEFT_OUT, MLFLOW, OURS, PACKAGES
from in_containers.services import DEPLOY, REPLACE, UPDATE
from measurement import Measurement

CONTENT = "## Images without a daemon"
LOADED = 2.0
"""Runnable programs at the beginning of a part (load average of a minute) above which a run tells little of speed."""
DEPLOY_GOAL, REBUILD_GOAL, RELOAD_GOAL, CACHED_GOAL = 1.5, 3.0, 400.0, 1.0
_VERBS = {
    DEPLOY: ("deploy, warm environment: click to the first answer", DEPLOY_GOAL),
    UPDATE: ("changed script, update in the same container", REBUILD_GOAL),
    REPLACE: ("changed script and limits, update with another container", REBUILD_GOAL),
}


def write(page: Path, lines: Iterable[str]) -> None:
    """The page, with the section of content_images.py that it has."""
    before = page.read_text("utf-8") if page.is_file() else ""
    _, title, section = before.partition(f"\n{CONTENT}\n")
    page.write_text("\n".join(lines) + "\n" + title + section, encoding="utf-8")


def write_content(page: Path, lines: Iterable[str]) -> None:
    """The same page with another section of content_images.py."""
    before = page.read_text("utf-8").partition(f"\n{CONTENT}\n")[0].rstrip("\n")
    page.write_text(f"{before}\n\n{CONTENT}\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def measurements(result: dict[str, Any]) -> Iterator[Measurement]:
    """One for each goal, and those without."""
    if seconds := _figures(result, "services").get("seconds"):
        for verb, (what, goal) in _VERBS.items():
            found = median(seconds[verb]["docker"])
            beside = seconds[verb].get("process")
            more = f" (process engine: {median(beside):.2f} s)" if beside else ""
            yield Measurement(
                f"Docker, {what}, beyond the script", f"<= {goal:g} s", f"{found:.2f} s{more}", found <= goal
            )
    if docker := _figures(result, "reload").get("docker"):
        found = median(docker["ms"])
        process = median(_figures(result, "reload")["process"]["ms"])
        yield Measurement(
            "Docker, save in the editor to the first new answer, without init()",
            f"<= {RELOAD_GOAL:g} ms",
            f"{found:.0f} ms (process engine: {process:.0f} ms)",
            found <= RELOAD_GOAL,
        )
        total = docker["answers"] + docker["failures"]
        yield Measurement(
            "Docker, requests that failed during reloads",
            "0",
            f"{docker['failures']} of {total:,}",
            not docker["failures"],
        )
    if ways := _figures(result, "environments"):
        cached = median(ways[CACHED])
        yield Measurement(
            "environment made anew from uv's cache", f"<= {CACHED_GOAL:g} s", f"{cached:.2f} s", cached <= CACHED_GOAL
        )
        yield Measurement("environment found again", "", f"{median(ways[FOUND]) * 1000:.0f} ms", None)
        yield Measurement("environment from nothing, by pip against ours", "", f"{_ratio(ways[PIP], ways[UV])} x", None)
    images = _figures(result, "images")
    for which, told in images.items():
        if which != OURS and told["seconds"] and images[OURS]["seconds"]:
            time, size = (_ratio(told["seconds"], images[OURS]["seconds"]), told["bytes"] / images[OURS]["bytes"])
            yield Measurement(f"image with {which} against ours", "", f"{time} x the time, {size:.1f} x the size", None)


def page(result: dict[str, Any]) -> Iterator[str]:
    """The lines of the page."""
    yield "# How fast services in containers are"
    yield ""
    yield "<!-- Written by `npm run bench -- docker_services --report` from a run's figures. -->"
    yield ""
    yield (
        "Services in containers beside the same in processes, our images beside images with other packages, and"
        " environments by"
    )
    yield (
        "uv beside pip: each pair in one run, by turns. The model is the small scikit-learn one of `examples/diabetes`."
    )
    yield ""
    yield "## In short"
    yield ""
    yield "| what | goal | measured | |"
    yield "|---|---|---|---|"
    marks = {True: "met", False: "missed", None: ""}
    for item in measurements(result):
        yield f"| {item.what} | {item.goal} | {item.measured} | {marks[item.met]} |"
    yield ""
    for title, part, rows in (
        ("Deployments", "services", _services(result)),
        ("Reload", "reload", _reloads(result)),
        ("Environments", "environments", _environments(result)),
        ("Images", "images", _images(result)),
    ):
        if part not in result:
            continue
        yield f"## {title}"
        yield ""
        yield _where(result[part])
        yield ""
        yield from rows
        yield ""
    yield from METHOD


def _services(result: dict[str, Any]) -> Iterator[str]:
    told = _figures(result, "services")
    yield "Seconds beyond the script's own import and `init()`, which each service tells itself."
    yield ""
    yield "| what | Docker | least to most | process | least to most |"
    yield "|---|---:|---:|---:|---:|"
    for verb, (what, _) in _VERBS.items():
        cells = [_spread(told["seconds"][verb].get(engine)) for engine in ("docker", "process")]
        yield f"| {what} | {' | '.join(cells)} |"
    yield ""
    own = {engine: median(values) for engine, values in told["own"].items()}
    yield (
        f"The script itself took {own['docker']:.2f} s in containers and {own['process']:.2f} s in processes (median of"
        " all starts)."
    )


def _reloads(result: dict[str, Any]) -> Iterator[str]:
    yield (
        "From a save in the editor to the first answer by the new text, through the language server, `init()` apart,"
        " while a"
    )
    yield "client calls all the time."
    yield ""
    yield "| engine | median | 90 % | init() | failed requests |"
    yield "|---|---:|---:|---:|---:|"
    for engine, told in _figures(result, "reload").items():
        slow = sorted(told["ms"])[int(len(told["ms"]) * 0.9)]
        failed = f"{told['failures']} of {told['answers'] + told['failures']:,}"
        yield f"| {engine} | {median(told['ms']):.0f} ms | {slow:.0f} ms | {median(told['init']):.0f} ms | {failed} |"


def _environments(result: dict[str, Any]) -> Iterator[str]:
    ways = _figures(result, "environments")
    yield "| way | median | least to most |"
    yield "|---|---:|---:|"
    for way, what in (
        (FOUND, "found again"),
        (CACHED, "made anew, downloads in uv's cache"),
        (UV, "from nothing, ours: resolved, locked with hashes and installed by uv"),
        (PIP, "from nothing, pip: the same lock in a new virtual environment"),
    ):
        yield f"| {what} | {_spread(ways[way])} |"
    yield ""
    yield f"pip takes {_ratio(ways[PIP], ways[UV])} times as long as ours from nothing, although it is given the lock."


def _images(result: dict[str, Any]) -> Iterator[str]:
    found = _figures(result, "images")
    ours = found[OURS]
    yield "| image | built in | against ours | on top of the base image | against ours |"
    yield "|---|---:|---:|---:|---:|"
    for which, told in found.items():
        if not told["seconds"]:
            yield f"| {which} | not measured: {' '.join(told['missing'].split())[:160]} | | | |"
            continue
        packages = f"{which} (`{PACKAGES[which][0]}`)" if which in PACKAGES else which
        compared = (f"{_ratio(told['seconds'], ours['seconds'])} x", f"{told['bytes'] / ours['bytes']:.1f} x")
        time, size = compared if which != OURS else ("", "")
        yield f"| {packages} | {median(told['seconds']):.1f} s | {time} | {told['bytes'] / 1e6:.0f} MB | {size} |"
    yield ""
    if ours["cached"]:
        again = median(ours["cached"])
        yield f"The same of ours with the downloads in uv's cache and every layer that did not change: {again:.1f} s."
    rounds = max(len(told["seconds"]) for told in found.values())
    yield f"Rounds: {rounds}. One round alone is an observation, no comparison."
    yield (
        "All hold the model, a script and the same scikit-learn, nothing of which was downloaded before. Ours holds"
        " compiled byte"
    )
    yield "code and the lock with hashes as well."
    for which in (AZURE, BENTOML, MLFLOW):
        if which in LEFT_OUT and found.get(which, {}).get("seconds"):
            yield f"For {which}, {LEFT_OUT[which]} was built here."


METHOD = """## How it is measured

- Engines and ways take turns in every round; figures are medians. The first deployment of each engine makes images and byte
  code and is left out.
- A deployment ends when a request was answered by the text that was written right before it.
- An update in the same container starts new workers there; with other limits a second container takes over the port.
- pip runs in a Dockerfile with `--no-cache-dir`; ours has an empty cache of uv. Both download from PyPI, so the network counts.
- `npm run bench -- docker_services` does it all again (about ten minutes), and needs Docker and PyPI.""".splitlines()  # noqa: E501 (a text that would change if it were wrapped)


def _figures(result: dict[str, Any], part: str) -> dict[str, Any]:
    figures: dict[str, Any] = result.get(part, {}).get("figures", {})
    return figures


def _where(part: dict[str, Any]) -> str:
    told, (before, after) = part["machine"], part["load"]
    text = (
        f"Measured {told['date']} in {part['took'] / 60:.1f} minutes at commit {told['commit']}, {told['cores']} cores,"
        f" {told['docker'].split(' (')[0]}, Python {told['python']}. Load of the machine {before:.1f} at the beginning,"
        f" {after:.1f} at the end."
    )
    if note := part.get("note"):
        text += f" {note}"
    if before > LOADED:
        text += " Other programs kept it busy: every figure is worse than on a quiet machine."
    return text


def _ratio(these: list[float], ours: list[float]) -> str:
    return f"{median(these) / median(ours):.1f}"


def _spread(values: list[float] | None) -> str:
    if not values:
        return " | "
    digits = 3 if median(values) < 0.1 else 2
    return f"{median(values):.{digits}f} s | {min(values):.{digits}f} to {max(values):.{digits}f} s"
