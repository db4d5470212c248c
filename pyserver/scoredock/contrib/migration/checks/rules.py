"""Rules SD701 to SD749: what changes on the way from Azure ML v1 to v2. They only speak when that was asked for."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_DEPLOYMENT = World("deploymentconfig.json", migration=True)
_INFERENCE = World("inferenceconfig.json", files=("score.py", "conda.yml"), migration=True)
_CONDA = World("conda.yml", migration=True)
_SCRIPT = World("score.py", migration=True)
_SDK = World("deploy.py", migration=True)
_SHELL = World(
    "deploy.sh", files=("inferenceconfig.json", "deploymentconfig.json", "deployment.yml", "score.py"), migration=True
)


NO_KEY = Rule(code="SD701", severity="hint", world=_DEPLOYMENT, fixable=True)
TOKEN = Rule(code="SD702", severity="hint", world=_DEPLOYMENT)
CERTIFICATE = Rule(
    code="SD703", severity="hint", world=World("deploymentconfig.json", files=("cert.pem", "key.pem"), migration=True)
)
ADDRESS = Rule(code="SD704", severity="hint", world=_DEPLOYMENT)
NETWORK = Rule(code="SD705", severity="hint", world=_DEPLOYMENT)
OWN_KEY = Rule(code="SD706", severity="hint", world=_DEPLOYMENT)
NAMESPACE = Rule(code="SD707", severity="hint", world=_DEPLOYMENT)
AUTOSCALER = Rule(code="SD708", severity="hint", world=_DEPLOYMENT)
TIMEOUT = Rule(code="SD709", severity="hint", world=_DEPLOYMENT, fixable=True)
PROBE = Rule(code="SD710", severity="hint", world=_DEPLOYMENT, fixable=True)
SIZE = Rule(code="SD711", severity="hint", world=_DEPLOYMENT)
KEYS = Rule(code="SD712", severity="hint", world=_DEPLOYMENT)
TRAFFIC = Rule(code="SD713", severity="hint", world=_DEPLOYMENT)
REGION = Rule(code="SD714", severity="hint", world=_DEPLOYMENT)
DEFAULTS = Rule(code="SD717", severity="hint", world=_CONDA, fixable=True)
VARIABLES = Rule(code="SD718", severity="hint", world=_INFERENCE)
MODEL_PATH = Rule(code="SD719", severity="hint", world=_SCRIPT)
SDK = Rule(code="SD720", severity="hint", world=_SDK)
COMMAND = Rule(code="SD721", severity="hint", world=_SHELL)
CORS = Rule(code="SD722", severity="hint", world=_SCRIPT)

RULES: tuple[Rule, ...] = (
    NO_KEY,
    TOKEN,
    CERTIFICATE,
    ADDRESS,
    NETWORK,
    OWN_KEY,
    NAMESPACE,
    AUTOSCALER,
    TIMEOUT,
    PROBE,
    SIZE,
    KEYS,
    TRAFFIC,
    REGION,
    DEFAULTS,
    VARIABLES,
    MODEL_PATH,
    SDK,
    COMMAND,
    CORS,
)
