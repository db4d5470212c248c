"""Rules SD830 to SD849: clients that send requests to a service, what they print, and cells of notebooks."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.script.placeholder_rules import PLACEHOLDER

_CLIENT = World("client.py")

REQUEST = Rule(code="SD830", severity="error", world=_CLIENT, fixable=True)
FORM = Rule(code="SD831", severity="warning", world=_CLIENT, fixable=True)
CONTENT_TYPE = Rule(code="SD832", severity="information", world=_CLIENT, fixable=True)
AUTHORIZATION = Rule(code="SD833", severity="warning", world=_CLIENT, fixable=True)
BOTH_KEYS = Rule(code="SD841", severity="error", world=_CLIENT, fixable=True)
NOT_TEXT = Rule(code="SD834", severity="error", world=_CLIENT, fixable=True)
ADDRESS = Rule(code="SD835", severity="error", world=_CLIENT, fixable=True)
NO_ROUTE = Rule(code="SD836", severity="warning", world=_CLIENT, fixable=True)
PRINTED_SECRET = Rule(code="SD837", severity="warning", world=_CLIENT, fixable=True)
WRITTEN_SECRET = Rule(code="SD838", severity="warning", world=_CLIENT)
NOTEBOOK = Rule(code="SD840", severity="error", world=World("deploy.ipynb"), fixable=True)

ARRAY_SENT = Rule(code="SD842", severity="error", world=_CLIENT, fixable=True)

OTHER_KEYS = Rule(
    code="SD843",
    severity="warning",
    world=World(
        "client.py",
        texts=(
            (
                "score.py",
                "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
                '    return len(json.loads(data)["data"])\n',
            ),
        ),
    ),
    fixable=True,
)

RULES = (
    REQUEST,
    FORM,
    CONTENT_TYPE,
    AUTHORIZATION,
    BOTH_KEYS,
    NOT_TEXT,
    ADDRESS,
    NO_ROUTE,
    PRINTED_SECRET,
    WRITTEN_SECRET,
    PLACEHOLDER,
    NOTEBOOK,
    ARRAY_SENT,
    OTHER_KEYS,
)
