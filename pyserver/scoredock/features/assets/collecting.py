"""The collected inputs of a service become a dataset."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError
from scoredock.features.asset_messages import asset_record
from scoredock.protocol import messages
from scoredock.registry.assets import datasets
from scoredock.verb import CliCommand, argument, verb

_EVERY = 1000


@verb(
    "dataset/collect",
    progress="Registering dataset",
    changes=True,
    errors=("drift-data-empty", "drift-option-invalid"),
    terminal=CliCommand(
        "dataset collect",
        "Register the inputs that a service has collected as a new version of a dataset.",
        (
            argument("service", help="name of the service", names="service"),
            argument("-n", "--name", help="name of the dataset; SERVICE-inputs by default", names="", default=""),
            argument(
                "--since",
                help="first time: a date, a date and time (UTC), or a period before now such as 7d",
                default="",
                metavar="TIME",
            ),
            argument("--until", help="the time before which requests came", default="", metavar="TIME"),
            argument("-d", "--description", help="description", default=""),
            argument("--tag", help="KEY=VALUE; may be repeated", action="append", metavar="KEY=VALUE"),
        ),
        ("scoredock dataset collect diabetes --since 7d --name last-week",),
        makes="dataset",
    ),
)
def collect_dataset(
    params: messages.DatasetCollectParams, context: Context, operation: Operation
) -> messages.DatasetCollected:
    """Copies the newest ones, as many as a dataset may have."""
    from scoredock.formats.moments import moment_of
    from scoredock.services.collected_data import CollectedBodies, collected_files

    registry = context.registry(params.workspace_id)
    name = params.name or f"{params.service}-inputs"
    registry.assets.require("dataset", name, params.description, params.tags)
    now = time.time()
    since, until = moment_of(params.since, now), moment_of(params.until, now)
    files = collected_files(registry, params.service, since, until)
    operation.progress.report(l10n.t("Reading {name}", name=params.service))
    first = CollectedBodies(files, since, until)
    sizes = [len(body.encode()) for body in _watched(iter(first), operation)]
    limits = datasets.DatasetLimits()
    usable = [size for size in sizes if size <= limits.row_bytes]
    if not usable:
        raise ScoredockError(
            "drift-data-empty",
            l10n.t("The service {name} has collected no inputs in this time.", name=params.service),
        )
    left_out = first_kept(usable, limits)
    bodies = (body for body in CollectedBodies(files, since, until) if len(body.encode()) <= limits.row_bytes)
    # The service may have collected more meanwhile.
    rows = _watched(itertools.islice(bodies, left_out, len(usable)), operation)
    content, stored = datasets.stored_bodies(rows, f"service:{params.service}")
    record = registry.assets.add(
        "dataset",
        name,
        content,
        stored,
        description=params.description,
        tags=params.tags,
        cancel=operation.cancel,
    )
    count = len(usable) - left_out
    skipped = first.skipped + len(sizes) - len(usable)
    return messages.DatasetCollected(asset_record(record, {}), count, left_out, skipped)


def first_kept(sizes: list[int], limits: datasets.DatasetLimits) -> int:
    """Number of the oldest that are left out."""
    total = 0
    for count, size in enumerate(reversed(sizes)):
        total += size
        if count >= limits.rows or total > limits.bytes:
            return len(sizes) - count
    return 0


def _watched(bodies: Iterator[str], operation: Operation) -> Iterator[str]:
    for number, body in enumerate(bodies):
        if number % _EVERY == 0:
            operation.cancel.raise_if_cancelled()
        yield body
