"""Scripts and notebooks of published projects that register or deploy with the SDK v1: which part of each deploys, what
stands in for its training, and what is asked when it has run. The projects lie elsewhere; nothing of them is here."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ATTRITION = "danielsc+azureml-workshop-2019/"
TEMPLATE = "nfmoore+azureml-v1-real-time-deployment-template/"
FUN = "rndazurescript+FunWithAzureML/"
_CALLS = {"deploy", "deploy_configuration", "register", "register_model", "register_pandas_dataframe"}
_KINDS = {"AciWebservice", "AksEndpoint", "AksWebservice", "LocalWebservice", "Webservice"}
OLD_PYTHON = "its conda file asks for a Python before 3.9: `scoredock environment suggest FILE --write` first"
OLD_SCRIPT = "its entry script imports `sklearn.externals`: `scoredock check --fix score.py` first"
_TRAINED = (
    "import joblib, os, pandas\nfrom sklearn.dummy import DummyClassifier\n"
    "os.makedirs('outputs', exist_ok=True)\n"
    "stand_in = DummyClassifier(strategy='constant', constant=0).fit(pandas.DataFrame({'a': [0, 1]}), [0, 1])\n"
)
_MODEL_FILE = _TRAINED + "joblib.dump(stand_in, 'original_model.pkl')\n"
_RUN = "from azureml.core import Run\nrun = best_run = Run.get(ws, 'a' * 32)\n"
_SUGGESTED = "!scoredock environment suggest myenv.yml --write"
_FIXED = "!scoredock check --fix score.py"
_NO_MAPPER = {"  - sklearn-pandas\n": ""}


@dataclass(frozen=True)
class Part:
    """The part of one file that registers or deploys."""

    path: str
    """Below the folder of the projects."""
    cells: tuple[int, ...] = ()
    """Of a notebook, counted from 0 with those of text; empty for all of code."""
    lines: tuple[str, str] = ("", "")
    """Of a script: from the line that begins so to before the one that does; empty for its begin and end."""
    arguments: tuple[str, ...] = ()
    before: Mapping[int, str] = field(default_factory=dict)
    """What stands in, before a cell; before a script with key 0."""
    replaced: Mapping[str, str] = field(default_factory=dict)
    """Placeholders of the text, filled."""
    asked: str = ""
    """Code behind it that fails where it has not done its work."""
    does: str = ""
    """In words, for the page."""
    needs: str = ""
    """What it needs on this machine; empty where it runs as it stands."""
    why_not: str = ""
    """Why it does not run here at all."""
    with_docker: bool = False


PARTS = (
    Part(
        ATTRITION + "3-mlops/deploy-attrition-model.ipynb",
        before={0: _MODEL_FILE, 10: _FIXED, 13: _SUGGESTED},
        replaced=_NO_MAPPER,
        asked="assert service.state == 'Healthy' and json.loads(prediction) == {'result': [0]}, prediction",
        does="registers a model, deploys to ACI, calls the service",
        needs=f"{OLD_PYTHON}; {OLD_SCRIPT}",
    ),
)
"""All that the projects have, in the order of their paths; `calls` finds them."""


def calls(path: Path) -> set[str]:
    """What a script or notebook of the SDK v1 calls to register or deploy; empty for others."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if "azureml" not in text or "azure.ai.ml" in text:
        return set()
    found: set[str] = set()
    for source in _sources(path, text):
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                found |= {name} & (_CALLS | _KINDS)
    return found


def _sources(path: Path, text: str) -> list[str]:
    if path.suffix != ".ipynb":
        return [text]
    try:
        cells = json.loads(text)["cells"]
    except ValueError:
        return []
    return [
        "\n".join("pass" if line.startswith(("%", "!")) else line for line in _text(cell).splitlines())
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def _text(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def written(part: Part, project: Path) -> Path:
    """The part beside its file in a copy of the project, ready to run."""
    path = project / part.path.partition("/")[2]
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        made = path.with_name("part.ipynb")
        made.write_text(json.dumps(_notebook(part, json.loads(text))), encoding="utf-8")
    else:
        made = path.with_name("part.py")
        made.write_text(_script(part, text), encoding="utf-8")
    return made


def _notebook(part: Part, book: dict[str, Any]) -> dict[str, Any]:
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(book["cells"]):
        if number in part.before:
            cells.append({"cell_type": "code", "metadata": {}, "source": part.before[number]})
        if cell["cell_type"] == "code" and (not part.cells or number in part.cells):
            cells.append({**cell, "source": _filled(part, _text(cell))})
    cells.append({"cell_type": "code", "metadata": {}, "source": f"import json\n{part.asked}"})
    return {**book, "cells": cells}


def _script(part: Part, text: str) -> str:
    lines = text.splitlines()
    first, last = part.lines
    begin = next(n for n, line in enumerate(lines) if line.startswith(first)) if first else 0
    end = next(n for n, line in enumerate(lines) if n > begin and line.startswith(last)) if last else len(lines)
    chosen = _filled(part, "\n".join(lines[begin:end]))
    return f"{part.before.get(0, '')}\n{chosen}\n{part.asked}\n"


def _filled(part: Part, text: str) -> str:
    for placeholder, value in part.replaced.items():
        text = text.replace(placeholder, value)
    return text
