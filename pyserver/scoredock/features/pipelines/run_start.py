"""What a run of a pipeline begins with, and whether it may begin."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.features.pipelines.records import Opened
from scoredock.features.pipelines.repository import checkout_of
from scoredock.pipelines.keys.github_events import event_of
from scoredock.pipelines.keys.guards import stops
from scoredock.pipelines.pipeline import Job
from scoredock.pipelines.running.start import RunStart
from scoredock.protocol import messages


def start_of(params: messages.PipelineParams, opened: Opened, secrets: Mapping[str, str]) -> RunStart:
    """Without a folder yet. What neither was given nor is in git stands for what nobody knows."""
    checkout = checkout_of(opened.root, params.branch)
    event, is_sure = params.event, True
    if not event and opened.pipeline.platform == "github":
        event, is_sure = event_of(opened.pipeline, params.parameters)
    return RunStart(
        str(opened.root),
        "",
        dict(params.variables),
        dict(secrets),
        dict(params.parameters),
        event,
        checkout.branch,
        checkout.commit,
        checkout.repository,
        str(int(time.time())),
        checkout.unsure if is_sure else checkout.unsure | {"event"},
    )


def require_read(
    opened: Opened,
    jobs: tuple[Job, ...],
    names: list[str],
    report: Callable[[messages.PipelineLineKind, str], None],
) -> None:
    """Tells all that keeps the run from beginning. Raises ScoredockError `pipeline-unread`."""
    places = stops(opened.pipeline, jobs, tuple(names))
    if not places:
        return
    lines = [f"{each.source}: {each.reason}" for each in places]
    for line in lines:
        report("failure", line)
    first = places[0].source
    fix = l10n.t("Name the jobs that run all the same with --job.")
    if opened.pipeline.platform == "github":
        fix = l10n.t("Name the jobs that run all the same with --job; act carries out more of GitHub Actions.")
    raise ScoredockError(
        "pipeline-unread",
        l10n.t("{file} does not run here as on its platform: {places}", file=opened.file, places=" ".join(lines)),
        fix,
        place=opened.place(first),
        details={"unread": lines},
    )
