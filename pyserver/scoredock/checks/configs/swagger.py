"""Swagger files that lie beside an entry script: the server hands them out instead of making its own."""

from __future__ import annotations

import json
import re

from scoredock import l10n
from scoredock.analysis.edits import changed
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.json_text import parse_json
from scoredock.analysis.paths import folder_of
from scoredock.analysis.rule import proposal
from scoredock.analysis.tree import Mapping, Node, Scalar, Sequence, kind_name, walk
from scoredock.checks.configs import swagger_rules as rules
from scoredock.checks.configs.shape import insert_key, renamed
from scoredock.formats.document_kind import serves
from scoredock.formats.fields import closest
from scoredock.text import Fix, TextEdit

_OURS = re.compile(r"\"/score/?\"|ServiceInput|RunMLService|ServiceHealthCheck")
_VERSIONS = {"swagger.json": "2", "swagger2.json": "2", "swagger3.json": "3", "swagger3.1.json": "3.1"}
_WRITTEN = {"2": ("swagger", "2.0"), "3": ("openapi", "3.0.3"), "3.1": ("openapi", "3.1.0")}
_OPERATIONS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_MANY = 200
"""References that are followed."""


def check_swagger(text: str, facts: Facts) -> list[Finding]:
    """Findings of a swagger file of a service; those of other programs are left alone."""
    if not _ours(text, facts):
        return []
    tree = parse_json(text)
    if tree.problems:
        return [rules.BROKEN.finding(p.range, fixes=p.fixes, problem=p.message) for p in tree.problems]
    root = tree.root
    if not isinstance(root, Mapping):
        place = root.range if root is not None else tree.lines.range(0, 0)
        return [
            rules.WRONG_KIND.finding(
                place, message=l10n.t("The file must hold an object, not {kind}.", kind=kind_name(root))
            )
        ]
    name = re.split(r"[\\/]", facts.path)[-1].lower() or "swagger.json"
    findings = _version(root, name)
    for key in ("info", "paths", "definitions", "components"):
        node = root.get(key)
        if node is not None and not isinstance(node, Mapping):
            got = kind_name(node)
            findings.append(rules.WRONG_KIND.finding(node.range, key=key, wanted=l10n.t("an object"), got=got))
    return findings + _paths(root) + _references(root)


def _ours(text: str, facts: Facts) -> bool:
    """True if the file describes a scoring service: by what is in it, or by what lies beside it."""
    if _OURS.search(text[:100_000]):
        return True
    if facts.listing is None or not facts.path:
        return False
    try:
        return any(serves(name) for name in facts.listing(folder_of(facts.path)))
    except OSError:
        return False


def _version(root: Mapping, name: str) -> list[Finding]:
    major_version = _VERSIONS.get(name, "2")
    entry = root.entry("swagger") or root.entry("openapi")
    if entry is None:
        key, newest = _WRITTEN[major_version]
        title = l10n.t("Add {key}", key=f'"{key}": "{newest}"')
        fix = insert_key(root, key, json.dumps(newest), title)
        place = root.entries[0].key.range if root.entries else root.range
        return [rules.NO_VERSION.finding(place, fixes=(fix,))]
    value = entry.value.value if isinstance(entry.value, Scalar) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and isinstance(entry.value, Scalar):
        right = f'"{entry.value.raw}"' if "." in entry.value.raw else f'"{entry.value.raw}.0"'
        return [rules.VERSION_TEXT.finding(entry.value.range, fixes=(changed(entry.value, right),), right=right)]
    if not isinstance(value, str):
        got = kind_name(entry.value)
        return [rules.WRONG_KIND.finding(entry.value.range, key=str(entry.key.value), wanted=l10n.t("text"), got=got)]
    findings: list[Finding] = []
    number = "3.1" if value.startswith("3.1") else value.partition(".")[0]
    if number != major_version and number in _WRITTEN:
        findings.append(rules.OTHER_VERSION.finding(entry.value.range, file=name, wanted=major_version, got=value[:40]))
    other, version = ("components", "3") if number == "2" else ("definitions", "2")
    stray = root.entry(other)
    if stray is not None and number in _WRITTEN and not findings:
        findings.append(rules.OTHER_HOME.finding(stray.key.range, key=other, version=version))
    return findings


def _paths(root: Mapping) -> list[Finding]:
    entry = root.entry("paths")
    if entry is None or not isinstance(entry.value, Mapping):
        place = entry.key.range if entry is not None else root.entries[0].key.range if root.entries else root.range
        return [rules.NO_SCORE.finding(place, hint="")] if entry is None else []
    paths = entry.value
    score = next((e for e in paths.entries if re.search(r"(?:^|/)score/?$", str(e.key.value))), None)
    if score is None:
        near = next((e for e in paths.entries if closest(str(e.key.value).rsplit("/", 1)[-1], ["score"])), None)
        if near is None:
            return [rules.NO_SCORE.finding(entry.key.range, hint="")]
        right = f"{str(near.key.value).rpartition('/')[0]}/score"
        hint = l10n.t("; “{key}” is probably meant", key=near.key.value)
        return [rules.NO_SCORE.finding(near.key.range, fixes=(renamed(near.key, right),), hint=hint)]
    if not isinstance(score.value, Mapping):
        got = kind_name(score.value)
        return [
            rules.WRONG_KIND.finding(score.value.range, key=str(score.key.value), wanted=l10n.t("an object"), got=got)
        ]
    if any(name in _OPERATIONS for name in score.value.names()) or score.value.entry("$ref") is not None:
        has_post = score.value.entry("post") is not None or score.value.entry("get") is not None
        return [] if has_post or score.value.entry("$ref") is not None else [_no_post(score.key, None)]
    upper = next((e for e in score.value.entries if str(e.key.value).lower() == "post"), None)
    return [_no_post(score.key, upper.key if upper else None)]


def _no_post(path: Scalar, upper: Scalar | None) -> Finding:
    if upper is None:
        return rules.NO_POST.finding(path.range, path=path.value, hint="")
    hint = l10n.t("; “{key}” must be in lower case", key=upper.value)
    return rules.NO_POST.finding(upper.range, fixes=(renamed(upper, "post"),), path=path.value, hint=hint)


def _references(root: Mapping) -> list[Finding]:
    findings: list[Finding] = []
    count = 0
    for node in walk(root):
        target = node.get("$ref") if isinstance(node, Mapping) else None
        if not isinstance(target, Scalar) or not isinstance(target.value, str) or not target.value.startswith("#/"):
            continue
        count += 1
        if count > _MANY:
            break
        findings += _follow(root, target, target.value)
    return findings


def _follow(root: Mapping, node: Scalar, target: str) -> list[Finding]:
    place: Node | None = root
    steps = target[2:].split("/")
    for number, step in enumerate(steps):
        name = step.replace("~1", "/").replace("~0", "~")
        inner: Node | None = None
        if isinstance(place, Mapping):
            inner = place.get(name)
        elif isinstance(place, Sequence) and name.isdecimal() and len(name) < 6 and int(name) < len(place.items):
            inner = place.items[int(name)]
        if inner is None:
            near = closest(name, place.names()) if isinstance(place, Mapping) else None
            right = "/".join(["#", *steps[:number], near, *steps[number + 1 :]]) if near else ""
            fixes = (
                (
                    Fix(
                        l10n.t("Change to {new}", new=right),
                        (TextEdit(node.range, json.dumps(right)),),
                        preferred=True,
                    ),
                )
                if right
                else ()
            )
            return [rules.DANGLING.finding(node.range, fixes=fixes, target=target[:100], hint=proposal(near))]
        place = inner
    return []
