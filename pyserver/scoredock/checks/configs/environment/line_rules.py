"""Rules SD431 to SD436: lines of environments that are not plain packages."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_CONDA = World("conda.yml", ("score.py",))
_REQUIREMENTS = World("requirements.txt", ("requirements-base.txt",))

LOCAL_PATH = Rule(code="SD431", severity="error", world=_CONDA)
INCLUDE_MISSING = Rule(code="SD432", severity="error", world=_REQUIREMENTS, fixable=True)
ADDRESS_SECRET = Rule(code="SD433", severity="warning", world=_REQUIREMENTS, fixable=True)
MOVING_SOURCE = Rule(code="SD434", severity="hint", world=_REQUIREMENTS)
PREFIX = Rule(code="SD435", severity="hint", world=_CONDA, fixable=True, tag="unnecessary")
PYTHON_IN_PIP = Rule(code="SD436", severity="error", world=_CONDA, fixable=True)

RULES = (LOCAL_PATH, INCLUDE_MISSING, ADDRESS_SECRET, MOVING_SOURCE, PREFIX, PYTHON_IN_PIP)
