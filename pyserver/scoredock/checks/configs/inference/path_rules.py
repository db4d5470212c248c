"""Rules SD222 to SD229: paths of an inference configuration that lead somewhere else than meant."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_SOURCE = World("inferenceconfig.json", ("src/", "src/score.py"))
_BROKEN_SCRIPT = "def init():\n    pass\n\n\ndef run(data)\n    return data\n"

REPEATED_FOLDER = Rule(code="SD222", severity="error", world=_SOURCE, fixable=True)
OUTSIDE_SOURCE = Rule(
    code="SD223", severity="error", world=World("inferenceconfig.json", ("src/", "score.py")), fixable=True
)
BACKSLASH = Rule(code="SD224", severity="error", world=_SOURCE, fixable=True)
HEAVY_SOURCE = Rule(
    code="SD225",
    severity="information",
    world=World("inferenceconfig.json", (".venv/", ".venv/pyvenv.cfg", "src/", "src/score.py")),
    fixable=True,
)
NOT_EXPANDED = Rule(code="SD226", severity="error", world=_SOURCE, fixable=True)
NOT_CONDA = Rule(
    code="SD228",
    severity="warning",
    world=World("inferenceconfig.json", ("score.py", "requirements.txt", "conda.yml")),
    fixable=True,
)
FAULTY_FILE = Rule(
    code="SD229",
    severity="information",
    world=World("inferenceconfig.json", ("right.py", "score.py"), texts=(("score.py", _BROKEN_SCRIPT),)),
)

RULES = (REPEATED_FOLDER, OUTSIDE_SOURCE, BACKSLASH, HEAVY_SOURCE, NOT_EXPANDED, NOT_CONDA, FAULTY_FILE)
