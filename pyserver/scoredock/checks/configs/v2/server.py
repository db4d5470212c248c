"""Whether the environment of a v2 deployment holds the server that runs its scoring script."""

from __future__ import annotations

import re

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import known_folder, resolve
from scoredock.analysis.tree import Mapping, Node, Scalar
from scoredock.checks.configs.environment.conda import CondaSpec, conda_of, parse_conda
from scoredock.checks.configs.v2 import deployment_rules as rules
from scoredock.checks.configs.v2.code import is_local
from scoredock.checks.configs.v2.references import text_of

_BARE = re.compile(r"mcr\.microsoft\.com/azureml/(?:openmpi|intelmpi)[\w.-]*(?::[\w.-]+)?", re.IGNORECASE)
"""Images of Azure ML that are known to hold conda and no server."""
_SERVER = re.compile(
    r"[\s'\"]*(?:azureml-defaults|azureml-inference-server-http|azureml-sdk|mlflow)(?![\w])", re.IGNORECASE
)
_ELSEWHERE = re.compile(r"\s*(?:-|git\+|https?:|file:|\.{0,2}/|[^#]*@\s)")


def check_server(root: Mapping, text: str, facts: Facts) -> list[Finding]:
    """Told only where both the image and the whole list of packages are known."""
    environment = root.get("environment")
    if root.entry("code_configuration") is None or not isinstance(environment, Mapping):
        return []
    image, conda = text_of(environment.get("image")), environment.get("conda_file")
    if image is None or not _BARE.fullmatch(image) or environment.entry("inference_config") is not None:
        return []
    spec = _packages(conda, text, facts)
    if spec is None or conda is None:
        return []
    listed = (*spec.conda, *(line.replace("_", "-") for line in spec.pip))
    if not listed or any(_SERVER.match(line) or _ELSEWHERE.match(line) for line in listed):
        return []  # what stands in other files and repositories may bring it
    place = next(entry.key for entry in environment.entries if entry.key.value == "conda_file")
    return [rules.NO_SERVER.finding(place.range if isinstance(conda, Mapping) else conda.range)]


def _packages(conda: Node | None, text: str, facts: Facts) -> CondaSpec | None:
    if isinstance(conda, Mapping):
        return conda_of(conda, text)[0]
    base, value = known_folder(facts), text_of(conda)
    if not isinstance(conda, Scalar) or base is None or value is None or not is_local(value) or "\n" in value:
        return None
    path = resolve(base, value)
    content = facts.read(path)
    return parse_conda(content, Facts(path=path))[0] if content else None
