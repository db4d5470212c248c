"""Batch endpoints and deployments of v2, from the settings of a parallel run of v1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scoredock import l10n
from scoredock.contrib.migration.domain.report import Outcome
from scoredock.contrib.migration.domain.source import BatchSource

_COMPUTE = "batch-cluster"
_BYTES = re.compile(r"\s*\d+\s*[kmgKMG][bB]\s*")


def batch_files(source: BatchSource, name: str, outcome: Outcome) -> tuple[dict[str, Any], dict[str, Any]]:
    """The endpoint and its deployment `default`, without model, code and environment."""
    endpoint = {"name": name, "auth_mode": "aad_token", "defaults": {"deployment_name": "default"}}
    outcome.note(
        "changes",
        source.where,
        "ParallelRunStep",
        l10n.t("A step of a pipeline becomes a batch endpoint, which is called with the input of each job."),
        l10n.t("Start jobs with `az ml batch-endpoint invoke --input`; callers need a token of Microsoft Entra."),
    )
    deployment: dict[str, Any] = {
        "name": "default",
        "endpoint_name": name,
        "compute": f"azureml:{_compute(source, outcome)}",
        "resources": {"instance_count": _whole(source, "node_count", 1)},
        **_settings(source, outcome),
    }
    return endpoint, deployment


def _compute(source: BatchSource, outcome: Outcome) -> str:
    name = source.settings.get("compute_target")
    if isinstance(name, str) and name:
        return name
    outcome.note(
        "broken",
        source.where,
        "compute_target",
        l10n.t("Which cluster is meant is not certain; the file of the deployment has {name}.", name=_COMPUTE),
        l10n.t("Write the name of a compute cluster of the workspace there."),
    )
    return _COMPUTE


def _whole(source: BatchSource, key: str, default: int, least: int = 1) -> int:
    value = source.settings.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return max(least, int(value))


def _settings(source: BatchSource, outcome: Outcome) -> dict[str, Any]:
    has_limit = source.settings.get("error_threshold") is not None
    tries, timeout = _whole(source, "run_max_try", 3), _whole(source, "run_invocation_timeout", 60)
    settings: dict[str, Any] = {
        "mini_batch_size": _size(source, outcome),
        "max_concurrency_per_instance": _whole(source, "process_count_per_node", 1),
        "output_action": _action(source),
        # With summary_only the loader of azure-ai-ml refuses a name.
        **({"output_file_name": _file_name(source)} if _action(source) == "append_row" else {}),
        # Left out where it is not certain: -1 says that every failure is allowed, even all.
        **({"error_threshold": _whole(source, "error_threshold", -1, -1)} if has_limit else {}),
        "retry_settings": {"max_retries": tries - 1, "timeout": timeout},
        "logging_level": _level(source),
    }
    outcome.note(
        "maps",
        source.where,
        "ParallelRunConfig",
        l10n.t(
            "Nodes, processes, mini-batches, thresholds and retries have keys of their own; {tries} tries are"
            " {retries} retries.",
            tries=tries,
            retries=tries - 1,
        ),
    )
    for note in _without_equivalent(source):
        outcome.note("absent", source.where, *note)
    for key in source.unclear:
        outcome.note(
            "broken",
            source.where,
            key,
            l10n.t("The value of {key} is not certain; the file leaves it out.", key=f"“{key}”")
            if key == "error_threshold"
            else l10n.t("The value of {key} is not certain; the file has the default of v1.", key=f"“{key}”"),
            l10n.t("Write the value that was meant into the file of the deployment."),
        )
    return settings


def _without_equivalent(source: BatchSource) -> Iterator[tuple[str, str, str]]:
    """Key, message and next step of what batch deployments have not."""
    parallel_job = l10n.t("Use a parallel job of a pipeline in v2, which has {keys}.", keys="partition_keys")
    if source.settings.get("partition_keys") is not None:
        yield "partition_keys", l10n.t("Batch deployments of v2 do not divide by partitions."), parallel_job
    for key in ("allowed_failed_count", "allowed_failed_percent"):
        if source.settings.get(key) is not None:
            yield (
                key,
                l10n.t("Batch deployments of v2 count failed files (error_threshold), not failed mini-batches."),
                l10n.t("Use a parallel job of a pipeline in v2, which has {keys}.", keys="mini_batch_error_threshold"),
            )
    if source.step_arguments:
        yield (
            "arguments",
            l10n.t("Batch deployments of v2 give the script no arguments."),
            l10n.t("Read the values from environment variables, and write them into environment_variables."),
        )


def _size(source: BatchSource, outcome: Outcome) -> int:
    value = source.settings.get("mini_batch_size")
    if isinstance(value, str) and value.strip().isdigit():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str) and _BYTES.fullmatch(value):
        outcome.note(
            "changes",
            source.where,
            "mini_batch_size",
            l10n.t(
                "v1 divides tables by bytes ({size}); v2 gives run() whole files, 10 at a time.", size=value.strip()
            ),
            l10n.t("Let the script read the files, and choose how many a call gets."),
        )
    return 10


def _action(source: BatchSource) -> str:
    value = str(source.settings.get("output_action") or "append_row")
    return value if value in ("append_row", "summary_only") else "append_row"


def _file_name(source: BatchSource) -> str:
    value = source.settings.get("append_row_file_name")
    return value if isinstance(value, str) and value else "parallel_run_step.txt"


def _level(source: BatchSource) -> str:
    value = str(source.settings.get("logging_level") or "info").lower()
    return value if value in ("info", "warning", "debug") else "info"
