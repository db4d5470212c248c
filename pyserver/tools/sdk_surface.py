"""The modules and names of azureml-core for the package scoredock-azureml, from the table of the checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tools.sdk_signatures import wrapped

TARGET = Path("pyserver/sdk/scoredock_azureml/packages/azureml/_scoredock/surface.py")
_HEAD = '''"""Modules and public names of the SDK v1. Made by `tools/sdk_surface.py`; do not edit."""

'''


def module() -> str:
    """Text of the generated module, if the contribution `sdk` is present."""
    from scoredock.contrib.sdk.checks.signatures import MODULES, PRIVATE

    return _HEAD + "\n".join(
        (
            wrapped(
                list(_lines(MODULES)),
                "SURFACE",
                "Each module with the names that it defines, those of other modules, and those of other packages.",
            ),
            wrapped(PRIVATE.splitlines(), "PRIVATE", "Packages whose names are not listed."),
        )
    )


def _lines(modules: str) -> Iterator[str]:
    for line in modules.splitlines():
        name, _, lists = line.partition(": ")
        own, others, foreign = (each.strip() for each in lists.split("|"))
        yield f"{name}: {own} | {others} | {foreign}".rstrip()
