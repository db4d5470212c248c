"""Advice for a script of the SDK v2 (azure-ai-ml) that fails because its Python lacks that package. Standard library
only.
"""

from __future__ import annotations

import linecache
import traceback
from typing import List

_SDK, _MODULES = "azure.ai.ml", ("azure", "azure.ai", "azure.ai.ml", "azure.identity")
CODE = "sdk-script-later"


def advice_on_later_sdk(error: BaseException) -> List[str]:
    """A line to print below the failure of a run; none for another failure."""
    if not isinstance(error, ModuleNotFoundError) or error.name not in _MODULES:
        return []
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or not any(_SDK in line for line in linecache.getlines(frames[-1].filename)):
        return []
    return [
        "error: This is a script of the SDK v2 (azure-ai-ml), which works with a workspace in Azure; what runs here is"
        " the SDK v1 (azureml-core). A deployment of v2 runs here from its file: `scoredock service deploy --file"
        " deployment.yml`, from a script with init() and run(): `scoredock service deploy NAME --es score.py`, or from"
        " an MLflow model alone: `scoredock service deploy NAME -m MODEL`. For the file of a job"
        " or component `scoredock az ml job create --file job.yml` names the lines that run it here."
        f" To work with Azure, run the script with a Python that has azure-ai-ml. [{CODE}]"
    ]
