"""`scoredock pipeline`: what its commands print."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.params import params_of
from scoredock.cli.printed import printed
from scoredock.cli.session import Session
from scoredock.context import Operation
from scoredock.contrib.pipelines import messages
from scoredock.contrib.pipelines.verbs import creating, rewriting, running
from scoredock.contrib.pipelines.verbs.pipeline_run import Report
from scoredock.visible import in_lines, in_row, visible

_MARKS = {"script": "▸", "stand-in": "≈", "left-out": "-"}


def _create(options: Namespace, session: Session) -> int:
    created = creating.create(params_of(messages.PipelineCreateParams, options), session.context, session.operation())
    if not created.is_written:
        session.result(created, (created.diff or created.text).rstrip("\n"))
        return OK
    session.result(created, l10n.t("wrote {path}", path=created.path))
    if not session.as_json:
        print(*created.notes, sep="\n", end="\n" if created.notes else "", file=sys.stderr)
        print(l10n.t("Fill in where it is needed: {names}", names=", ".join(created.fill_in)), file=sys.stderr)
    return OK


def _run(options: Namespace, session: Session) -> int:
    if options.timeout <= 0:
        raise UsageError(l10n.t("--timeout must be more than 0 seconds."))
    # What happens is printed line by line here, and not as progress besides.
    operation = Operation(cancel=session.cancel)
    ended = running.run_reporting(
        params_of(messages.PipelineParams, options), session.context, operation, _teller(session)
    )
    session.result(ended, "")
    if not session.as_json:
        print(_summary(visible(ended)), file=sys.stderr)
    return FAILED if ended.result == "failure" else OK


def _rewrite(options: Namespace, session: Session) -> int:
    outcome = rewriting.rewrite(
        params_of(messages.PipelineRewriteParams, options), session.context, session.operation()
    )
    session.result(
        outcome, l10n.t("wrote {path}", path=outcome.path) if outcome.is_written else outcome.diff.rstrip("\n")
    )
    if not session.as_json:
        words = {"changed": l10n.t("changed"), "kept": l10n.t("kept"), "open": l10n.t("open")}
        for each in outcome.changes:
            print(f"{each.file}:{each.line}: {each.step}: {words[each.kind]}: {each.message}", file=sys.stderr)
        if not outcome.changes:
            print(l10n.t("No step is of Azure ML v1."), file=sys.stderr)
        print(*outcome.notes, sep="\n", end="\n" if outcome.notes else "", file=sys.stderr)
    return OK


def _image_text(image: messages.PipelineImage) -> str:
    return "\n".join(f"{place}  {image.digest}" for place in (*image.paths, image.reference) if place)


def _teller(session: Session) -> Report:
    forms = {"job": "\n== {}", "step": "-- {}", "line": "   {}", "result": "   ({})", "failure": "   ({})"}

    def tell(kind: messages.PipelineLineKind, text: str) -> None:
        if not session.as_json and text:
            print(forms[kind].format(in_lines(text) if kind == "line" else in_row(text)), flush=True)

    return tell


def _listing(listing: messages.PipelineInfo) -> Iterator[str]:
    yield f"{listing.name} · {listing.platform}"
    for job in listing.jobs:
        title = f"{job.stage} / {job.name}" if job.stage else job.name
        yield f"\n{title} ({job.run})" if job.run else f"\n{title}"
        if job.reason:
            yield f"  {job.reason}"
        yield from (f"  {note}" for note in job.notes)
        for step in job.steps:
            uses = f" [{step.uses}]" if step.uses and step.uses != step.name else ""
            reason = f" · {step.reason}" if step.reason else ""
            yield f"  {_MARKS[step.kind]} {step.name}{uses} · {step.file}:{step.line}{reason}"
    yield ""
    yield listing.summary
    yield from _by_name(listing)
    if listing.groups:
        yield l10n.t("Libraries of variables: {names}", names=", ".join(listing.groups))
    if listing.missing:
        yield l10n.t("Without a value: {names}", names=", ".join(listing.missing))
    if listing.unread:
        refused = l10n.t("Not carried out here as on the platform, so that “pipeline run” refuses it:")
        yield l10n.t("Not read here:") if listing.platform == "gitlab" else refused
        yield from (f"{each.file}:{each.line}: {each.message}" for each in listing.unread)


def _by_name(listing: messages.PipelineInfo) -> Iterator[str]:
    names = dict.fromkeys(job.id for job in listing.jobs if job.by_name)
    if names:
        yield l10n.t("Run only where --job names them: {names}", names=", ".join(names))


def _summary(ended: messages.PipelineInfo) -> str:
    lines = [""]
    for job in ended.jobs:
        if job.result in ("failure", "cancelled"):
            failed = [step for step in job.steps if step.result in ("failure", "cancelled")]
            lines += [f"{step.file}:{step.line}: {step.name}: {step.message}" for step in failed]
            lines += [f"{job.file}:{job.line}: {job.name}: {job.reason}"] if job.reason else []
    lines += [ended.summary, *_by_name(ended)]
    if ended.missing and ended.result == "failure":
        lines.append(l10n.t("Without a value: {names}", names=", ".join(ended.missing)))
    return "\n".join(lines)


COMMANDS = (
    Command("pipeline create", _create),
    Command("pipeline show", printed(lambda listing: "\n".join(_listing(listing)))),
    Command("pipeline run", _run),
    Command("pipeline rewrite", _rewrite),
    Command("pipeline image", printed(_image_text)),
)
