"""Proposals in Python: skeletons, decorators, schemas, variables, models and their versions."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.formats.document_kind import DocumentKind, serves
from scoredock.language.completions.model_files import file_proposals
from scoredock.language.completions.proposal import MOST, Completion, fitting, plain
from scoredock.language.completions.references import versions_told
from scoredock.language.completions.skeletons import INIT, RUN, SKELETONS, Skeleton
from scoredock.text import Position, Range, TextEdit

_BEFORE = 400
"""Characters before the cursor that tell what is being typed."""
_MODEL_NAME = re.compile(
    r"(?:get_model_path\(\s*(?:model_name\s*=\s*)?|\bModel\((?:\s*\w+\s*,\s*|[^()\"']{0,80}\bname\s*=\s*))([\"'])([^\"'\r\n]*)\Z"
)
_MODEL_VERSION = re.compile(
    r"(?:get_model_path\(\s*(?:model_name\s*=\s*)?|\bModel\((?:\s*\w+\s*,\s*|[^()\"']{0,80}\bname\s*=\s*))"
    r"[\"']([^\"'\r\n]+)[\"']\s*,\s*(?:version\s*=\s*)?(\d*)\Z"
)
_VARIABLE = re.compile(r"(?:os\.environ(?:\.get\(|\[)|\bgetenv\()\s*[\"']([^\"'\r\n]*)\Z")
_SCHEMA_NAME = re.compile(r"@(?:\w+\.)*input_schema\(\s*(?:param_name\s*=\s*)?[\"']([^\"'\r\n]*)\Z")
_SCHEMA_TYPE = re.compile(
    r"@(?:\w+\.)*(?:input_schema\(\s*(?:param_name\s*=\s*)?[\"']\w*[\"']\s*,\s*(?:param_type\s*=\s*)?|output_schema\(\s*(?:output_type\s*=\s*)?)(\w*)\Z"
)
_DECORATOR = re.compile(r"^@(\w*)$")
_WORD = re.compile(r"^(\w*)$")
_RUN = re.compile(r"^(?:async[ \t]+)?def[ \t]+run[ \t]*\(([^)]*)\)", re.MULTILINE)
VARIABLES = {
    "AZUREML_MODEL_DIR": "folder of the deployed models",
    "AML_APP_ROOT": "folder that the source directory is in",
    "AZUREML_ENTRY_SCRIPT": "path of the entry script",
}
TYPES = {
    "NumpyParameterType": ("numpy_parameter_type", "np.array([[${1:1.0, 2.0}]])", "an array like the sample"),
    "PandasParameterType": (
        "pandas_parameter_type",
        'pd.DataFrame({"${1:column}": [${2:1.0}]\\})',
        "a data frame like the sample",
    ),
    "StandardPythonParameterType": ("standard_py_parameter_type", "${1:0.0}", "a number, text, list or dictionary"),
}
_SCHEMA_IMPORT = "from inference_schema.schema_decorators import "
_TYPE_IMPORT = "from inference_schema.parameter_types."
_IMPORTS = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "json": "import json",
    "os": "import os",
    "joblib": "import joblib",
    "rawhttp": "from azureml.contrib.services.aml_request import rawhttp",
    "input_schema": _SCHEMA_IMPORT + "input_schema",
    "output_schema": _SCHEMA_IMPORT + "output_schema",
    **{name: f"{_TYPE_IMPORT}{module} import {name}" for name, (module, _, _) in TYPES.items()},
}
_IMPORT = re.compile(r"^(?:import|from)[ \t]+(?!__future__)", re.MULTILINE)
_FUTURE = re.compile(r"^from[ \t]+__future__[ \t].*$", re.MULTILINE)
_HEAD_OF_FILE = re.compile(
    r"""\ufeff?(?:[ \t]*(?:\#.*)?(?:\r\n|\n|\r))*(?:[rR]?(?:"{3}[\s\S]{0,20000}?"{3}|'{3}[\s\S]{0,20000}?'{3})[ \t]*(?:\r\n|\n|\r|$))?"""  # noqa: E501 (a text that would change if it were wrapped)
)


def script_proposals(lines: Lines, kind: DocumentKind | None, facts: Facts, place: Position) -> list[Completion]:
    """Proposals in an entry script, or in a file that is named like one and still (nearly) empty."""
    text = lines.text
    line = lines.line(place.line)
    before = line[: place.character]
    name = re.split(r"[\\/]", facts.path)[-1]
    if kind in (None, "sdk-script") and name.endswith(".py") and serves(name):
        kind = "entry-script"  # by its name; what is in it does not say so yet
    if kind not in ("entry-script", "batch-script"):
        return model_proposals(lines, facts, place) or file_proposals(lines, facts, place)
    if _WORD.match(before) and not re.search(r"^(?:async[ \t]+)?(?:def|class)[ \t]", text, re.MULTILINE):
        return _skeletons(lines, facts, place, before)
    if before == line.rstrip() or not line[place.character :].strip():
        word = _WORD.match(before)
        if word is not None:
            return _functions(lines, facts, place, before)
        decorator = _DECORATOR.match(before)
        if decorator is not None:
            return _decorators(lines, facts, place, decorator.group(1))
    recent = _recent(lines, place)
    schema = _SCHEMA_NAME.search(recent)
    if schema is not None:
        return _parameters(lines, place, schema.group(1))
    typed = _SCHEMA_TYPE.search(recent)
    if typed is not None:
        return _schema_types(lines, place, typed.group(1))
    return model_proposals(lines, facts, place) or _variables(place, recent) or file_proposals(lines, facts, place)


def model_proposals(lines: Lines, facts: Facts, place: Position) -> list[Completion]:
    """Names and versions of registered models, where a call takes them."""
    recent = _recent(lines, place)
    if "get_model_path" not in recent and "Model(" not in recent:
        return []
    name = _MODEL_NAME.search(recent)
    if name is not None:
        typed = name.group(2)
        rest = re.match(r"[^\"'\r\n]*", lines.line(place.line)[place.character :])
        start = Position(place.line, place.character - len(typed))
        span = Range(start, Position(place.line, place.character + (rest.end() if rest else 0)))
        known = facts.models or {}
        deployed = {m.name for m in facts.deployed_models or ()}
        names = fitting((n for n in sorted(known, key=lambda n: (n not in deployed, n)) if known[n]), typed)
        return [_model(n, facts, span, deployed=n in deployed) for n in names]
    version = _MODEL_VERSION.search(recent)
    versions = (facts.models or {}).get(version.group(1), ()) if version is not None else ()
    if version is None or not versions:
        return []
    span = _typed_span(place, version.group(2))
    newest = sorted((m.version for m in versions), reverse=True)[:MOST]
    found = [Completion(str(v), "value", span, str(v), "newest" if v == newest[0] else "") for v in newest]
    if "version" in recent[version.end(1) :]:
        return found
    spelt = f"version={newest[0]}"
    return found if version.group(2) else [*found, Completion(spelt, "value", span, spelt, l10n.t("newest"))]


def _model(name: str, facts: Facts, span: Range, *, deployed: bool) -> Completion:
    versions = (facts.models or {})[name]
    versions_text = versions_told([m.version for m in versions])
    newest = versions[-1]
    shown = ", ".join(f"`{path}`" for path in newest.files[:5]) + (" …" if len(newest.files) > 5 else "")
    framework = f"{newest.framework} {newest.framework_version}".strip()
    about = "\n\n".join(part for part in (shown, framework) if part)
    return Completion(
        name,
        "model",
        span,
        name,
        l10n.t("{versions} · deployed with this script", versions=versions_text) if deployed else versions_text,
        about,
    )


def _skeletons(lines: Lines, facts: Facts, place: Position, before: str) -> list[Completion]:
    """Whole scripts where nothing but comments and the word that is being typed stands; else single functions."""
    span = Range(Position(place.line, 0), place)
    if not _is_empty(lines, place, before):
        return _functions(lines, facts, place, before)
    completions = []
    for skeleton in SKELETONS:
        snippet = _filled(skeleton, facts).replace("\n", _newline(lines))
        completions.append(
            Completion(
                skeleton.name,
                "snippet",
                span,
                plain(snippet),
                l10n.t(skeleton.detail),
                _shown(snippet),
                snippet,
                filter=f"{skeleton.name} init run def import",
            )
        )
    return completions


def _is_empty(lines: Lines, place: Position, before: str) -> bool:
    for number in range(len(lines.starts)):
        line = lines.line(number).lstrip("\ufeff").strip()
        if number == place.line:
            if line != before.strip():
                return False
        elif line and not line.startswith(("#", '"', "'")):
            return False
    return True


def _functions(lines: Lines, facts: Facts, place: Position, before: str) -> list[Completion]:
    completions = []
    span = Range(Position(place.line, 0), place)
    for skeleton, names in ((INIT, ("os", "joblib")), (RUN, ("json", "np"))):
        if re.search(rf"^(?:async[ \t]+)?def[ \t]+{skeleton.name}\b", lines.text, re.MULTILINE):
            continue
        if not skeleton.name.startswith(before):
            continue
        snippet = _filled(skeleton, facts).replace("\n", _newline(lines))
        edits = _imports_above(lines, place, {name: _IMPORTS[name] for name in names})
        completions.append(
            Completion(
                skeleton.name,
                "snippet",
                span,
                plain(snippet),
                l10n.t(skeleton.detail),
                _shown(snippet),
                snippet,
                edits,
                skeleton.name,
            )
        )
    return completions


def _imports_above(lines: Lines, place: Position, imports: dict[str, str]) -> tuple[TextEdit, ...]:
    """The missing imports, unless their place is the very line that is being typed in."""
    return tuple(edit for edit in _import_edits(lines, imports) if edit.range.start.line != place.line)


def _decorators(lines: Lines, facts: Facts, place: Position, typed: str) -> list[Completion]:
    span = _typed_span(place, typed)
    run = _RUN.search(lines.text, lines.offset(place))
    first = re.match(r"\s*(\w+)", run.group(1)) if run is not None else None
    name = first.group(1) if first is not None else "data"
    array = "np.array([[${2:1.0, 2.0}]])"
    offered = (
        (
            "input_schema",
            f'input_schema("${{1:{name}}}", NumpyParameterType({array}))',
            l10n.t("checks and converts what run() takes"),
            ("np", "NumpyParameterType", "input_schema"),
        ),
        (
            "output_schema",
            "output_schema(NumpyParameterType(np.array([${1:1.0}])))",
            l10n.t("describes what run() returns"),
            ("np", "NumpyParameterType", "output_schema"),
        ),
        ("rawhttp", "rawhttp", l10n.t("run() takes the request itself"), ("rawhttp",)),
    )
    del facts
    return [
        Completion(
            f"@{label}",
            "function",
            span,
            plain(snippet),
            detail,
            "",
            snippet,
            _imports_above(lines, place, {n: _IMPORTS[n] for n in needed}),
        )
        for label, snippet, detail, needed in offered
    ]


def _schema_types(lines: Lines, place: Position, typed: str) -> list[Completion]:
    rest = re.match(r"\w*", lines.line(place.line)[place.character :])
    end = place.character + (rest.end() if rest else 0)
    span = Range(Position(place.line, place.character - len(typed)), Position(place.line, end))
    called = lines.line(place.line)[end:].lstrip().startswith("(")
    completions = []
    for name, (_, sample, meaning) in TYPES.items():
        snippet = name if called else f"{name}({sample})"
        needed = [name, *(n for n in ("np", "pd") if f"{n}." in snippet)]
        edits = _imports_above(lines, place, {n: _IMPORTS[n] for n in needed})
        completions.append(Completion(name, "class", span, plain(snippet), l10n.t(meaning), "", snippet, edits))
    return completions


def _parameters(lines: Lines, place: Position, typed: str) -> list[Completion]:
    """Parameters of run() that no other schema names."""
    run = _RUN.search(lines.text, lines.offset(place)) or _RUN.search(lines.text)
    if run is None:
        return []
    names = re.findall(r"(?:^|,)\s*(\w+)", run.group(1))
    used_names = set(re.findall(r"input_schema\(\s*(?:param_name\s*=\s*)?[\"'](\w+)[\"']", lines.text)) - {typed}
    rest = re.match(r"\w*", lines.line(place.line)[place.character :])
    end = Position(place.line, place.character + (rest.end() if rest else 0))
    span = Range(Position(place.line, place.character - len(typed)), end)
    return [
        Completion(n, "variable", span, n, l10n.t("parameter of run()"))
        for n in names
        if n not in used_names and n != "request_headers"
    ]


def _variables(place: Position, recent: str) -> list[Completion]:
    found = _VARIABLE.search(recent)
    if found is None:
        return []
    span = _typed_span(place, found.group(1))
    return [Completion(name, "variable", span, name, l10n.t(detail)) for name, detail in VARIABLES.items()]


def _filled(skeleton: Skeleton, facts: Facts) -> str:
    """Text of the snippet with the names of what is deployed, or of what is registered where that is clear."""
    models = facts.deployed_models
    if models is None:
        every = [versions[-1] for versions in (facts.models or {}).values() if versions]
        models = tuple(every[:2]) if len(every) <= 2 else ()
    names = [m.name for m in models]
    file = models[0].files[0] if len(models) == 1 and models[0].files else "model.pkl"
    text = skeleton.text.replace("MODEL_FILE", file.replace("}", "\\}").replace("$", "\\$"))
    text = text.replace("FIRST_MODEL", names[0] if names else "first-model")
    return text.replace("SECOND_MODEL", names[1] if len(names) > 1 else "second-model")


def _recent(lines: Lines, place: Position) -> str:
    offset = lines.offset(place)
    return lines.text[max(0, offset - _BEFORE) : offset]


def _typed_span(place: Position, typed: str) -> Range:
    return Range(Position(place.line, place.character - len(typed)), place)


def _shown(snippet: str) -> str:
    return f"```python\n{plain(snippet)}```"


def _newline(lines: Lines) -> str:
    return "\r\n" if "\r\n" in lines.text else "\n"


def _is_bound(text: str, name: str) -> bool:
    """True if an import, a definition or an assignment at the left edge gives the script this name."""
    word = re.escape(name)
    return (
        re.search(
            rf"^(?:import\b.*\b{word}\b|from\b.*\bimport\b[^#\n(]*\b{word}\b|(?:def|class)[ \t]+{word}\b|{word}["
            r" \t]*=)",
            text,
            re.MULTILINE,
        )
        is not None
        or re.search(rf"\bimport[ \t]*\([^)]{{0,2000}}\b{word}\b", text) is not None
    )


def _import_edit(lines: Lines, statement: str) -> TextEdit:
    """The edit that adds an import line: before the first import, else below docstring and __future__ imports."""
    text = lines.text
    newline = "\r\n" if "\r\n" in text else "\n"
    first = _IMPORT.search(text)
    if first is not None:
        return lines.edit(first.start(), first.start(), statement + newline)
    place = 0
    for found in _FUTURE.finditer(text):
        place = found.end()
    if place:
        return lines.edit(place, place, newline + statement)
    head = _HEAD_OF_FILE.match(text)
    place = head.end() if head is not None else 0
    if place and text[place - 1] not in "\r\n\ufeff":
        return lines.edit(place, place, newline + statement + newline)
    return lines.edit(place, place, statement + newline)


def _import_edits(lines: Lines, imports: dict[str, str]) -> tuple[TextEdit, ...]:
    """One edit for all names that are missing; `needed` gives the import line of each name."""
    missing = dict.fromkeys(line for name, line in imports.items() if not _is_bound(lines.text, name))
    if not missing:
        return ()
    newline = "\r\n" if "\r\n" in lines.text else "\n"
    return (_import_edit(lines, newline.join(sorted(missing, key=lambda s: (s.startswith("from"), s)))),)
