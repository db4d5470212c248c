"""Which script a v2 deployment runs, and the conda file of its environment."""

from __future__ import annotations

from dataclasses import dataclass

from scoredock.analysis.paths import folder_of, resolve
from scoredock.analysis.tree import Mapping
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.checks.configs.v2.code import is_local
from scoredock.checks.configs.v2.references import text_of


@dataclass(frozen=True, slots=True)
class Scoring:
    """Absolute paths."""

    script: str
    conda_file: str = ""
    """Empty when the environment is registered, or written out in the file."""


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
    environment = root.get("environment")
    conda = text_of(environment.get("conda_file")) if isinstance(environment, Mapping) else None
    known = conda is not None and is_local(conda) and "\n" not in conda and "\x00" not in conda
    return Scoring(resolve(resolve(base, code), script), resolve(base, conda) if known and conda else "")
