"""Versions behind the sign of a pin: what models were made with, what is installed, then releases that are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.packages.releases import releases_of
from scoredock.language.completions.proposal import Completion
from scoredock.text import Range

PYTHONS = {
    "3.12": "most packages have wheels for it",
    "3.11": "",
    "3.13": "",
    "3.10": "",
    "3.9": "the oldest that the scoring runtime supports",
}
"""Version of the interpreter → what is worth saying of it."""
_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)((?:\[[^\]]*\])?\s*(?:===?|=|~=|>=|<=|!=|<|>)\s*)[\w.*+]*")
_CONDA_NAMES = {"pytorch": "torch", "pytorch-cpu": "torch", "tensorflow-cpu": "tensorflow", "py-xgboost": "xgboost"}
_FRAMEWORKS = {"scikit-learn": "ScikitLearn", "tensorflow": "TensorFlow", "torch": "PyTorch"}
"""Distribution → what models that were made with it are registered as."""


def version_proposals(typed: str, facts: Facts, span: Range, write: Callable[[str], str]) -> list[Completion]:
    """Whole pins, such as `scikit-learn=1.1.3`; empty where no version is being typed."""
    pin = _PIN.fullmatch(typed)
    if pin is None:
        return []
    name = re.sub(r"[-_.]+", "-", pin.group(1)).lower()
    written = pin.group(1) + pin.group(2)
    versions: dict[str, str] = {}
    for version, meaning in _versions(_CONDA_NAMES.get(name, name), facts):
        versions.setdefault(version, meaning)
    return [
        Completion(f"{written}{version}", "value", span, write(f"{written}{version}"), l10n.t(meaning))
        for version, meaning in versions.items()
    ]


def _versions(name: str, facts: Facts) -> Iterator[tuple[str, str]]:
    if name == "python":
        yield from PYTHONS.items()
        return
    for model in facts.models_at_hand:
        if model.framework_version and model.framework == _FRAMEWORKS.get(name):
            yield (
                model.framework_version,
                l10n.t("{model}:{version} was made with it", model=model.name, version=model.version),
            )
    installed = facts.environment.installed if facts.environment is not None else None
    if installed and name in installed:
        yield installed[name], l10n.t("installed")
    for release in releases_of(name):
        yield release, ""
