"""Finds what changes in v2 for scripts and command lines of v1. Looks at the text alone, so that half-typed code is no
trouble.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import quoted_names
from scoredock.analysis.tree import Lines
from scoredock.contrib.migration.checks import rules
from scoredock.formats.az_lines.v1_commands import VERBS_HERE

CLASSES: dict[str, Callable[[], str]] = {
    "Workspace": lambda: "“azure.ai.ml.MLClient”",
    "Model": lambda: "“azure.ai.ml.entities.Model”",
    "Environment": lambda: "“azure.ai.ml.entities.Environment”",
    "CondaDependencies": lambda: l10n.t("“conda_file” of “azure.ai.ml.entities.Environment”"),
    "InferenceConfig": lambda: l10n.t("“azure.ai.ml.entities.CodeConfiguration”, with the environment beside it"),
    "AciWebservice": lambda: quoted_names(("azure.ai.ml.entities.ManagedOnlineEndpoint", "ManagedOnlineDeployment")),
    "AksWebservice": lambda: quoted_names(
        ("azure.ai.ml.entities.KubernetesOnlineEndpoint", "KubernetesOnlineDeployment")
    ),
    "AksEndpoint": lambda: l10n.t("“azure.ai.ml.entities.KubernetesOnlineEndpoint” with “traffic”"),
    "LocalWebservice": lambda: "begin_create_or_update(deployment, local=True)",
    "Webservice": lambda: "“client.online_endpoints”",
    "Endpoint": lambda: "“client.online_endpoints”",
    "Dataset": lambda: "“azure.ai.ml.entities.Data”",
    "Datastore": lambda: l10n.t("“azure.ai.ml.entities.AzureBlobDatastore” or a similar class"),
    "ComputeTarget": lambda: "“client.compute”",
    "AksCompute": lambda: "“azure.ai.ml.entities.KubernetesCompute”",
    "AmlCompute": lambda: "“azure.ai.ml.entities.AmlCompute”",
    "Experiment": lambda: quoted_names(("azure.ai.ml.command", "client.jobs")),
    "Run": lambda: "“mlflow”",
    "ScriptRunConfig": lambda: "“azure.ai.ml.command”",
    "ContainerImage": lambda: "“azure.ai.ml.entities.Environment”",
}
"""Class of SDK v1 → what takes its place."""
_VERBS: tuple[tuple[str, str], ...] = (
    ("model deploy", "az ml online-deployment create -f"),
    ("model profile", ""),
    ("model package", "az ml online-deployment create --local"),
    ("model register", "az ml model create"),
    ("service run", "az ml online-endpoint invoke"),
    ("service delete", "az ml online-endpoint delete"),
    ("service get-logs", "az ml online-deployment get-logs"),
    ("service get-keys", "az ml online-endpoint get-credentials"),
    ("service get-access-token", "az ml online-endpoint get-credentials"),
    ("service regen-key", "az ml online-endpoint regenerate-keys"),
    ("service update", "az ml online-deployment update"),
    ("service show", "az ml online-endpoint show"),
    ("service list", "az ml online-endpoint list"),
    ("service", "az ml online-endpoint"),
    ("endpoint realtime", "az ml online-endpoint"),
    ("computetarget", "az ml compute"),
    ("folder attach", "az configure --defaults group= workspace="),
    ("run submit-script", "az ml job create -f"),
    ("environment register", "az ml environment create -f"),
    ("dataset", "az ml data"),
)
_LONGEST_VERB = 3
"""Words of a verb, such as `computetarget attach aks`."""
_COMMAND = re.compile(
    r"\baz[ \t]+ml[ \t]+(" + "|".join(verb.replace(" ", r"[ \t]+") for verb, _ in _VERBS) + r")(?![\w-])"
)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(azureml\.(?:core|train|pipeline|data)[\w.]*)[ \t]+import[ \t]+\(?([^#\n)]*)|import["
    r" \t]+(azureml\.core[\w.]*))",
    re.MULTILINE,
)
_MODEL_PATH = re.compile(r"\bget_model_path(?=\s*\()")
_ORIGIN = re.compile(r"[\"'](Access-Control-Allow-Origin)[\"']", re.IGNORECASE)
_MOST = 20
_LOOK = 500_000


def check_script_text(text: str, *, serving: bool, name: str = "deploy.py") -> list[Finding]:
    """Hints for an entry script (`serving`), or a script of that file name that deploys or calls."""
    text = text[:_LOOK]
    if serving:
        return _serving(text)
    if "azureml." not in text:
        return []
    lines = Lines(text)
    findings: list[Finding] = []
    for match in _IMPORT.finditer(text):
        names = [part.split(" as ")[0].strip() for part in (match.group(2) or "").replace("\\", "").split(",")]
        known = [
            l10n.t("“{name}” is {replacement}", name=name, replacement=CLASSES[name]())
            for name in names
            if name in CLASSES
        ]
        hint = l10n.t("; in v2 {classes}", classes=l10n.t(", ").join(known)) if known else ""
        if not findings:
            verb = "notebook" if name.endswith(".ipynb") else "run"
            hint += l10n.t("; here “{command}” runs it", command=f"scoredock sdk {verb} {name}")
        start, end = match.span(1) if match.group(1) else match.span(3)
        findings.append(rules.SDK.finding(lines.range(start, end), hint=hint))
    return findings[:_MOST]


def _serving(text: str) -> list[Finding]:
    lines = Lines(text)
    findings = [
        rules.MODEL_PATH.finding(lines.range(*m.span()))
        for m in _MODEL_PATH.finditer(text)
        if not _in_comment(lines, m.start())
    ]
    origin = _ORIGIN.search(text)
    if origin is not None and not _in_comment(lines, origin.start()):
        findings.append(rules.CORS.finding(lines.range(*origin.span())))
    return findings[:_MOST]


def check_commands_text(text: str) -> list[Finding]:
    """Hints for the `az ml` lines of a shell script or pipeline."""
    text = text[:_LOOK]
    if "az" not in text:
        return []
    lines = Lines(text)
    places = dict(_VERBS)
    findings: list[Finding] = []
    for match in _COMMAND.finditer(text):
        if _in_comment(lines, match.start()):
            continue
        verb = " ".join(match.group(1).split())
        now = places[verb]
        hint = l10n.t("; in v2 it is “{command}”", command=now) if now else l10n.t("; v2 has no equivalent")
        whole = " ".join(text[match.start(1) :].split(None, _LONGEST_VERB)[:_LONGEST_VERB])
        here = next((each for each in VERBS_HERE if whole == each or whole.startswith(f"{each} ")), "")
        if here:
            hint += l10n.t(", and here “{command}” runs it", command=f"scoredock az ml {here}")
        findings.append(rules.COMMAND.finding(lines.range(*match.span()), command=f"az ml {verb}", hint=hint))
    return findings[:_MOST]


def _in_comment(lines: Lines, offset: int) -> bool:
    place = lines.position(offset)
    return "#" in lines.line(place.line)[: place.character]
