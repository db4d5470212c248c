"""Rules SD801 to SD849: scripts and notebooks that use the SDK from outside a service."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.contrib.sdk.checks import client_rules

SDK = "azureml-core 1.61"
HERE = World("deploy.py", ("score.py", "outputs/model.pkl"))

SYNTAX = Rule(code="SD801", severity="error", world=HERE, fixable=True)
UNDEFINED = Rule(code="SD802", severity="error", world=HERE, fixable=True)
IMPORT = Rule(code="SD803", severity="error", world=HERE, fixable=True)
ATTRIBUTE = Rule(code="SD804", severity="error", world=HERE, fixable=True)
KEYWORD = Rule(code="SD805", severity="error", world=HERE, fixable=True)
MISSING = Rule(code="SD806", severity="error", world=HERE)
TOO_MANY = Rule(code="SD807", severity="error", world=HERE)
WRONG_CLASS = Rule(code="SD808", severity="error", world=HERE, fixable=True)
TARGET = Rule(code="SD809", severity="error", world=HERE, fixable=True)
NOT_WAITED = Rule(code="SD810", severity="warning", world=HERE, fixable=True)
DEPRECATED = Rule(code="SD811", severity="hint", world=HERE, fixable=True, tag="deprecated")
NAME = Rule(code="SD812", severity="error", world=HERE, fixable=True)
FRAMEWORK = Rule(code="SD813", severity="error", world=HERE, fixable=True)
MODEL_PATH = Rule(code="SD814", severity="warning", world=HERE, fixable=True)
ENTRY_SCRIPT = Rule(code="SD815", severity="error", world=World("deploy.py", ("score.py", "my-score.py")))
NO_ENTRY_SCRIPT = Rule(code="SD816", severity="warning", world=HERE, fixable=True)
SETTING = Rule(code="SD817", severity="error", world=HERE, fixable=True)
NO_CODE = Rule(code="SD818", severity="error", world=HERE, fixable=True)
NAME_WITH_VERSION = Rule(code="SD819", severity="error", world=HERE, fixable=True)
UNSUPPORTED = Rule(code="SD820", severity="error", world=HERE)
NOT_CALLED = Rule(code="SD821", severity="warning", world=HERE, fixable=True)
RESULT_KEY = Rule(code="SD822", severity="error", world=HERE, fixable=True)
NOTHING_TO_UPDATE = Rule(code="SD823", severity="error", world=HERE)
NO_FILE = Rule(code="SD824", severity="warning", world=World("deploy.py", ("score.py", "conda.yml")), fixable=True)

NOT_HERE = Rule(code="SD825", severity="information", world=HERE)

RULES = (
    SYNTAX,
    UNDEFINED,
    IMPORT,
    ATTRIBUTE,
    KEYWORD,
    MISSING,
    TOO_MANY,
    WRONG_CLASS,
    TARGET,
    NOT_WAITED,
    DEPRECATED,
    NAME,
    FRAMEWORK,
    MODEL_PATH,
    ENTRY_SCRIPT,
    NO_ENTRY_SCRIPT,
    SETTING,
    NO_CODE,
    NAME_WITH_VERSION,
    UNSUPPORTED,
    NOT_CALLED,
    RESULT_KEY,
    NOTHING_TO_UPDATE,
    NO_FILE,
    NOT_HERE,
    *client_rules.RULES,
)
