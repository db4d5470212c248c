"""Projects whose entry script brings modules of its own, in the layouts that people use. Each runs: it deploys with
checks, without a finding, and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_CORE = "def clean(rows):\n    return [row for row in rows if row]\n"
_REST = """

def init():
    pass


def run(data):
    return {"rows": len(clean(json.loads(data)["data"]))}
"""
CONDA = "name: project\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"


def script(*imports: str) -> str:
    """An entry script that imports `clean` in some way, and answers how many rows are not empty."""
    return "\n".join(("import json", "", *imports)) + "\n" + _REST


@dataclass(frozen=True)
class Layout:
    """One project."""

    name: str
    files: Mapping[str, str]
    script: str = "score.py"
    source_directory: str = "."
    configured: bool = True
    """Whether an inference configuration names script and source directory; otherwise they are options of deploy."""


def _inference(script: str, source_directory: str) -> str:
    return f'{{"entryScript": "{script}", "sourceDirectory": "{source_directory}", "condaFile": "conda.yml"}}\n'


_OWN_FUNCTIONS = '''"""Functions that a service never calls, whatever their names are."""

import time

name = None


def init(settings, *, strict):
    name = settings["name"]
    return strict, name


async def run(rows, model, /, *more):
    time.sleep(1)
    return clean(rows)


def clean(rows):
    return [row for row in rows if row]


def title():
    return name
'''
_TRAINING = """
import matplotlib.pyplot as plt
import seaborn

