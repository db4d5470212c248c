"""Rules SD325 to SD333, SD338 and SD339: keys of a deployment configuration in the wrong place, secrets, TLS, names."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_WORLD = World("deploymentconfig.json")
_TLS = World("deploymentconfig.json", ("cert.pem", "key.pem"))


SECRET = Rule(code="SD325", severity="warning", world=_WORLD, fixable=True)
ELSEWHERE = Rule(code="SD326", severity="warning", world=_WORLD, fixable=True)
MOVED = Rule(code="SD327", severity="warning", world=_WORLD, fixable=True)
DNS_LABEL = Rule(code="SD328", severity="error", world=_WORLD, fixable=True)
FILE_MISSING = Rule(
    code="SD329",
    severity="error",
    world=World("deploymentconfig.json", ("certificat.pem", "cert.pem", "key.pem")),
    fixable=True,
)
FILE_CASE = Rule(code="SD330", severity="error", world=_TLS, fixable=True)
TLS_OFF = Rule(code="SD331", severity="warning", world=_TLS, fixable=True)
PRIVILEGED_PORT = Rule(code="SD332", severity="warning", world=_WORLD, fixable=True)
KEYS_UNUSED = Rule(code="SD333", severity="warning", world=_WORLD, fixable=True)
HOST_NAME = Rule(code="SD338", severity="warning", world=_TLS, fixable=True)
VAULT = Rule(code="SD339", severity="warning", world=_WORLD, fixable=True)

RULES = (
    SECRET,
    ELSEWHERE,
    MOVED,
    DNS_LABEL,
    FILE_MISSING,
    FILE_CASE,
    TLS_OFF,
    PRIVILEGED_PORT,
    KEYS_UNUSED,
    HOST_NAME,
    VAULT,
)
