"""Finds what changes in Azure ML v2 for a v1 file. Only shown on request, because files that stay with v1 are right as
they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.read import parse
from scoredock.analysis.tree import Lines, Mapping, Node, Scalar
from scoredock.checks.configs.deployment.units import number
from scoredock.checks.configs.shape import insert_key
from scoredock.contrib.migration.checks import rules
from scoredock.contrib.migration.checks.code import check_commands_text, check_script_text
from scoredock.contrib.migration.checks.fitting_size import size_for
from scoredock.formats.document_kind import DocumentKind
from scoredock.text import Fix, TextEdit

_DEFAULTS = re.compile(
    r"(?<![\w.-])azureml-defaults(?![\w-])(?:\[[^\]\n]{0,40}\])?(?:[ \t]*[=<>~!]=?[ \t]*[\w.*]{1,20})?", re.IGNORECASE
)
_MOST_CPU, _MOST_MEMORY = 4, 16
"""Of the official table."""
_V1_TIMEOUT, _MOST_TIMEOUT = 60_000, 180_000


def check_migration(text: str, facts: Facts, kind: DocumentKind) -> list[Finding]:
    """Hints for the move of one file. Never raises."""
    if kind in ("entry-script", "batch-script", "sdk-script"):
        name = re.split(r"[\\/]", facts.path)[-1]
        return check_script_text(text, serving=kind != "sdk-script", name=name)
    if kind == "commands":
        return check_commands_text(text)
    if kind in ("conda", "requirements"):
        return _packages(text)
    if kind not in ("deployment-config", "inference-config", "environment"):
        return []
    root = parse(text, facts.path).root
    if not isinstance(root, Mapping):
        return []
    if kind == "deployment-config":
        return list(_deployment(root))
    environment = root if kind == "environment" else root.get("environment")
    return [*_environment(environment), *_packages(text)]


def _deployment(root: Mapping) -> Iterator[Finding]:
    target = str(_value(root.get("computeType")) or "").lower()
    if target not in ("aci", "aks", "aksendpoint"):
        return
    key, token = root.entry("authEnabled"), root.entry("tokenAuthEnabled")
    by_token = token is not None and _value(token.value) is True
    if key is not None and _value(key.value) is False and not by_token:
        fix = Fix(l10n.t("Set authEnabled to true"), (TextEdit(key.value.range, "true"),), preferred=True)
        yield rules.NO_KEY.finding(key.key.range, fixes=(fix,))
    if token is not None and by_token:
        yield rules.TOKEN.finding(token.key.range)
    for names, rule in (
        (("sslEnabled", "sslCertificate", "sslKey", "cname"), rules.CERTIFICATE),
        (("vnetName", "subnetName"), rules.NETWORK),
        (("vaultBaseUrl", "keyName", "keyVersion"), rules.OWN_KEY),
        (("dnsNameLabel",), rules.ADDRESS),
        (("namespace",), rules.NAMESPACE),
        (("keys",), rules.KEYS),
        (("trafficPercentile",), rules.TRAFFIC),
        (("location",), rules.REGION),
    ):
        found = next((e for name in names if (e := root.entry(name)) is not None and _given(e.value)), None)
        if found is not None:
            yield rule.finding(found.key.range, key=found.key.value)
    scaler = root.entry("autoScaler")
    if (
        scaler is not None
        and isinstance(scaler.value, Mapping)
        and _value(scaler.value.get("autoscaleEnabled")) is not False
    ):
        yield rules.AUTOSCALER.finding(scaler.key.range)
    yield from _timing(root, target)
    yield from _size(root, target)


def _timing(root: Mapping, target: str) -> Iterator[Finding]:
    if target not in ("aks", "aksendpoint"):
        return
    limit = root.entry("scoringTimeoutMs")
    value = _value(limit.value) if limit is not None else None
    if value is None:
        place = limit or root.entry("computeType")
        if place is not None:
            fix = insert_key(root, "scoringTimeoutMs", "60000", l10n.t("Add {line}", line="scoringTimeoutMs: 60000"))
            yield rules.TIMEOUT.finding(place.key.range, fixes=() if limit else (fix,))
    elif limit is not None and (value := number(limit.value)) is not None and value > _MOST_TIMEOUT:
        message = l10n.t(
            "Requests may take {seconds} seconds here, but at most 180 on managed endpoints in v2.",
            seconds=f"{value / 1000:g}",
        )
        yield rules.TIMEOUT.finding(limit.key.range, message=message)
    probe = root.entry("livenessProbeRequirements")
    if probe is not None and isinstance(probe.value, Mapping) and not _given(probe.value.get("initialDelaySeconds")):
        fix = insert_key(
            probe.value, "initialDelaySeconds", "310", l10n.t("Add {line}", line="initialDelaySeconds: 310")
        )
        yield rules.PROBE.finding(probe.key.range, fixes=() if probe.value.entry("initialDelaySeconds") else (fix,))


def _size(root: Mapping, target: str) -> Iterator[Finding]:
    resources = root.entry("containerResourceRequirements")
    if target != "aci" or resources is None or not isinstance(resources.value, Mapping):
        return
    cpu, memory = number(resources.value.get("cpu")), number(resources.value.get("memoryInGB"))
    if cpu is None or memory is None:
        return
    size = size_for(cpu, memory)
    if cpu <= _MOST_CPU and memory <= _MOST_MEMORY:
        yield rules.SIZE.finding(resources.key.range, cpu=f"{cpu:g}", memory=f"{memory:g}", size=size.name)


def _environment(node: Node | None) -> Iterator[Finding]:
    variables = node.entry("environmentVariables") if isinstance(node, Mapping) else None
    if variables is None or not isinstance(variables.value, Mapping):
        return
    if set(variables.value.names()) - {"EXAMPLE_ENV_VAR"}:
        yield rules.VARIABLES.finding(variables.key.range)


def _packages(text: str) -> list[Finding]:
    """azureml-defaults, wherever packages are listed."""
    if "azureml-defaults" not in text.lower():
        return []
    lines = Lines(text)
    findings = []
    for match in _DEFAULTS.finditer(text):
        place = lines.range(match.start(), match.end())
        if "#" in lines.line(place.start.line)[: place.start.character]:
            continue
        edit = lines.edit(match.start(), match.end(), "azureml-inference-server-http")
        fix = Fix(l10n.t("Replace with {package}", package="azureml-inference-server-http"), (edit,), preferred=True)
        findings.append(rules.DEFAULTS.finding(place, fixes=(fix,)))
    return findings[:20]


def _value(node: Node | None) -> str | int | float | bool | None:
    return node.value if isinstance(node, Scalar) else None


def _given(node: Node | None) -> bool:
    return node is not None and not (isinstance(node, Scalar) and node.value in (None, "", False))
