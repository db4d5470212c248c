"""Names in a submitted script that later releases of a package dropped, where its environment takes any release."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, resolve
from scoredock.checks.environment.rules import REMOVED
from scoredock.checks.packages.releases import verdict
from scoredock.checks.packages.removed_apis import RemovedApi, removal_of
from scoredock.checks.packages.used_names import used_names
from scoredock.checks.script.script import ParsedScript

_LIST = re.compile(r"[\"']([\w./-]+\.(?:ya?ml|txt))[\"']")
_MOST_LISTS = 10
_PYTHON = re.compile(r"\bpython(?:_version)?[\"']?[ \t]*(?:={1,2}|:)[ \t]*[\"']?(3\.\d+)")


def removed_names(script: ParsedScript, node: ast.expr, text: str, path: str) -> Iterator[Finding]:
    """Yields a finding for each package; `script` is what submits `text`."""
    removals: dict[str, tuple[str, RemovedApi]] = {}
    for name in used_names(text, is_sure=True):
        removal = removal_of(name)
        if removal is not None:
            removals.setdefault(removal.package, (name, removal))
    lists = lists_of(script) if removals else []
    python = python_of(lists)
    for package, (name, removal) in removals.items():
        environment = EnvironmentFacts(python=python, packages={package: ""})
        if not takes_any(package, lists) or verdict(environment, package, removal.releases) == "no":
            continue
        hint = l10n.t("; use “{instead}”", instead=removal.instead) if removal.instead else ""
        message = l10n.t(
            "“{path}” uses {name}, which {package} does not have from {version} on, and its environment asks for no"
            " older one{hint}.",
            path=path,
            name=name,
            package=package,
            version=removal.releases.since,
            hint=hint,
        )
        yield REMOVED.finding(script.range(node), severity="warning", message=message)


def lists_of(script: ParsedScript) -> list[str]:
    """The text of a script that submits, and the lists of packages that it names."""
    places = (resolve(folder_of(script.facts.path), name) for name in _LIST.findall(script.text)[:_MOST_LISTS])
    return [script.text, *(script.facts.read(place) or "" for place in places)]


def python_of(lists: list[str]) -> str | None:
    """The Python that they name."""
    return next((each[1] for each in map(_PYTHON.search, lists) if each), None)


def takes_any(package: str, lists: list[str]) -> bool:
    """True if a package is listed, and nowhere with a release that is the last one."""
    name = re.escape(package).replace(r"\-", "[-_.]")
    held = re.compile(rf"(?<![\w-]){name}(?:\[[^\]]*\])?[ \t]*(?:={{1,2}}|~=|<|>=?[^\n\"'<]*<)")
    free = re.compile(
        rf"(?:[\"']|^[ \t]*(?:-[ \t]*)?){name}(?:\[[^\]]*\])?[ \t]*(?:>=?[ \t]*[\d.]+)?[ \t]*(?:[\"'#]|$)", re.MULTILINE
    )
    return any(map(free.search, lists)) and not any(map(held.search, lists))
