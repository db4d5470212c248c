"""Whole configurations for a file that is still empty, with the files that lie beside it."""

from __future__ import annotations

from collections.abc import Callable

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import known_folder
from scoredock.formats.document_kind import DocumentKind, is_conda_name, serves
from scoredock.language.completions.proposal import Completion, escaped, plain
from scoredock.text import Range

_INFERENCE = """{
  "entryScript": "${1:SCRIPT}",
  "condaFile": "${2:CONDA}"
}
"""
_LOCAL = """{
  "computeType": "local",
  "port": ${1:6789}
}
"""
_ACI = """{
  "computeType": "aci",
  "containerResourceRequirements": {
    "cpu": ${1:0.5},
    "memoryInGB": ${2:1.0}
  },
  "authEnabled": ${3|true,false|}
}
"""
_AKS = """{
  "computeType": "aks",
  "autoScaler": {
    "autoscaleEnabled": true,
    "minReplicas": ${1:1},
    "maxReplicas": ${2:3}
  },
  "containerResourceRequirements": {
    "cpu": ${3:0.5},
    "memoryInGB": ${4:1.0}
  },
  "authEnabled": ${5|true,false|}
}
"""
_CONDA = """name: ${1:scoring}
channels:
  - conda-forge
dependencies:
  - python=${2:3.12}
  - pip
  - pip:
      - ${3:scikit-learn}
"""
CONFIG_SKELETONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "inference-config": (("inference configuration", "The entry script and its packages.", _INFERENCE),),
    "deployment-config": (
        ("deployment configuration: local", "A service on this machine.", _LOCAL),
        ("deployment configuration: aci", "CPU, memory and keys as in Container Instances.", _ACI),
        ("deployment configuration: aks", "Several workers, limits and keys as in Kubernetes.", _AKS),
    ),
    "conda": (("environment", "Packages of conda and pip.", _CONDA),),
}
"""Kind of a file → name, what it is for and text (a snippet) of what it may begin as."""


def config_skeletons(kind: DocumentKind | None, text: str, facts: Facts, span: Range) -> list[Completion]:
    """Whole configurations to begin an empty file; empty for a file that says something."""
    if text.strip("\ufeff \t\r\n"):
        return []
    if kind is None and is_conda_name(facts.path):
        kind = "conda"
    return [_proposal(name, about, body, facts, span) for name, about, body in CONFIG_SKELETONS.get(kind or "", ())]


def _proposal(name: str, about: str, body: str, facts: Facts, span: Range) -> Completion:
    script = _beside(facts, lambda each: each.endswith(".py") and serves(each), "score.py")
    conda = _beside(facts, is_conda_name, "conda.yml")
    snippet = body.replace("SCRIPT", escaped(script)).replace("CONDA", escaped(conda))
    # As documentation: a detail beside the name would cut it short in the list.
    return Completion(name, "snippet", span, plain(snippet), documentation=l10n.t(about), snippet=snippet)


def _beside(facts: Facts, suits: Callable[[str], bool], otherwise: str) -> str:
    """The first name in the folder that suits."""
    folder = known_folder(facts)
    if folder is None or facts.listing is None:
        return otherwise
    try:
        names = sorted(facts.listing(folder))
    except OSError:
        return otherwise
    return next((name for name in names if suits(name)), otherwise)
