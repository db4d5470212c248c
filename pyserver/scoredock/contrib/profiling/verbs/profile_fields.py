"""A profile as v1 gives it: the document of `az ml model profile`, and of its metadata file."""

from __future__ import annotations

from typing import Any

from scoredock.contrib.profiling import messages

REQUESTED_CPU, REQUESTED_MEMORY = 3.5, 15.0
"""What v1 measures at where nothing is said."""


def v1_fields(
    measured: messages.ModelProfile, *, name: str, description: str, dataset: str, models: list[str]
) -> dict[str, Any]:
    """Fields of a ModelProfile by name, those without a value as None."""
    report, requested = measured.profile, measured.requested
    return {
        "name": name,
        "description": description,
        "state": "Failed" if report.error else "Succeeded",
        "error": {"message": report.error} if report.error else None,
        "inputDatasetId": dataset or None,
        "modelIds": models,
        "requestedCpu": requested.cpu if requested is not None else REQUESTED_CPU,
        "requestedMemoryInGB": requested.memory_in_g_b if requested is not None else REQUESTED_MEMORY,
        "requestedQueriesPerSecond": report.requested_queries_per_second,
        "maxUtilizedCpu": report.max_utilized_cpu,
        "maxUtilizedMemoryInGB": report.max_utilized_memory_in_g_b,
        "totalQueries": report.total_queries,
        "successQueries": report.success_queries,
        "successRate": report.success_rate,
        "averageLatencyInMs": report.average_latency_in_ms,
        "latencyPercentile50InMs": report.latency_percentile50_in_ms,
        "latencyPercentile90InMs": report.latency_percentile90_in_ms,
        "latencyPercentile95InMs": report.latency_percentile95_in_ms,
        "latencyPercentile99InMs": report.latency_percentile99_in_ms,
        "latencyPercentile999InMs": report.latency_percentile999_in_ms,
        "measuredQueriesPerSecond": report.measured_queries_per_second,
        "recommendedCpu": report.recommended_cpu,
        "recommendedMemoryInGB": report.recommended_memory_in_g_b,
    }
