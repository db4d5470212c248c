"""Rules SD165 to SD175, SD177, SD178, SD522 and SD524: what a script does that a service cannot or should not: files,
secrets, the network, screens, logging."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.rule import Rule, ServiceScriptRule, World

SECRET_SHOWN = Rule(code="SD165", severity="warning")
SECRET_WRITTEN = Rule(code="SD166", severity="warning", fixable=True)
DOWNLOADS = Rule(code="SD167", severity="warning")
NO_TIMEOUT = ServiceScriptRule(code="SD168", severity="warning", fixable=True)
INSTALLS = Rule(code="SD169", severity="warning")
NEEDS_SCREEN = Rule(
    code="SD170",
    severity="error",
    world=World(
        environment=EnvironmentFacts("", "project", "3.11", {"azureml-defaults": "", "opencv-python-headless": ""})
    ),
    fixable=True,
)
ASKS = Rule(code="SD171", severity="error")
WRITES = Rule(code="SD172", severity="information")
SLEEPS = ServiceScriptRule(code="SD173", severity="hint", fixable=True)
PROCESSES = Rule(code="SD174", severity="warning")
METHOD_GONE = Rule(
    code="SD175",
    severity="error",
    world=World(environment=EnvironmentFacts("", "project", "3.11", {"azureml-defaults": "", "pandas": ">=2.0"})),
    fixable=True,
)

OWN_SERVER = Rule(code="SD177", severity="warning")
EVALUATES = ServiceScriptRule(code="SD178", severity="warning", fixable=True)
CORPUS = Rule(code="SD524", severity="warning")
LOST_PRINTS = Rule(code="SD522", severity="warning", fixable=True, scripts=("entry-script", "module"))

RULES = (
    SECRET_SHOWN,
    SECRET_WRITTEN,
    DOWNLOADS,
    NO_TIMEOUT,
    INSTALLS,
    NEEDS_SCREEN,
    ASKS,
    WRITES,
    SLEEPS,
    PROCESSES,
    METHOD_GONE,
    OWN_SERVER,
    EVALUATES,
    CORPUS,
    LOST_PRINTS,
)
