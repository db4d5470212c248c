"""Numbers of deployment configurations: units that were mixed up, and what the autoscaler makes of them."""

from __future__ import annotations

import re
import sys

from scoredock import l10n
from scoredock.analysis.edits import changed, replaced
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Mapping, MappingEntry, Node, Scalar
from scoredock.checks.configs.deployment import unit_rules as rules
from scoredock.text import Fix

_QUANTITY = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([A-Za-z%]{1,12})\s*")
_MEMORY = {"g": 1.0, "gi": 1.0, "gb": 1.0, "gib": 1.0, "m": 1 / 1024, "mi": 1 / 1024, "mb": 1 / 1024, "mib": 1 / 1024}
_CORES = {"m": 0.001, "core": 1.0, "cores": 1.0, "cpu": 1.0, "cpus": 1.0, "vcpu": 1.0, "vcpus": 1.0}
_SECONDS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, "minutes": 60.0, "h": 3600.0}
_UNITS: dict[str, tuple[str, dict[str, float], float]] = {
    "memoryInGB": ("gigabytes", _MEMORY, 1),
    "memoryInGBLimit": ("gigabytes", _MEMORY, 1),
    "cpu": ("cores", _CORES, 1),
    "cpuLimit": ("cores", _CORES, 1),
    "scoringTimeoutMs": ("milliseconds", _SECONDS, 1000),
    "maxQueueWaitMs": ("milliseconds", _SECONDS, 1000),
    "refreshPeriodInSeconds": ("seconds", _SECONDS, 1),
    "periodSeconds": ("seconds", _SECONDS, 1),
    "initialDelaySeconds": ("seconds", _SECONDS, 1),
    "timeoutSeconds": ("seconds", _SECONDS, 1),
    "targetUtilization": ("percent", {"%": 1.0, "percent": 1.0}, 1),
    "trafficPercentile": ("percent", {"%": 1.0, "percent": 1.0}, 1),
}
"""Key → unit in words, units that people write and their factor, factor of the key's own unit."""
_MOST_GIGABYTES = 512
_MOST_CORES = 100
_ACI_GIGABYTES = 48
_SLOWEST_REFRESH = 60
_SHORT_START = 60
_ROOM = 90


def _in_words(unit: str) -> str:
    """A unit as a sentence has it."""
    return {
        "gigabytes": l10n.t("gigabytes"),
        "cores": l10n.t("cores"),
        "milliseconds": l10n.t("milliseconds"),
        "seconds": l10n.t("seconds"),
        "percent": l10n.t("percent"),
    }[unit]


def number(node: Node | None) -> float | None:
    """The value of a number; none for one too large to reckon with."""
    if isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value if abs(node.value) <= sys.float_info.max else None
    return None


def check_units(root: Mapping, target: str, findings: list[Finding]) -> list[Finding]:
    """Findings of numbers; replaces what was said of the type of a number with a unit."""
    replacements: list[Finding] = []
    for entry in _entries(root):
        replacements += _quantity(entry) + _size(entry, target) + _time(entry) + _fraction(entry)
    ranges = {f.range for f in replacements}
    return [*(f for f in findings if f.range not in ranges), *replacements]


def _entries(root: Mapping) -> list[MappingEntry]:
    inner = [e for entry in root.entries if isinstance(entry.value, Mapping) for e in entry.value.entries]
    return [*root.entries, *inner]


