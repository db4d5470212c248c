"""Rules SD431 to SD436: lines of environments that are no plain packages."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.environment.package_rules import conda

_PIP = "pip documentation, requirements files"
_CONDA = World("conda.yml", ("score.py",))
_REQUIREMENTS = World("requirements.txt", ("requirements-base.txt",))

LOCAL_PATH = Rule(
    "SD431",
    "error",
    "Local package does not exist",
    "The path “{path}” does not exist beside this file.",
    "pip installs from the path as it stands, relative to the file that names it; what is not there cannot be"
    " installed.",
    conda("./wheels/model_tools-1.0-py3-none-any.whl"),
    conda("model-tools==1.0"),
    "Correct the path, or name a package of an index.",
    _PIP,
    _CONDA,
)
INCLUDE_MISSING = Rule(
    "SD432",
    "error",
    "Included file does not exist",
    "The file “{path}” does not exist beside this one.",
    "What stands in the included file is part of the requirements; without it pip stops at once.",
    "-r requirements-bse.txt\nscikit-learn\n",
    "-r requirements-base.txt\nscikit-learn\n",
    "Correct the path; it is relative to this file.",
    _PIP,
    _REQUIREMENTS,
    fixable=True,
)
ADDRESS_SECRET = Rule(
    "SD433",
    "warning",
    "Password in an address",
    "A password is written in this address, where everybody who gets the file can read it.",
    "Files like this are committed, logged and stored in images. pip takes the password from an environment variable as"
    " well.",
    "--extra-index-url https://builder:not-a-password@packages.contoso.com/simple\nscikit-learn\n",
    "--extra-index-url https://builder:${PIP_PASSWORD}@packages.contoso.com/simple\nscikit-learn\n",
    "Let pip read it from an environment variable, as the fix does, and set that where the environment is built.",
    f"{_PIP}, environment variables",
    _REQUIREMENTS,
    fixable=True,
)
MOVING_SOURCE = Rule(
    "SD434",
    "hint",
    "Source without a fixed version",
    "This installs what the repository holds at the time of the build; name a commit or a tag.",
    "The same file gives another environment tomorrow, and the machine that builds it needs git and the network.",
    "git+https://github.com/contoso/model-tools.git\n",
    "git+https://github.com/contoso/model-tools.git@v1.2.0\n",
    "Add @ and a tag or a commit.",
    "pip documentation, VCS support",
    _REQUIREMENTS,
)
PREFIX = Rule(
    "SD435",
    "hint",
    "Folder of another machine",
    "“prefix” is not used: it is the folder that the environment was exported from.",
    "conda writes it on export. It names a folder of the exporting machine, often with a person's name in it.",
    "name: diabetes-env\nprefix: /home/ada/miniconda3/envs/diabetes-env\n" + conda().partition("\n")[2],
    conda(),
    "Remove the line.",
    "conda documentation, environment files",
    _CONDA,
    fixable=True,
    tag="unnecessary",
)
PYTHON_IN_PIP = Rule(
    "SD436",
    "error",
    "Python as a pip package",
    "Python cannot be installed with pip; list it among the conda packages.",
    "There is no package called python on the package index, so the environment is not built.",
    conda("python==3.11"),
    conda(),
    "List python=3.11 directly below dependencies; in a requirements file leave it out.",
    "the package index, pypi.org",
    _CONDA,
    fixable=True,
)

RULES = (LOCAL_PATH, INCLUDE_MISSING, ADDRESS_SECRET, MOVING_SOURCE, PREFIX, PYTHON_IN_PIP)
