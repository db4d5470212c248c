"""ParallelRunConfig of the SDK v1: the settings of a batch deployment, as far as they are certain."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import field

from scoredock.checks.script.qualified import argument, follow, text_of
from scoredock.checks.script.scope import Scope
from scoredock.contrib.migration.domain.sdk.environments import environment_of
from scoredock.contrib.migration.domain.sdk.rewriting import Rewriting, SdkEnvironment
from scoredock.contrib.migration.domain.sdk.values import UNKNOWN, literal, texts_of
from scoredock.contrib.migration.domain.source import Value
from scoredock.late_dataclass import dataclass

_PARAMETERS = (
    "environment",
    "entry_script",
    "error_threshold",
    "output_action",
    "compute_target",
    "node_count",
    "process_count_per_node",
    "mini_batch_size",
    "source_directory",
    "description",
    "logging_level",
    "run_invocation_timeout",
    "run_max_try",
    "append_row_file_name",
    "allowed_failed_count",
    "allowed_failed_percent",
    "partition_keys",
    "environment_variables",
)
"""In the order of the SDK; scripts give them by name, and some the first ones without."""
_OWN = frozenset(("environment", "entry_script", "source_directory", "compute_target", "environment_variables"))
"""Those that are not plain settings."""


@dataclass(frozen=True, slots=True)
class SdkBatch:
    """A call of ParallelRunConfig whose entry script is certain."""

    line: int
    """From 1."""
    entry_script: str
    source_directory: str = ""
    settings: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """By the names of the SDK; the compute target as the name of its cluster."""
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    environment: SdkEnvironment | None = None
    unclear: tuple[str, ...] = ()
    """Settings whose values are not certain."""
    step_arguments: bool = False
    """Whether a step gives the script arguments."""


def parallel_runs(work: Rewriting) -> Iterator[SdkBatch]:
    """Yields the parallel runs of a script, in its order."""
    steps = [call for call, _, _, name in work.script.named_calls if name.endswith(".ParallelRunStep")]
    with_arguments = {
        config.id
        for step in steps
        if isinstance(config := argument(step, 1, "parallel_run_config"), ast.Name)
        and argument(step, 5, "arguments") is not None
    }
    names = {
        id(statement.value): target.id
        for statement in ast.walk(work.script.tree)
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for call, scope, _, name in work.script.named_calls:
        if name.endswith(".ParallelRunConfig") and not any(each.arg is None for each in call.keywords):
            batch = _batch(work, call, scope, names.get(id(call)) in with_arguments)
            if batch is not None:
                yield batch


def _batch(work: Rewriting, call: ast.Call, scope: Scope, step_arguments: bool) -> SdkBatch | None:
    nodes = {name: node for index, name in enumerate(_PARAMETERS) if (node := argument(call, index, name)) is not None}
    script = text_of(nodes.get("entry_script"), scope)
    folder = text_of(nodes.get("source_directory"), scope)
    if not script or (folder is None and "source_directory" in nodes):
        return None
    settings: dict[str, Value] = {}
    unclear = []
    for name, node in nodes.items():
        if name in _OWN:
            continue
        value = _value(work, node, scope)
        if isinstance(value, str | int | float | bool):
            settings[name] = value
        elif isinstance(value, list):
            settings[name] = ", ".join(map(str, value))
        elif value is not None:
            unclear.append(name)
    cluster = _cluster(work, nodes.get("compute_target"), scope)
    if cluster:
        settings["compute_target"] = cluster
    variables = literal(nodes["environment_variables"], scope) if "environment_variables" in nodes else {}
    environment = nodes.get("environment")
    return SdkBatch(
        call.lineno,
        script,
        folder or "",
        settings,
        texts_of(variables),
        environment_of(work, environment, scope) if environment is not None else None,
        (*unclear, *(("environment_variables",) if variables is UNKNOWN else ())),
        step_arguments,
    )


def _value(work: Rewriting, node: ast.expr, scope: Scope) -> object:
    """Value of a setting; that of a PipelineParameter is its default."""
    maker, inner = follow(node, scope)
    if isinstance(maker, ast.Call):
        name = next((dotted for call, _, _, dotted in work.script.named_calls if call is maker), "")
        default = argument(maker, 1, "default_value") if name.endswith(".PipelineParameter") else None
        return literal(default, inner) if default is not None else UNKNOWN
    return literal(node, scope)


def _cluster(work: Rewriting, node: ast.expr | None, scope: Scope) -> str:
    """Name of the cluster: as a text, of `ComputeTarget(ws, NAME)` or of `ws.compute_targets[NAME]`."""
    if node is None:
        return ""
    maker, inner = follow(node, scope)
    if isinstance(maker, ast.Call) and id(maker) in work.calls:
        return work.calls[id(maker)].text("name")
    if isinstance(maker, ast.Subscript) and isinstance(maker.value, ast.Attribute):
        return (text_of(maker.slice, inner) or "") if maker.value.attr == "compute_targets" else ""
    return text_of(maker, inner) or ""