def _written(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{round(value, 3):g}"


def _quantity(entry: MappingEntry) -> list[Finding]:
    unit = _UNITS.get(str(entry.key.value))
    node = entry.value
    if unit is None or not isinstance(node, Scalar) or not isinstance(node.value, str):
        return []
    match = _QUANTITY.fullmatch(node.value)
    factor = unit[1].get(match.group(2).lower()) if match else None
    if match is None or factor is None:
        return []
    value = float(match.group(1)) * factor * unit[2]
    if unit[0] not in ("gigabytes", "cores"):
        value = float(round(value))
    fixes = (changed(node, _written(value)),) if value > 0 else ()
    return [rules.QUANTITY.finding(node.range, fixes=fixes, key=entry.key.value, unit=_in_words(unit[0]))]


def _size(entry: MappingEntry, target: str) -> list[Finding]:
    key, value, node = str(entry.key.value), number(entry.value), entry.value
    if value is None:
        return []
    if key in ("memoryInGB", "memoryInGBLimit"):
        if value >= _MOST_GIGABYTES:
            return [
                rules.UNIT_SIZE.finding(
                    node.range,
                    fixes=(changed(node, _written(value / 1024)),),
                    key=key,
                    unit=l10n.t("gigabytes"),
                    got=_written(value),
                    other=l10n.t("megabytes"),
                )
            ]
        if target == "aci" and value > _ACI_GIGABYTES:
            fixes = (changed(node, str(_ACI_GIGABYTES)),)
            return [rules.ACI_MEMORY.finding(node.range, fixes=fixes, got=f"{_written(value)} GB")]
    if key in ("cpu", "cpuLimit") and value >= _MOST_CORES:
        return [
            rules.UNIT_SIZE.finding(
                node.range,
                fixes=(changed(node, _written(value / 1000)),),
                key=key,
                unit=l10n.t("cores"),
                got=_written(value),
                other=l10n.t("thousandths of a core"),
            )
        ]
    return []


def _time(entry: MappingEntry) -> list[Finding]:
    value = number(entry.value)
    if value is None or entry.key.value != "scoringTimeoutMs" or not 0 < value < 1000:
        return []
    fixes = (changed(entry.value, _written(value * 1000)),)
    return [rules.MILLISECONDS.finding(entry.value.range, fixes=fixes, key=entry.key.value, got=_written(value))]


def _fraction(entry: MappingEntry) -> list[Finding]:
    value = number(entry.value)
    if value is None or not isinstance(value, float) or not 0 < value <= 1:
        return []
    if entry.key.value not in ("targetUtilization", "trafficPercentile"):
        return []
    whole = entry.key.value == "targetUtilization"
    if not whole and value == 1:
        return []
    right = _written(float(round(value * 100)) or 1.0)
    raw = entry.value.raw if isinstance(entry.value, Scalar) else ""
    return [
        rules.FRACTION.finding(
            entry.value.range,
            severity="error" if whole else "warning",
            fixes=(changed(entry.value, right),),
            key=entry.key.value,
            right=right,
            got=raw,
        )
    ]


def check_probe(root: Mapping) -> list[Finding]:
    """The liveness probe: numbers that contradict each other or leave no time to start."""
    probe = root.get("livenessProbeRequirements")
    if not isinstance(probe, Mapping):
        return []
    findings = []
    period = number(probe.get("periodSeconds")) or 10
    timeout, delay = number(probe.get("timeoutSeconds")), number(probe.get("initialDelaySeconds"))
    node = probe.get("timeoutSeconds")
    if node is not None and timeout is not None and timeout > period > 0:
        findings.append(
            rules.PROBE_TIMEOUT.finding(
                node.range, fixes=(changed(node, _written(period)),), timeout=_written(timeout), period=_written(period)
            )
        )
    node = probe.get("successThreshold")
    success = number(node)
    if node is not None and success is not None and success > 1:
        findings.append(rules.PROBE_SUCCESS.finding(node.range, fixes=(changed(node, "1"),), got=_written(success)))
    node = probe.get("initialDelaySeconds")
    total = (delay or 0) + period * (number(probe.get("failureThreshold")) or 3)
    if node is not None and delay and 0 < total < _SHORT_START:
        findings.append(rules.START_TIME.finding(node.range, fixes=(changed(node, "310"),), seconds=_written(total)))
    return findings


def check_scaling(root: Mapping) -> list[Finding]:
    """Findings about the numbers of an autoscaler that is on."""
    entry = root.entry("autoScaler")
    scaler = entry.value if entry is not None else None
    if entry is None or not isinstance(scaler, Mapping):
        return []
    enabled = scaler.get("autoscaleEnabled")
    if not (isinstance(enabled, Scalar) and enabled.value is True):
        return []
    findings = []
    refresh, aim = scaler.get("refreshPeriodInSeconds"), scaler.get("targetUtilization")
    seconds, percent = number(refresh), number(aim)
    if refresh is not None and seconds is not None and seconds > _SLOWEST_REFRESH:
        findings.append(rules.REFRESH.finding(refresh.range, fixes=(changed(refresh, "1"),), got=_written(seconds)))
    if aim is not None and percent is not None and _ROOM < percent <= 100:
        findings.append(rules.NO_ROOM.finding(aim.range, fixes=(changed(aim, "70"),), got=_written(percent)))
    low, high = number(scaler.get("minReplicas")) or 1, number(scaler.get("maxReplicas"))
    if high is not None and low == high and high >= 1:
        fixes: tuple[Fix, ...] = ()
        if root.entry("numReplicas") is None:
            edit = replaced(entry, "numReplicas", int(high), root)
            fixes = (Fix(l10n.t("Use numReplicas {high} instead", high=int(high)), (edit,), preferred=True),)
        findings.append(rules.ONE_SIZE.finding(entry.key.range, fixes=fixes, low=_written(low)))
    each = number(root.get("maxConcurrentRequestsPerContainer"))
    if high is not None and high > low and each is not None and high >= 1 and each >= 1:
        target = percent if percent is not None and 1 <= percent <= 100 else 70
        rate = _written(round(high * each * target / 100, 1))
        findings.append(
            rules.CAPACITY.finding(
                entry.key.range, most=_written(high), each=_written(each), target=_written(target), rate=rate
            )
        )
    return findings
