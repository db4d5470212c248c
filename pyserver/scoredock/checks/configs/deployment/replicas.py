"""A fixed number of replicas and the autoscaler, which exclude one another."""

from __future__ import annotations

from scoredock import l10n
from scoredock.analysis.edits import changed, inserted, remove, without
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar
from scoredock.checks.configs.deployment import rules
from scoredock.checks.configs.deployment.units import number
from scoredock.text import Fix, TextEdit

_OF_SCALER = ("minReplicas", "maxReplicas", "refreshPeriodInSeconds", "targetUtilization")


def has_value(node: Node | None) -> bool:
    """True if a value is neither null nor empty."""
    return node is not None and not (isinstance(node, Scalar) and node.value in (None, ""))


def check_replicas(root: Mapping, lines: Lines) -> list[Finding]:
    """Findings of `autoScaler` beside `numReplicas`."""
    entry, replicas = root.entry("autoScaler"), root.entry("numReplicas")
    scaler = entry.value if entry is not None else None
    if entry is None or not isinstance(scaler, Mapping):
        return []
    fixed = replicas if replicas is not None and has_value(replicas.value) else None
    enabled = scaler.entry("autoscaleEnabled")
    state = enabled.value.value if enabled is not None and isinstance(enabled.value, Scalar) else None
    findings: list[Finding] = []
    if state is True and fixed is not None:
        problem = l10n.t("“numReplicas” cannot be given while “autoscaleEnabled” is true.")
        fixes = (*remove(root, [fixed], lines, preferred=False), *remove(root, [entry], lines, preferred=False))
        findings.append(rules.AUTOSCALE.finding(fixed.key.range, fixes=fixes, problem=problem))
    limits = [e for e in scaler.entries if e.key.value in _OF_SCALER and has_value(e.value)]
    if state is False and fixed is None and enabled is not None:
        problem = l10n.t("“numReplicas” is needed when “autoscaleEnabled” is false.")
        fixes = () if limits else (_with_replicas(root, replicas),)
        findings.append(rules.AUTOSCALE.finding(enabled.key.range, fixes=fixes, problem=problem))
    if state is not True:
        findings += [
            rules.AUTOSCALE.finding(
                e.key.range,
                fixes=_for_limits(scaler, enabled, limits, lines, fixed=fixed is not None),
                problem=l10n.t("“{key}” needs “autoscaleEnabled” to be true.", key=e.key.value),
            )
            for e in limits
        ]
    return findings + (_order(scaler) if state is True else []) + _beyond(scaler)


def _with_replicas(root: Mapping, replicas: MappingEntry | None) -> Fix:
    edit = inserted(root, "numReplicas", 1, at_end=True) if replicas is None else TextEdit(replicas.value.range, "1")
    return Fix(l10n.t("Set {key} to {value}", key="numReplicas", value=1), (edit,))


def _for_limits(
    scaler: Mapping, enabled: MappingEntry | None, limits: list[MappingEntry], lines: Lines, *, fixed: bool
) -> tuple[Fix, ...]:
    """Switch the autoscaler on, or where the number is fixed take its limits away."""
    if fixed:
        edits = without(scaler, limits, lines)
        return (Fix(l10n.t("Remove the limits of the autoscaler"), edits),) if edits else ()
    put = inserted(scaler, "autoscaleEnabled", value=True) if enabled is None else TextEdit(enabled.value.range, "true")
    return (Fix(l10n.t("Set {key} to {value}", key="autoscaleEnabled", value="true"), (put,), preferred=True),)


def _order(scaler: Mapping) -> list[Finding]:
    lowest, highest = scaler.get("minReplicas"), scaler.get("maxReplicas")
    low, high = number(lowest), number(highest)
    if lowest is None or highest is None or low is None or high is None or low <= high:
        return []
    swap = Fix(
        l10n.t("Swap them"), (TextEdit(lowest.range, f"{high:g}"), TextEdit(highest.range, f"{low:g}")), preferred=True
    )
    problem = l10n.t("“minReplicas” must not be greater than “maxReplicas”.")
    return [rules.AUTOSCALE.finding(lowest.range, fixes=(swap,), problem=problem)]


def _beyond(scaler: Mapping) -> list[Finding]:
    aim = scaler.get("targetUtilization")
    percent = number(aim) or 0
    if aim is None or percent <= 100:
        return []
    tenth = percent / 10
    right = int(tenth) if tenth == int(tenth) and tenth <= 100 else 70
    return [rules.UTILIZATION.finding(aim.range, fixes=(changed(aim, str(right)),))]
