"""Advice about a pickle that another release of a package has written: a script that was submitted in an old
environment leaves such a model.
"""

from __future__ import annotations

import importlib.util
import traceback
from typing import List

from azureml._scoredock.modern import is_wanted

_IMPORTS = ("import ", "from ")


def advice_on(error: BaseException, command: str) -> List[str]:
    """Lines to print below the failure of a run of `scoredock sdk COMMAND`; none for another failure."""
    module = error.name or "" if isinstance(error, ModuleNotFoundError) else ""
    package = module.partition(".")[0]
    if package == module or is_wanted() or not _is_there(package) or not _is_of_a_pickle(error):
        return []
    return [
        f"What was loaded here has been written with another release of {package} than the one of this Python, where"
        f" {module} is missing. If a script has made it that was submitted from here, `scoredock sdk {command}"
        " --modernize` submits it with a later release; else load it with the release that wrote it."
    ]


def _is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _is_of_a_pickle(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    line = (frames[-1].line or "").strip() if frames else ""
    return any(each.name == "find_class" for each in frames) or ("load" in line and not line.startswith(_IMPORTS))
