"""`scoredock environment list|show|build|lock|logs|remove|clean`, and `scoredock docker show`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command
from scoredock.cli.images.credentials import credentials
from scoredock.cli.session import Session, day, facts, size, table
from scoredock.counts import counted
from scoredock.errors import ScoredockError
from scoredock.features.docker import docker
from scoredock.features.environments import environments
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages


@dataclass(frozen=True)
class _EnvironmentList(messages.Environments):
    """Environments as JSON, also with the list that other assets have, which scripts read."""

    assets: list[messages.Asset]


def list_all(options: Namespace, session: Session) -> int:
    """All environments with what was built of them, as the Environments view has them."""
    every = session.ask(environments.list_environments, name=options.name).environments
    newest = {each.name: each.id for each in reversed(every) if each.origin == "registered"}
    newest_only = [
        each for each in every if not options.latest or each.origin == "service" or newest[each.name] == each.id
    ]
    shown = [each for each in newest_only if not options.built or any(build.key for build in each.builds)]
    environment_list = _EnvironmentList(shown, [each.asset for each in shown if each.asset is not None])
    rows = [
        (
            each.name if each.origin == "service" else each.id,
            each.text,
            each.summary,
            ", ".join(each.used_by),
            " ".join(build.key for build in each.builds if build.key) or "-",
        )
        for each in environment_list.environments
    ]
    head = (l10n.t("ENVIRONMENT"), l10n.t("STATE"), l10n.t("HOLDS"), l10n.t("USED BY"), l10n.t("KEY"))
    session.result(
        environment_list,
        table(rows, head) if rows else l10n.t("no environments; register one with `scoredock environment register`"),
    )
    return OK


def _show(options: Namespace, session: Session) -> int:
    details = session.ask(environments.show, id=options.reference)
    environment, asset = details.environment, details.environment.asset
    parts = [
        facts(
            [
                (l10n.t("id"), environment.id),
                (l10n.t("kind"), environment.origin),
                (l10n.t("holds"), environment.summary),
                (l10n.t("description"), asset.description if asset is not None else ""),
                (l10n.t("tags"), asset.tags if asset is not None else {}),
                (
                    l10n.t("created"),
                    l10n.t("{day} by {person}", day=day(asset.created), person=asset.created_by)
                    if asset is not None
                    else "",
                ),
                (l10n.t("used by"), asset.used_by if asset is not None else []),
                (l10n.t("folder"), details.folder),
            ]
        ),
        *(_build_facts(build) for build in environment.builds),
        "\n".join(l10n.t("note: {note}", note=note) for note in details.notes),
        details.text.rstrip("\n"),
        table([(each.name, each.version, each.source, each.channel) for each in details.packages], _package_head())
        if details.packages
        else "",
    ]
    session.result(details, "\n\n".join(part for part in parts if part))
    return OK


def _package_head() -> tuple[str, ...]:
    return l10n.t("PACKAGE"), l10n.t("VERSION"), l10n.t("FROM"), l10n.t("CHANNEL")


def _build(options: Namespace, session: Session) -> int:
    params = messages.EnvironmentBuildParams(
        options.reference,
        "image" if options.image else "process",
        rebuild=options.rebuild,
        registry_credentials=credentials(options),
    )
    built = environments.build(params, session.context, session.operation())
    done = next((each for each in built.builds if each.form == params.form), None)
    parts = [part for part in (done.reference, size(done.size or 0)) if part] if done is not None else []
    about = " · ".join([_form(params.form), *parts])
    session.result(built, l10n.t("built {id} ({about})", id=built.id, about=about))
    return OK


def _lock(options: Namespace, session: Session) -> int:
    lock = session.ask(environments.lock, id=options.reference)
    text = lock.text
    if options.output:
        _write(Path(options.output), text)
        if lock.conda_text:
            _write(Path(options.output).with_suffix(".conda.txt"), lock.conda_text)
        session.result(lock, l10n.t("wrote {path}", path=options.output))
    else:
        session.result(
            lock, "\n".join([text.rstrip("\n"), *([lock.conda_text.rstrip("\n")] if lock.conda_text else [])])
        )
    return OK


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ScoredockError(
            "io-failed", l10n.t("{path} could not be written: {error}.", path=path, error=error.strerror)
        ) from error


def _remove(options: Namespace, session: Session) -> int:
    done = session.ask(environments.remove, options, form="image" if options.image else "process")
    session.result(done, l10n.t("removed {key}, {size} freed", key=options.key, size=size(done.bytes)))
    return OK


def _clean(options: Namespace, session: Session) -> int:
    cleanup = session.ask(environments.clean, options, registered=options.all)
    rows = [(each.key, each.form, size(each.size), each.name, ", ".join(each.registered)) for each in cleanup.removed]
    what = l10n.t(", ").join([counted(len(rows), "environment"), size(cleanup.bytes)])
    text = l10n.t("would remove {what}", what=what) if options.dry_run else l10n.t("removed {what}", what=what)
    parts = (
        [table(rows, (l10n.t("KEY"), l10n.t("FORM"), l10n.t("SIZE"), l10n.t("HOLDS"), l10n.t("REGISTERED AS")))]
        if rows
        else []
    )
    parts.append(text)
    if cleanup.kept:
        left = [(each.key, each.form, size(each.size), each.name, ", ".join(each.needed_by)) for each in cleanup.kept]
        what = l10n.t(", ").join([counted(len(left), "environment"), size(sum(each.size for each in cleanup.kept))])
        parts.append(l10n.t("kept {what}:", what=what))
        parts.append(table(left, (l10n.t("KEY"), l10n.t("FORM"), l10n.t("SIZE"), l10n.t("HOLDS"), l10n.t("NEEDED BY"))))
    session.result(cleanup, "\n".join(parts))
    return OK


def _logs(options: Namespace, session: Session) -> int:
    params = messages.BuildLogParams("environment", options.reference, "image" if options.image else "process")
    return print_log(params, session, follow=options.follow)


def print_log(params: messages.BuildLogParams, session: Session, *, follow: bool) -> int:
    """The log of the last build; with `follow` until it has ended. Fails when the build did."""
    lines: list[messages.BuildLogLine] = []
    while True:
        part = environments.build_log(params, session.context, session.operation())
        lines += part.lines
        if not session.as_json:
            for line in part.lines:
                print(line.text if line.step else f"  {line.text}", flush=True)
        more = bool(part.lines) or (follow and part.state == "Building")
        if not more:
            break
        params = messages.BuildLogParams(params.kind, params.id, params.form, part.next)
        if not part.lines and session.cancel.wait(0.3):
            session.cancel.raise_if_cancelled()
    if session.as_json:
        session.result(messages.BuildLog(lines, part.next, part.state), "")
    elif not lines:
        print(l10n.t("not built yet") if part.state == "NotBuilt" else l10n.t("the log is still empty"))
    return FAILED if part.state in ("Failed", "Interrupted") else OK


def _docker(options: Namespace, session: Session) -> int:
    found = session.ask(docker.show)
    text = f"{found.reason}\n{found.fix}"
    if found.reachable:
        text = l10n.t("{docker} at {endpoint}", docker=found.described, endpoint=found.endpoint)
    session.result(found, text)
    return OK if found.reachable else FAILED


def _form(form: messages.EnvironmentForm) -> str:
    return l10n.t("Docker image") if form == "image" else l10n.t("for processes")


def _build_facts(build: messages.EnvironmentBuild) -> str:
    return facts(
        [
            (l10n.t("form"), _form(build.form)),
            (l10n.t("state"), build.text),
            (l10n.t("reason"), build.message),
            (l10n.t("key"), build.key),
            (l10n.t("image"), build.reference),
            (l10n.t("python"), build.python),
            (l10n.t("size"), size(build.size) if build.size is not None else ""),
            (l10n.t("built"), day(build.created) if build.created is not None else ""),
            (l10n.t("used by"), [*build.used_by, *(l10n.t("batch job {name}", name=name) for name in build.jobs)]),
        ]
    )


COMMANDS = (
    Command("environment show", _show),
    Command("environment build", _build),
    Command("environment lock", _lock),
    Command("environment logs", _logs),
    Command("environment remove", _remove),
    Command("environment clean", _clean),
    Command("docker show", _docker),
)
