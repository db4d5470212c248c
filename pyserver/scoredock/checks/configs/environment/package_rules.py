"""Rules SD415 to SD419, SD423 to SD430 and SD463: packages of an environment, their names, versions and Pythons."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_CONDA = World("conda.yml", ("score.py",))
_CPU = World(
    "conda.yml", ("score.py", "deploymentconfig.json"), texts=(("deploymentconfig.json", '{"computeType": "aci"}'),)
)


def conda(*pip: str, python: str = "python=3.11", also: tuple[str, ...] = ()) -> str:
    lines = ["name: diabetes-env", "dependencies:", f"  - {python}", *(f"  - {name}" for name in also), "  - pip:"]
    return "\n".join([*lines, "      - azureml-defaults", *(f"      - {name}" for name in pip)]) + "\n"


IMPOSSIBLE = Rule(code="SD415", severity="error", world=_CONDA, fixable=True)
REPEATED = Rule(code="SD416", severity="hint", world=_CONDA, fixable=True, tag="unnecessary")
STANDARD_LIBRARY = Rule(code="SD417", severity="error", world=_CONDA, fixable=True)
RENAMED = Rule(code="SD418", severity="error", world=_CONDA, fixable=True)
NEARLY = Rule(code="SD460", severity="information", world=_CONDA)
NEAR_CHANNEL = Rule(code="SD461", severity="warning", world=_CONDA, fixable=True)
CONDA_SPEC = Rule(code="SD419", severity="error", world=_CONDA, fixable=True)
PYTHON_ENDED = Rule(code="SD423", severity="hint", world=_CONDA, fixable=True)
PYTHON_UNKNOWN = Rule(code="SD424", severity="error", world=_CONDA, fixable=True)
NO_RELEASE = Rule(code="SD425", severity="error", world=_CONDA, fixable=True)
NO_WHEEL = Rule(code="SD426", severity="warning", world=_CONDA, fixable=True)
OLD_DEFAULTS = Rule(code="SD427", severity="warning", world=_CONDA, fixable=True)
WHOLE_SDK = Rule(code="SD428", severity="hint", world=_CONDA, fixable=True)
CUDA = Rule(code="SD429", severity="information", world=_CPU, fixable=True)
LOCAL_VERSION = Rule(code="SD430", severity="warning", world=_CONDA, fixable=True)

PYTHON_BESIDE = Rule(code="SD463", severity="information", world=_CONDA, fixable=True)
PAIR = Rule(code="SD462", severity="warning", world=_CONDA, fixable=True)

RULES = (
    PAIR,
    IMPOSSIBLE,
    REPEATED,
    STANDARD_LIBRARY,
    RENAMED,
    NEARLY,
    NEAR_CHANNEL,
    CONDA_SPEC,
    PYTHON_ENDED,
    PYTHON_BESIDE,
    PYTHON_UNKNOWN,
    NO_RELEASE,
    NO_WHEEL,
    OLD_DEFAULTS,
    WHOLE_SDK,
    CUDA,
    LOCAL_VERSION,
)
