"""Which releases of the SDK a file means that names no version.

A resolver that has chosen the newest NumPy goes back to an SDK of 2019, which names no bound for NumPy, and whose
packages have no wheels for the Pythons of today.
"""

from __future__ import annotations

from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement

_PREFIX = "azureml-"
_OLDEST = "azureml-core>=1.48"
"""Python 3.7 and later have such a release."""


def sdk_bounds(requirements: Sequence[str]) -> tuple[str, ...]:
    """What these lines bring at least, where one of them is a distribution of the SDK without a version."""
    return (_OLDEST,) if any(map(_is_open, requirements)) else ()


def _is_open(line: str) -> bool:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:  # an option, a path
        return False
    name = requirement.name.lower().replace("_", "-")
    return name.startswith(_PREFIX) and not requirement.specifier and requirement.url is None
