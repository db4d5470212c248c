"""The environment without packages of the SDK v1 that cannot be installed: releases of 2021 need parts that are gone
from the package index, and a script needs none of them that Scoredock stands in for or that it does not import."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.environments.packages import SDK
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError

_BESIDE_AUTOMATED_ML = frozenset(("fbprophet",))
_CODES = ("environment-build-failed", "environment-requirement-unsatisfiable")


def without_sdk(spec: EnvironmentSpec, error: ScoredockError) -> EnvironmentSpec | None:
    """The specification without its packages of the SDK, and with what the script imports that these bring; None
    where it has none, or another thing failed. The last note says what is left out, and why."""
    left_out = tuple(line for line in spec.requirements if is_of_sdk(line) or line in spec.unused_sdk)
    if error.code not in _CODES or not left_out:
        return None
    note = l10n.t(
        "{reason} Left out: {packages}. Scoredock stands in for packages of the SDK; what they do in Azure itself is"
        " not here.",
        reason=error.message,
        packages=", ".join(left_out),
    )
    others = (line for line in spec.requirements if line not in left_out)
    fallback = None
    if spec.fallback is not None:
        fallback = (*(line for line in spec.fallback if line not in left_out), *spec.of_sdk)
    return replace(
        spec,
        requirements=tuple(dict.fromkeys((*others, *spec.of_sdk))),
        fallback=fallback,
        of_conda=tuple(line for line in spec.of_conda if line not in left_out),
        notes=(*spec.notes, note),
    )


def without_unused_builds(spec: EnvironmentSpec) -> EnvironmentSpec:
    """The same without what automated ML lists beside its own and the script does not import: its release resolves, and
    its build fails minutes later."""
    left_out = tuple(line for line in spec.unused_sdk if _name(line) in _BESIDE_AUTOMATED_ML)
    if not left_out:
        return spec
    note = l10n.t(
        "Left out: {packages}, which automated ML lists and the script does not import: pip cannot build it.",
        packages=", ".join(left_out),
    )
    return replace(
        spec,
        requirements=tuple(line for line in spec.requirements if line not in left_out),
        of_conda=tuple(line for line in spec.of_conda if line not in left_out),
        notes=(*spec.notes, note),
    )


def is_of_sdk(line: str) -> bool:
    """True if a line asks for a package of the SDK that Scoredock stands in for."""
    return _name(line) in SDK


def unused_packages(lines: Collection[str], imported: Collection[str]) -> tuple[str, ...]:
    """The lines of further packages of the SDK of which nothing is imported, and of what automated ML writes beside its
    own into each of its files: Azure has it from conda-forge, where alone it is built."""
    lists_automated_ml = any(_name(line).startswith("azureml-") and "automl" in line for line in lines)
    tops = {each.partition(".")[0] for each in imported}
    return tuple(
        line
        for line in lines
        if _is_unused(line, imported) or (lists_automated_ml and _name(line) in _BESIDE_AUTOMATED_ML - tops)
    )


def packages_with(module: str, lines: Collection[str]) -> tuple[str, ...]:
    """The lines of further packages of the SDK, and of what automated ML lists beside its own, that have a module."""
    beside = _BESIDE_AUTOMATED_ML & {module}
    return tuple(
        line for line in lines if (_is_unused(line, ()) and not _is_unused(line, (module,))) or _name(line) in beside
    )


def _is_unused(line: str, imported: Collection[str]) -> bool:
    """True if a line asks for another package of the SDK, none of whose modules are among those that are imported."""
    name = _name(line)
    if not name.startswith("azureml-") or name in SDK:
        return False
    above = tuple(f"azureml.{each}" for each in ("automl", "train.automl") if "automl" in name)
    above = above or (f"azureml.{name.split('-')[1]}",)
    return not any(each == top or each.startswith(f"{top}.") for each in imported for top in above)


def _name(line: str) -> str:
    try:
        return canonicalize_name(Requirement(line.partition(" --hash")[0]).name)
    except InvalidRequirement:
        return ""
