"""Note on a program that sent requests later than they were due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock import l10n

if TYPE_CHECKING:
    from scoredock.contrib.profiling.domain.generator_report import GeneratorReport


def generator_note(generator: GeneratorReport) -> str:
    """Note in one sentence; empty if the generator kept up."""
    if generator.kept_up:
        return ""
    if generator.stalled_seconds:
        return l10n.t(
            "Scoredock could not send at this rate: it did not run for {seconds:.1f} s. Latencies count from when a"
            " request was due, so they are too high.",
            seconds=generator.stalled_seconds,
        )
    return l10n.t(
        "Scoredock could not send at this rate: it used {cpu:.2f} cores and sent requests up to {lag:,.0f} ms late."
        " Latencies count from when a request was due, so they are too high.",
        cpu=generator.cpu,
        lag=generator.longest_lag_ms,
    )
