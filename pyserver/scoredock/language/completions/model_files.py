"""Files below AZUREML_MODEL_DIR, wherever a path to them is being typed and however it is put together."""

from __future__ import annotations

import re

from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.checks.models.path_value import CALLS, METHODS, Evaluator, ModelPath
from scoredock.checks.script.script import ParsedScript
from scoredock.language.completions.proposal import MOST, Completion, fitting
from scoredock.language.model_layout import model_files
from scoredock.language.statement import MARK, literal_at
from scoredock.text import Position, Range

_VARIABLE = "AZUREML_MODEL_DIR"
_MOST_FILES = 50_000


def file_proposals(lines: Lines, facts: Facts, place: Position) -> list[Completion]:
    """The names that continue the path, and with known models the whole paths."""
    if _VARIABLE not in lines.text or (facts.deployed_models is None and not facts.models):
        return []
    literal = literal_at(lines, facts, place)
    if literal is None:
        return []
    value = _typed_path(literal.script)
    if value is None:
        return []
    before = value.text.split(MARK)[0]
    folder = [p for p in re.split(r"[/\\]", before)[:-1] if p not in ("", ".")]
    if ".." in folder:
        return []
    slash = max(literal.before.rfind("/"), literal.before.rfind("\\")) + 1
    rest = re.match(r"[^/\\]*", literal.after)
    start = Position(place.line, literal.start.character + slash)
    span = Range(start, Position(place.line, place.character + (rest.end() if rest else 0)))
    # A sum or f-string that has no slash yet gets one.
    glue = "/" if not before.startswith(("/", "\\")) else ""
    names, whole = _below(facts, folder)
    typed = literal.before[slash:]
    proposals = [
        Completion(name, "folder" if is_folder else "file", span, glue + name, goes_on=is_folder)
        for name, is_folder in ((n, names[n]) for n in fitting(sorted(names), typed))
    ]
    if facts.deployed_models is not None:
        proposals += [
            Completion(path, "file", span, glue + path) for path in fitting(sorted(whole), typed) if path not in names
        ]
    return proposals[: MOST + 1]


def _below(facts: Facts, folder: list[str]) -> tuple[dict[str, bool], list[str]]:
    """Names right in a folder, with whether they are folders, and all paths below it."""
    prefix = "/".join(folder) + "/" if folder else ""
    names: dict[str, bool] = {}
    whole: list[str] = []
    for number, path in enumerate(model_files(facts)):
        if number >= _MOST_FILES:
            break
        if path.startswith(prefix):
            rest = path[len(prefix) :]
            name, _, more = rest.partition("/")
            names[name] = bool(more) or names.get(name, False)
            whole.append(rest)
    return names, whole


def _typed_path(script: ParsedScript) -> ModelPath | None:
    """The largest path of the statement that holds the mark."""
    evaluator = Evaluator()
    candidates = [
        *((call, scope) for call, scope, _, name in script.named_calls if name in CALLS),
        *((call, scope) for call, scope, _ in script.method_calls if getattr(call.func, "attr", "") in METHODS),
        *((node, scope) for node, scope, _ in script.walk.paths),
    ]
    best: ModelPath | None = None
    for node, scope in candidates:
        value = evaluator.evaluate(node, scope)
        if value is not None and MARK in value.text and (best is None or len(value.text) > len(best.text)):
            best = value
    return best