plt.show()
input("ready?")
"""
LAYOUTS = (
    Layout(
        "a flat package whose __init__ hands on names",
        {
            "score.py": script("from mypkg import clean"),
            "mypkg/__init__.py": "from .core import clean\n",
            "mypkg/core.py": _CORE,
        },
    ),
    Layout(
        "the same without a configuration",
        {
            "score.py": script("from mypkg import clean"),
            "mypkg/__init__.py": "from .core import clean\n",
            "mypkg/core.py": _CORE,
        },
        configured=False,
    ),
    Layout(
        "a module beside the script",
        {"score.py": script("from cleaning import clean"), "cleaning.py": _CORE},
        configured=False,
    ),
    Layout(
        "src is the source directory",
        {
            "src/score.py": script("from mypkg.core import clean"),
            "src/mypkg/__init__.py": '"""Cleans."""\n\nfrom . import core\n\n__all__ = ["core"]\n',
            "src/mypkg/core.py": _CORE,
        },
        source_directory="src",
    ),
    Layout(
        "src is a package of the source directory",
        {
            "score.py": script("from src.mypkg import clean"),
            "src/__init__.py": "",
            "src/mypkg/__init__.py": "from .core import *\n",
            "src/mypkg/core.py": '__all__ = ["clean"]\n\n\n' + _CORE,
        },
    ),
    Layout(
        "the script in a folder of the source directory",
        {
            "service/score.py": script("from shared.cleaning import clean"),
            "shared/__init__.py": "",
            "shared/cleaning/__init__.py": "from ..base import clean\n",
            "shared/base.py": _CORE,
        },
        script="service/score.py",
    ),
    Layout(
        "the script in a package, with modules of that package by its name",
        {
            "service/__init__.py": "from .names import NAME\n",
            "service/names.py": 'NAME = "service"\n',
            "service/score.py": script("from service.cleaning import clean"),
            "service/cleaning.py": (
                "from . import names\n"
                "from .core.rows import clean as _clean\n\n\n"
                "def clean(rows):\n"
                "    return _clean(rows) if names.NAME else []\n"
            ),
            "service/core/__init__.py": "",
            "service/core/rows.py": "from ..names import NAME\n\nassert NAME\n\n\n" + _CORE,
        },
        script="service/score.py",
    ),
    Layout(
        "packages in packages that import from one another",
        {
            "score.py": script("import lib.text.steps.all_steps as steps", "", "clean = steps.clean"),
            "lib/__init__.py": "from .text import steps\n",
            "lib/text/__init__.py": "from . import steps\n",
            "lib/text/steps/__init__.py": "from .all_steps import clean\n",
            "lib/text/steps/all_steps.py": (
                "from ...rows import first\n"
                "from ..words import keep\n\n\n"
                "def clean(rows):\n"
                "    return keep(first(rows))\n"
            ),
            "lib/text/words.py": "from .. import rows as _rows\n\n\ndef keep(rows):\n    return _rows.clean(rows)\n",
            "lib/rows.py": "def first(rows):\n    return list(rows)\n\n\n" + _CORE,
        },
    ),
    Layout(
        "folders without __init__",
        {
            "score.py": script("from lib.text.core import clean"),
            "lib/text/core.py": (
                "from . import base\nfrom ..rows import clean\n\nassert base.NAME\n\n__all__ = ['clean']\n"
            ),
            "lib/text/base.py": 'NAME = "base"\n',
            "lib/rows.py": _CORE,
        },
    ),
    Layout(
        "the name of the source directory is a package",
        {
            "project/score.py": script("from project.cleaning import clean"),
            "project/__init__.py": "",
            "project/cleaning.py": "from .core import clean\n\n__all__ = ['clean']\n",
            "project/core.py": _CORE,
        },
        script="score.py",
        source_directory="project",
    ),
    Layout(
        "modules with names of the standard library in a package",
        {
            "score.py": script("from mypkg import clean"),
            "mypkg/__init__.py": "from .io import clean\nfrom .logging import LOG\nfrom .types import Rows\n",
            "mypkg/io.py": (
                "import io\n"
                "import logging\n\n"
                "from .types import Rows\n\n"
                "assert io.StringIO and logging.INFO\n\n\n"
                "def clean(rows: Rows) -> Rows:\n"
                "    return [row for row in rows if row]\n"
            ),
            "mypkg/logging.py": (
                "import logging\nimport statistics\n\nLOG = logging.getLogger(str(statistics.mean([1, 2])))\n"
            ),
            "mypkg/types.py": (
                "import types\nfrom typing import List\n\nRows = List[List[float]]\nKind = types.SimpleNamespace\n"
            ),
            "mypkg/statistics.py": "",
        },
    ),
    Layout(
        "a module with init and run of its own",
        {
            "score.py": script(
                "from steps import clean",
                "from steps.base import title",
                "",
                "assert title() is None",
            ),
            "steps/__init__.py": "from .base import clean\n",
            "steps/base.py": _OWN_FUNCTIONS,
        },
    ),
    Layout(
        "what only runs elsewhere",
        {
            "score.py": script(
                "from typing import TYPE_CHECKING",
                "",
                "from mypkg import clean",
                "",
                "if TYPE_CHECKING:",
                "    from .mypkg.kinds import Rows",
                "",
                'if __name__ == "__main__":',
                "    import training",
            ),
            "mypkg/__init__.py": (
                "try:\n    from ._fast import clean\nexcept ImportError:\n    from ._slow import clean\n"
            ),
            "mypkg/_fast.py": "import cython_made_cleaning\n\nclean = cython_made_cleaning.clean\n",
            "mypkg/_slow.py": _CORE
            + '\n\nif __name__ == "__main__":\n    import matplotlib\n\n    matplotlib.use("TkAgg")\n',
            "mypkg/kinds.py": "Rows = list\n",
            "training.py": _TRAINING,
        },
    ),
    Layout(
        "a script that runs inside a package and outside",
        {
            "service/score.py": script(
                "if __package__:",
                "    from .cleaning import clean",
                "else:",
                "    from cleaning import clean",
            ),
            "service/cleaning.py": (
                "try:\n    from .core import clean\nexcept ImportError:\n    from core import clean\n"
            ),
            "service/core.py": _CORE,
        },
        script="score.py",
        source_directory="service",
    ),
    Layout(
        "a folder that the script adds",
        {
            "score.py": script(
                "import os",
                "import sys",
                "",
                'sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "vendor"))',
                "",
                "from mypkg import clean",
            ),
            "vendor/mypkg/__init__.py": "from .core import clean\n",
            "vendor/mypkg/core.py": _CORE,
        },
    ),
    Layout(
        "modules that are imported late",
        {
            "score.py": (
                "import json\n\n\n"
                "def init():\n"
                "    global clean\n"
                "    from mypkg.core import clean\n\n\n"
                "def plot():\n"
                "    from mypkg import plots\n\n"
                "    plots.show()\n\n\n"
                "def run(data):\n"
                '    return {"rows": len(clean(json.loads(data)["data"]))}\n'
            ),
            "mypkg/__init__.py": "",
            "mypkg/core.py": "from . import base\n\nclean = base.clean\n",
            "mypkg/base.py": _CORE,
            "mypkg/plots.py": "def show():\n    pass\n",
        },
    ),
    Layout(
        "code of Azure ML v2",
        {
            "deployment.yml": (
                "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\n"
                "name: blue\n"
                "endpoint_name: rows-endpoint\n"
                "model:\n"
                "  path: model\n"
                "code_configuration:\n"
                "  code: onlinescoring\n"
                "  scoring_script: score.py\n"
                "environment:\n"
                "  conda_file: conda.yml\n"
                "  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\n"
                "instance_type: Standard_DS3_v2\n"
                "instance_count: 1\n"
            ),
            "model/weights.txt": "1\n",
            "onlinescoring/score.py": script("from tools import clean"),
            "onlinescoring/tools/__init__.py": "from .rows import clean\n",
            "onlinescoring/tools/rows.py": "from .words import clean\n\n__all__ = ['clean']\n",
            "onlinescoring/tools/words.py": _CORE,
        },
        script="score.py",
        source_directory="onlinescoring",
        configured=False,
    ),
)


def files_of(layout: Layout) -> dict[str, str]:
    """All files of the project, with its environment and configuration."""
    files = {**layout.files, "conda.yml": CONDA}
    if layout.configured:
        files[f"{layout.source_directory}/conda.yml"] = CONDA
        files["inferenceconfig.json"] = _inference(layout.script, layout.source_directory)
    return files
