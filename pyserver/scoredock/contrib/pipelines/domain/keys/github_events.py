"""Events that start a workflow of GitHub Actions on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scoredock import l10n
from scoredock.contrib.pipelines.domain.pipeline import Pipeline
from scoredock.contrib.pipelines.domain.running.start import RunStart
from scoredock.contrib.pipelines.domain.values import Fields, texts_of

OF_A_BRANCH = frozenset(("push", "schedule", "workflow_dispatch", "workflow_call", "repository_dispatch"))
_BY_HAND = OF_A_BRANCH | {"pull_request", "pull_request_target"}
"""Events that a start by hand can stand for."""
_SIGN = re.compile(r"\*\*|\*|\?|\+|\[[^\]]*\]|\\.|.", re.DOTALL)


def events_of(pipeline: Pipeline) -> tuple[str, ...]:
    """Events that start a workflow, in the order of the file."""
    on = pipeline.document.get("on") if pipeline.document is not None else None
    return on.names() if isinstance(on, Fields) else texts_of(on)


def event_of(pipeline: Pipeline, parameters: Mapping[str, str]) -> tuple[str, bool]:
    """The event that a start by hand stands for, and whether it can be no other one. Only some take parameters."""
    names = events_of(pipeline)
    starts = ("workflow_dispatch", "workflow_call") if parameters else ("workflow_dispatch",)
    by_hand = next((name for name in starts if name in names), "")
    if by_hand or len(names) == 1:
        return by_hand or names[0], True
    return next((name for name in ("push", "pull_request") if name in names), names[0] if names else "push"), False


def reason_of_trigger(pipeline: Pipeline, start: RunStart) -> Iterator[str]:
    """Yields reasons why such an event would not start the workflow, or cannot be stood for."""
    event = start.event
    if event not in events_of(pipeline):
        yield l10n.t("The event “{event}” does not start the workflow.", event=event)
    elif event not in _BY_HAND:
        yield l10n.t("The event “{event}” starts the workflow, and what it brings is not here.", event=event)
    elif event == "push" and pipeline.document is not None:
        yield from _of_push(pipeline.document.fields("on").fields("push"), start)


def _of_push(filters: Fields, start: RunStart) -> Iterator[str]:
    names = set(filters.names())
    branches, others = texts_of(filters.get("branches")), texts_of(filters.get("branches-ignore"))
    if names & {"tags", "tags-ignore"} and not names & {"branches", "branches-ignore"}:
        yield l10n.t("Tags start the workflow, and no branch.")
    elif not branches and not others:
        return
    elif "branch" in start.unsure:
        yield l10n.t("Not every branch starts the workflow, and which one this is, is unknown here; --branch names it.")
    elif (branches and not _fits(start.branch, branches)) or _fits(start.branch, others):
        yield l10n.t("The branch “{branch}” does not start the workflow.", branch=start.branch)


def _fits(branch: str, patterns: tuple[str, ...]) -> bool:
    """By the last pattern that fits; behind `!` it takes the branch out again."""
    fits = False
    for pattern in patterns:
        try:
            if re.fullmatch(_expression(pattern.removeprefix("!")), branch):
                fits = not pattern.startswith("!")
        except re.error:
            continue  # GitHub refuses such a pattern
    return fits


def _expression(pattern: str) -> str:
    signs = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    return "".join(
        signs.get(sign, sign if sign.startswith(("[", "\\")) else re.escape(sign)) for sign in _SIGN.findall(pattern)
    )
