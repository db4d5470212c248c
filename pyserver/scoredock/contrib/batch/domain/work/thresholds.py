"""`error_threshold`: when a batch job has failed too often to go on."""

from __future__ import annotations

from scoredock import l10n
from scoredock.contrib.batch.options import NO_LIMIT, BatchOptions
from scoredock.counts import counted
from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of a job so far."""

    failed_items: int = 0
    """Files or rows without a result: all of a mini-batch that failed, and what run() left out of others."""
    failed_batches: int = 0
    """Mini-batches whose last try failed, or that gave back fewer items than they got."""
    planned_batches: int = 0
    is_planned: bool = False
    """Whether all mini-batches are planned; a share of them says nothing before."""


def passed(counts: Counts, configuration: BatchOptions) -> str:
    """The sentence that says which limit was passed; empty while none is."""
    limit = configuration.error_threshold
    if limit is not None and NO_LIMIT < limit < counts.failed_items:
        return l10n.t(
            "{items} failed, and error_threshold allows {limit}.",
            items=counted(counts.failed_items, "item"),
            limit=limit,
        )
    limit = configuration.allowed_failed_count
    if limit is not None and NO_LIMIT < limit < counts.failed_batches:
        return l10n.t(
            "{mini_batches} failed, and allowed_failed_count allows {limit}.",
            mini_batches=counted(counts.failed_batches, "mini-batch"),
            limit=limit,
        )
    percent = configuration.allowed_failed_percent
    if percent is not None and counts.is_planned and counts.failed_batches * 100 > percent * counts.planned_batches:
        return l10n.t(
            "{count} of {mini_batches} failed, and allowed_failed_percent allows {percent}%.",
            count=f"{counts.failed_batches:,}",
            mini_batches=counted(counts.planned_batches, "mini-batch"),
            percent=f"{percent:g}",
        )
    return ""
