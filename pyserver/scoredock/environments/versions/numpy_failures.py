"""Errors of a package that was compiled for another NumPy than the one it meets, and advice on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.environments.spec import place_of, suggest_command

if TYPE_CHECKING:
    from scoredock.environments.spec import EnvironmentSpec

_FOR_NUMPY_1 = re.compile(
    r"numpy\.dtype size changed|compiled using NumPy 1\.|ABI version 0x10\w+ but this version of numpy is 0x20"
    r"|numpy\.core\.multiarray failed to import|numpy\.core\.umath failed to import"
)
"""Texts of NumPy and of Cython where a module for NumPy 1 meets NumPy 2."""
_FOR_NEWER = re.compile(r"numpy\.ndarray size changed|compiled against API version 0x\w+ but this version of numpy is")
"""Where a module meets a NumPy that is older than the one that it was compiled for."""
_FRAME = re.compile(r'File "[^"]*[/\\](?:site|dist)-packages[/\\](\w+)')


def is_for_numpy_1(text: str) -> bool:
    """True if a failure says that a package was compiled for NumPy 1."""
    return _FOR_NUMPY_1.search(text) is not None


def advice(message: str, log: Sequence[str], environment: EnvironmentSpec) -> str:
    """The next step after such a failure, which names both packages; empty where it is another one."""
    if not (is_for_numpy_1(message) or _FOR_NEWER.search(message)):
        return ""
    from scoredock.checks.packages.import_names import providers  # few failures are about it

    text = "\n".join(log)
    modules = [module for module in _FRAME.findall(text) if module != "numpy"]
    package = next(iter(providers(modules[-1])), modules[-1]) if modules else l10n.t("A package")
    file = place_of(environment.source)
    if not is_for_numpy_1(message):
        return l10n.t(
            "{package} was compiled for a newer numpy than the one that is installed: raise numpy, or take an older"
            " {package}.",
            package=package,
        )
    if file is None:
        return l10n.t(
            "{package} was compiled for NumPy 1, and NumPy 2 is installed: deploy with a conda or requirements file"
            " that lists “numpy<2” beside it.",
            package=package,
        )
    return l10n.t(
        "{package} was compiled for NumPy 1, and NumPy 2 is installed: pin “numpy<2” in {file}, or take a newer"
        " {package}. To find versions that work together, run `{command}`.",
        package=package,
        file=file.path,
        command=suggest_command(file),
    )
