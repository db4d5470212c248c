"""Rules SD431 to SD436: lines of environments that are no plain packages."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_PIP = "pip documentation, requirements files"
_CONDA = World("conda.yml", ("score.py",))
_REQUIREMENTS = World("requirements.txt", ("requirements-base.txt",))

LOCAL_PATH = Rule(
    code="SD431",
    severity="error",
    title="Local package does not exist",
    message="The path “{path}” does not exist beside this file.",
    why=(
        "pip installs from the path as it stands, relative to the file that names it; what is not there cannot be"
        " installed."
    ),
    fix="Correct the path, or name a package of an index.",
    source=_PIP,
    world=_CONDA,
)
INCLUDE_MISSING = Rule(
    code="SD432",
    severity="error",
    title="Included file does not exist",
    message="The file “{path}” does not exist beside this one.",
    why="What stands in the included file is part of the requirements; without it pip stops at once.",
    fix="Correct the path; it is relative to this file.",
    source=_PIP,
    world=_REQUIREMENTS,
    fixable=True,
)
ADDRESS_SECRET = Rule(
    code="SD433",
    severity="warning",
    title="Password in an address",
    message="A password is written in this address, where everybody who gets the file can read it.",
    why=(
        "Files like this are committed, logged and stored in images. pip takes the password from an environment"
        " variable as well."
    ),
    fix="Let pip read it from an environment variable, as the fix does, and set that where the environment is built.",
    source=f"{_PIP}, environment variables",
    world=_REQUIREMENTS,
    fixable=True,
)
MOVING_SOURCE = Rule(
    code="SD434",
    severity="hint",
    title="Source without a fixed version",
    message="This installs what the repository holds at the time of the build; name a commit or a tag.",
    why="The same file gives another environment tomorrow, and the machine that builds it needs git and the network.",
    fix="Add @ and a tag or a commit.",
    source="pip documentation, VCS support",
    world=_REQUIREMENTS,
)
PREFIX = Rule(
    code="SD435",
    severity="hint",
    title="Folder of another machine",
    message="“prefix” is not used: it is the folder that the environment was exported from.",
    why="conda writes it on export. It names a folder of the exporting machine, often with a person's name in it.",
    fix="Remove the line.",
    source="conda documentation, environment files",
    world=_CONDA,
    fixable=True,
    tag="unnecessary",
)
PYTHON_IN_PIP = Rule(
    code="SD436",
    severity="error",
    title="Python as a pip package",
    message="Python cannot be installed with pip; list it among the conda packages.",
    why="There is no package called python on the package index, so the environment is not built.",
    fix="List python=3.11 directly below dependencies; in a requirements file leave it out.",
    source="the package index, pypi.org",
    world=_CONDA,
    fixable=True,
)

RULES = (LOCAL_PATH, INCLUDE_MISSING, ADDRESS_SECRET, MOVING_SOURCE, PREFIX, PYTHON_IN_PIP)
