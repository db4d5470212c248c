"""Which script a v2 deployment runs, the conda file of its environment, and its model of this machine."""

from __future__ import annotations

from dataclasses import dataclass

from scoredock.analysis.paths import folder_of, resolve
from scoredock.analysis.tree import Mapping, Node
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.checks.configs.v2.code import is_local
from scoredock.checks.configs.v2.references import text_of


@dataclass(frozen=True, slots=True)
class Scoring:
    """Absolute paths."""

    script: str
    conda_file: str = ""
    """Empty when the environment is registered, or written out in the file."""
    model: str = ""
    """File or folder of the model; empty when it is registered, or there is none."""
    model_name: str = ""


def scoring_of(text: str, path: str) -> Scoring | None:
    """What the deployment in a file runs; None when it names no script of this machine."""
    root = parse_yaml(text).root
    section = root.get("code_configuration") if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or not isinstance(section, Mapping):
        return None
    code, script = text_of(section.get("code")), text_of(section.get("scoring_script"))
    if not code or not script or not is_local(code) or "\x00" in code + script:
        return None
    base = folder_of(path)
    model = root.get("model")
    return Scoring(
        script=resolve(resolve(base, code), script),
        conda_file=_local(root.get("environment"), "conda_file", base),
        model=_local(model, "path", base),
        model_name=(text_of(model.get("name")) if isinstance(model, Mapping) else None) or "",
    )


def _local(section: Node | None, key: str, base: str) -> str:
    """The absolute path that a section written out in the file gives under a key; empty where it gives none."""
    value = text_of(section.get(key)) if isinstance(section, Mapping) else None
    if not value or not is_local(value) or "\n" in value or "\x00" in value:
        return ""
    return resolve(base, value)
