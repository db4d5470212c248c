"""`scoredock sdk run --modernize`: environments of this run with the nearest versions that install here. Files of the
person stay as they are."""

from __future__ import annotations

import glob
import json
import os
import re
import shlex
import sys
import time
from typing import Any, Callable, Dict, List, Optional

from azureml._scoredock.failures import ServerFailure
from azureml._scoredock.report import REPORT_OF_THIS_RUN
from azureml._scoredock.server import request
from azureml._scoredock.temporary import scratch_folder

MODERNIZE = "SCOREDOCK_SDK_MODERNIZE"
"""Variable that asks for it."""
_NUMPY = "numpy"
_SKLEARN = "scikit-learn"
_PROPOSALS: Dict[str, Dict[str, Any]] = {}
_TRAINED: Dict[str, str] = {}
"""Packages of an environment in which scripts were submitted → the scikit-learn that these got."""


def is_wanted() -> bool:
    """True if this run was asked to."""
    return bool(os.environ.get(MODERNIZE))


def own_file(dependencies: Any) -> str:
    """Path of the file in which the user names the packages: the file that they were read from, else the script or
    notebook that runs; empty if Jupyter does not tell which.
    """
    return (dependencies._path if dependencies is not None else "") or _program()


def _program() -> str:
    if "ipykernel" in sys.modules:
        main = vars(sys.modules["__main__"])
        path = main.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")  # VS Code, and Jupyter
        return path if path.endswith(".ipynb") and os.path.isfile(path) else ""
    script = os.path.abspath(sys.argv[0]) if sys.argv and sys.argv[0].endswith(".py") else ""
    return REPORT_OF_THIS_RUN.notebook or script


def models_for(workspace: Any, source: Dict[str, Any]) -> Dict[str, Any]:
    """Facts of a deployment for `modernized`: its workspace, the ids of its models, and the files that become models.
    `source` has them as `deployment.source_of` gives them.
    """
    files = [path for each in source.get("registerModels") or () for path in each["paths"]]
    return {"workspaceId": workspace._record["id"], "models": source.get("models") or [], "modelFiles": files}


def modernized(
    definition: Dict[str, Any], engine: str, own: str, models: Optional[Dict[str, Any]] = None
) -> Dict[str, Any]:
    """An environment as azureml_environment.json has it, with what `scoredock environment suggest` proposes for the
    models, which are as `models_for` gives them.

    The changes are printed once. `own` is the file that the person wrote it in. Where nothing can be proposed it stays
    as it is, and that is printed, too."""
    if definition["python"].get("userManagedDependencies") or not definition["python"].get("condaDependencies"):
        return definition
    # Its packages alone: once it is registered, the same environment has a version.
    key = json.dumps([engine, definition["python"], models], sort_keys=True)
    if key not in _PROPOSALS:
        _PROPOSALS[key] = _suggested(definition, engine, own, models or {})["python"]
    return {**definition, "python": _PROPOSALS[key]}


def _suggested(definition: Dict[str, Any], engine: str, own: str, models: Dict[str, Any]) -> Dict[str, Any]:
    from azureml.core.conda_dependencies import CondaDependencies

    python = definition["python"]
    with scratch_folder("script") as folder:
        path = os.path.join(folder, "conda.yml")
        _write(path, CondaDependencies(_underlying_structure=python["condaDependencies"]).serialize_to_string())
        try:
            suggestion = request("environment/suggest", path=path, engine=engine, source=own, reuse=True, **models)
        except ServerFailure as failure:
            message = failure.message.replace(path, own)
            print(f"Not modernized: {message} [{failure.code}]", file=sys.stderr)
            return definition
        _write(path, suggestion["text"])
        packages = CondaDependencies(path).as_dict()
    is_of_a_script = not models.get("models") and not models.get("modelFiles")
    leaves_numpy_open = is_of_a_script and _NUMPY in _lines(python["condaDependencies"])
    if leaves_numpy_open:
        packages = _with_numpy_open(packages)
    if suggestion["warning"]:
        print(f"warning: {suggestion['warning']}", file=sys.stderr)
    if not suggestion["changed"]:
        return definition
    changed = ", ".join(
        f"{each['name']} {each['old'] or '(not named)'} → {each['new']}"
        for each in suggestion["changed"]
        if not (leaves_numpy_open and each["name"] == _NUMPY)
    )
    if changed:
        print(f"Modernized for this run, {own} stays as it is: {changed}.", file=sys.stderr)
    if suggestion["former"]:
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(suggestion["former"]))
        again = _again(own, suggestion["keptIn"], models.get("workspaceId", ""))
        print(f"These versions are of {day}. To look for them again, {again}.", file=sys.stderr)
    if suggestion["byHand"]:
        print(f"Could not be changed: {'; '.join(suggestion['byHand'])}.", file=sys.stderr)
    return {**definition, "python": {**python, "condaDependencies": packages}}


def trained_in(definition: Dict[str, Any], interpreter: str) -> None:
    """Keeps the scikit-learn of an environment that a submitted script got with other releases than the newest."""
    root = os.path.dirname(os.path.dirname(interpreter))
    for pattern in ("lib/python*/site-packages", "Lib/site-packages", "../Lib/site-packages"):
        for each in glob.glob(os.path.join(root, pattern, "scikit_learn-*.dist-info")):
            _TRAINED[json.dumps(definition["python"]["condaDependencies"])] = os.path.basename(each)[
                len("scikit_learn-") : -len(".dist-info")
            ]


def as_trained(definition: Dict[str, Any]) -> Dict[str, Any]:
    """An environment of a service as azureml_environment.json has it, with the scikit-learn that a script got which was
    submitted in the same environment: in Azure both are one."""
    python = definition["python"]
    release = _TRAINED.get(json.dumps(python["condaDependencies"]))
    if not release or _SKLEARN not in _lines(python["condaDependencies"]):
        return definition
    print(
        f"{definition['name']}: the service gets scikit-learn {release}, as the script did that was submitted in this"
        " environment.",
        file=sys.stderr,
    )
    packages = _with_each(python["condaDependencies"], lambda line: f"{line}=={release}" if line == _SKLEARN else line)
    return {**definition, "python": {**python, "condaDependencies": packages}}


def _with_numpy_open(packages: Dict[str, Any]) -> Dict[str, Any]:
    """NumPy without a release where the person named none: which one a script needs, its text says when it is
    submitted."""
    return _with_each(packages, _opened)


def _with_each(packages: Dict[str, Any], change: Callable[[str], str]) -> Dict[str, Any]:
    lines = [
        {"pip": [change(line) for line in each["pip"]]} if isinstance(each, dict) else change(str(each))
        for each in packages.get("dependencies") or ()
    ]
    return {**packages, "dependencies": lines}


def _lines(packages: Dict[str, Any]) -> List[str]:
    dependencies = packages.get("dependencies") or ()
    return [line for each in dependencies for line in (each.get("pip", ()) if isinstance(each, dict) else [each])]


def _opened(line: str) -> str:
    return _NUMPY if re.fullmatch(r"numpy={1,2}[\d.]+", line) else line


def _again(own: str, kept_in: str, workspace: str) -> str:
    """How somebody gets other versions than those of an earlier run."""
    if not own.endswith((".yml", ".yaml", ".txt", ".json")):
        return f"delete {kept_in}"
    place = f" -w {shlex.quote(workspace)}" if workspace else ""
    return f"run `scoredock environment suggest {shlex.quote(own)}{place}`"


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
