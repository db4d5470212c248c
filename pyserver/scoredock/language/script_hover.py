"""Hovers of a script: paths of models, the two functions, decorators."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines, contains
from scoredock.checks.requests.schema_use import schema_decorators
from scoredock.language.descriptions import model_described, plain, tree
from scoredock.language.model_paths import resolved_paths
from scoredock.language.script_cache import parsed
from scoredock.text import Position, Range

_VARIABLE = re.compile(r"AZUREML_MODEL_DIR")
_MODEL = re.compile(
    r"(?:get_model_path\(\s*(?:model_name\s*=\s*)?|\bModel\((?:\s*\w+\s*,\s*|[^()\"']{0,80}\bname\s*=\s*))[\"']([^\"'\n]+)[\"'](?:\s*,\s*(?:version\s*=\s*)?(\d{1,9})\b)?"
)
_DEFINITION = re.compile(r"^(?:async\s+)?def\s+(init|run)\s*\(")
_WORD = re.compile(r"\w+")
INIT_TEXTS = {
    "plain": (
        "The server calls `init()` once in each worker, before the first request. Load the model here into a global."
    ),
    "batch": (
        "The server calls `init()` once in each worker, before the first mini batch. Load the model here into a global."
    ),
}
RUN_TEXTS = {
    "plain": "The server calls `run()` for every request, with the body as text, and sends what it returns as JSON.",
    "schema": (
        "The server calls `run()` for every request. `@input_schema` reads the body as a JSON object and passes each "
        "converted value by its name; what is returned is sent as JSON."
    ),
    "raw": (
        "The server calls `run()` for every GET, POST and OPTIONS request, with the request itself. An `AMLResponse` is"
        " sent as it is, anything else as JSON."
    ),
    "batch": (
        "The batch job calls `run()` for every mini batch, with a list of file paths or a data frame, and collects what"
        " it returns: a list or a data frame with one entry for each item that went well."
    ),
}
WORDS = {
    "input_schema": (
        "**@input_schema(name, type)** takes one value of the JSON body for the parameter `name` of `run()`, checks it "
        "against the sample and converts it. It also describes the service in `swagger.json`."
    ),
    "output_schema": "**@output_schema(type)** describes what `run()` gives in `swagger.json`; nothing is converted.",
    "rawhttp": (
        "**@rawhttp** passes the request itself to `run()`: method, headers and bytes. It does not go together with "
        "`@input_schema`."
    ),
    "NumpyParameterType": (
        "**NumpyParameterType(sample)** makes an array with the type of the sample. With an integer sample the "
        "decimals of a request are cut off without an error."
    ),
    "PandasParameterType": (
        "**PandasParameterType(sample)** makes a data frame with the columns and types of the sample."
    ),
    "StandardPythonParameterType": (
        "**StandardPythonParameterType(sample)** takes numbers, texts, lists and dictionaries like the sample."
    ),
    "AMLRequest": (
        "**AMLRequest** is the request that `run()` gets under `@rawhttp`: `method`, `headers`, `args`, `get_data()`."
    ),
    "AMLResponse": (
        "**AMLResponse(message, status_code, response_headers={}, json_str=False)** is an answer with its own status"
        " and headers; with `json_str=True` the message is sent as JSON."
    ),
}
_MANY = 20


def script_hover(text: str, lines: Lines, facts: Facts, place: Position, kind: str | None) -> tuple[Range, str] | None:
    """The range of what is under the cursor, and its description as markdown."""
    content = lines.line(place.line)[:2_000]
    for match in _MODEL.finditer(content):
        if match.start(1) <= place.character <= match.end(1):
            version = int(match.group(2)) if match.group(2) else None
            description = model_described(match.group(1), version, facts)
            return (_span(place.line, match.start(1), match.end(1)), description) if description else None
    if kind not in ("entry-script", "batch-script"):
        return None
    definition = _DEFINITION.match(content)
    if definition is not None and definition.start(1) <= place.character <= definition.end(1):
        span = _span(place.line, definition.start(1), definition.end(1))
        return span, _contract(text, facts, definition.group(1), kind)
    word = next((m for m in _WORD.finditer(content) if m.start() <= place.character <= m.end()), None)
    if word is not None and word.group() in WORDS and not content.lstrip().startswith("#"):
        return _span(place.line, word.start(), word.end()), l10n.t(WORDS[word.group()])
    path = _path(text, facts, place)
    for match in _VARIABLE.finditer(content):
        if match.start() <= place.character <= match.end():
            return _span(place.line, match.start(), match.end()), layout(facts)
    return path


def _span(line: int, start: int, end: int) -> Range:
    return Range(Position(line, start), Position(line, end))


def _contract(text: str, facts: Facts, name: str, kind: str) -> str:
    if name == "init":
        return l10n.t(INIT_TEXTS["batch" if kind == "batch-script" else "plain"])
    if kind == "batch-script":
        return l10n.t(RUN_TEXTS["batch"])
    script = parsed(text, facts)
    decorators = schema_decorators(script, script.run) if script is not None and script.run is not None else None
    if decorators is None or not (decorators.raw or decorators.inputs):
        return l10n.t(RUN_TEXTS["plain"])
    if decorators.raw is not None:
        return l10n.t(RUN_TEXTS["raw"])
    rows = [
        f"- `{schema.name}`: {schema.kind or l10n.t('as given')}"
        for schema in decorators.inputs
        if schema.name is not None
    ][:_MANY]
    return "\n".join([l10n.t(RUN_TEXTS["schema"]), "", *rows])


def layout(facts: Facts) -> str:
    """Description of AZUREML_MODEL_DIR as markdown, in general and for this script."""
    intro = l10n.t(
        "Folder of the deployed models. With one model its files lie right in it; with "
        "several, below `<name>/<version>`."
    )
    models = facts.deployed_models
    if models is None:
        return intro
    if not models:
        return f"{intro}\n\n{l10n.t('This script is deployed without a model.')}"
    if len(models) == 1:
        name = f"{models[0].name}:{models[0].version}"
        return f"{intro}\n\n{l10n.t('Deployed with {model}:', model=plain(name))}\n\n{tree(models[0].files)}"
    paths = tuple(f"{m.name}/{m.version}/{path}" for m in models for path in m.files)
    return f"{intro}\n\n{l10n.t('Deployed with {count} models:', count=len(models))}\n\n{tree(paths)}"


def _path(text: str, facts: Facts, place: Position) -> tuple[Range, str] | None:
    """The smallest path expression around the position."""
    if facts.deployed_models is None or "MODEL" not in text.upper():
        return None
    script = parsed(text, facts)
    if script is None:
        return None
    around = [model_path for model_path in resolved_paths(script, facts) if contains(model_path.range, place)]
    if not around:
        return None
    model_path = max(around, key=lambda f: (f.range.start, f.range.end))
    if not model_path.exists:
        message = l10n.t("In a service this is `{path}`, which is not in any deployed model.", path=model_path.path)
    elif model_path.is_folder:
        message = l10n.t("In a service this is the folder `{path}`.", path=model_path.path)
    else:
        message = l10n.t("In a service this is the file `{path}`.", path=model_path.path)
    return model_path.range, message
