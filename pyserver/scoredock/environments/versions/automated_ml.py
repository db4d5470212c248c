"""Releases of automated ML whose parts are gone from the package index, by one question about these parts: asked for
all packages, the resolver first goes through the source archives of hundreds of releases, which takes minutes. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scoredock.environments.pip.refusals import is_gone
from scoredock.environments.pip.uv import explain
from scoredock.errors import ScoredockError
from scoredock.run import Completed

_PIN = re.compile(r"(azureml-(?:train-)?automl[\w-]*)==(1\.\d+\.\d+)$")
_PART = "azureml-dataset-runtime"
"""What every release of automated ML needs of the same version, and through it the parts that are gone."""
_OF_PART = "azureml-dataprep"


def refusal_of_release(
    requirements: Sequence[str], source: str, ask: Callable[[str], Completed]
) -> ScoredockError | None:
    """Why the release that a line pins cannot be installed; None where that is open. `ask` resolves one requirement."""
    pin = next(filter(None, (_PIN.match(line.partition(" --")[0].strip()) for line in requirements)), None)
    if pin is None:
        return None
    answer = ask(f"{_PART}=={pin[2]}")
    if answer.returncode == 0 or _OF_PART not in answer.stderr or not is_gone(answer.stderr):
        return None
    return explain(answer.stderr.replace(_PART, pin[1]), requirements, source)
