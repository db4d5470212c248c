"""Takes the files that a person saved into a service that runs. Models, environment and settings stay as they were
deployed, so nothing is resolved, built or registered; the old workers serve until the new ones have passed init().

A reload makes a revision as an update does, but of several in a row only the newest is kept: what one returns to is
what was deployed, updated or rolled back on purpose, and the last state of the work in between.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from scoredock import l10n
from scoredock.engine_table import engine_kind
from scoredock.engines.base import Launch
from scoredock.engines.handle import Handle
from scoredock.errors import Cancelled, ScoredockError, ServiceStateInvalid
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry.store.faults import storing
from scoredock.service import Service
from scoredock.services.entry_script import EntryScript
from scoredock.services.folders import app_root, revision_folder, service_folder
from scoredock.services.followed_files import UNREADABLE, returned_to, takes_files
from scoredock.services.ledger import ServiceRows
from scoredock.services.lifecycle.adoption import write_revision
from scoredock.services.lifecycle.failures import advised, failure_from_json, failure_to_json, located, view_of
from scoredock.services.lifecycle.launch import Launcher, as_known, origins_of
from scoredock.services.lifecycle.preparation import Prepared
from scoredock.services.lifecycle.revision_cleanup import leave, sweep_revisions
from scoredock.services.lifecycle.source_tree import SourceTree, content_of
from scoredock.services.lifecycle.staging import stage, write_staged
from scoredock.services.origin import commit_of, origin_of
from scoredock.services.planning.moved_script import missing_script
from scoredock.services.planning.plan import Plan
from scoredock.services.revision import Revision, RevisionSpec
from scoredock.state_table import is_running
from scoredock_runtime import contract

Outcome = Literal["reloaded", "unchanged"]
_OF_THE_SCRIPT = ("check-failed", "import-failed", "script-invalid", "init-failed", "init-exited", "init-timeout")


@dataclass(frozen=True, slots=True)
class Reload:
    """Result of one request to reload."""

    outcome: Outcome
    """`reloaded`, or `unchanged` when it serves these very files, or has refused them before."""
    service: Service
    notes: tuple[str, ...] = ()
    """What changed and needs an update to be served."""


@dataclass(frozen=True, slots=True)
class ServiceSource:
    """Paths that the files of a service come from."""

    script: Path
    directory: Path | None

    def concerns(self, path: str) -> bool:
        """True if a change of this file may change the service."""
        return path == str(self.script) or (self.directory is not None and self.directory in Path(path).parents)


def source_of(revision: Revision | None) -> ServiceSource | None:
    """Paths of the files of a revision; None for a service that was never deployed completely."""
    if revision is None or revision.spec is None:
        return None
    return ServiceSource(revision.spec.script.path, revision.spec.script.source_directory)


@dataclass(frozen=True, slots=True)
class Reloader:
    """Does the work of one reload."""

    launcher: Launcher

    # ------------------------------------------------------------------------------------------ what changed

    def content(self, rows: ServiceRows, cancel: CancelToken) -> str:
        """Digest of the person's files as they are now. Raises as staging does."""
        current, spec = _current(rows)
        former = self.launcher.former(rows.service.name, current.number)
        return self._content(self._tree(spec, cancel), former.staged.files)

    def content_before(self, rows: ServiceRows, target: Revision, cancel: CancelToken) -> str:
        """Digest of the person's files for a rollback to `target`: UNREADABLE if they cannot be read, empty if they are
        those of `target`. Raises ScoredockError `cancelled`."""
        try:
            content = self.content(rows, cancel)
        except Cancelled:
            raise
        except ScoredockError:
            return UNREADABLE
        return "" if content == self._staged(target) else content

    def _content(self, tree: SourceTree, before: Mapping[str, Any]) -> str:
        return content_of(tree.look(before))

    def _tree(self, spec: RevisionSpec, cancel: CancelToken) -> SourceTree:
        own = {self.launcher.registry.folder.parent.parent, self.launcher.registry.folder}
        return SourceTree(spec.script, own, self.launcher.settings, cancel)

    def _staged(self, revision: Revision) -> str:
        """Digest of the files of a revision; empty for one that tells nothing of them."""
        name, number, spec = revision.service, revision.number, revision.spec
        staged = self.launcher.former(name, number).staged
        if staged.files or spec is None:
            return staged.content
        root = app_root(self.launcher.registry.folder, name, number)
        source = spec.script.source_directory
        held = EntryScript(root / spec.staged_script, root / source.name if source else None)
        return self._content(SourceTree(held, (), self.launcher.settings, CancelToken()), {})

    def is_news(self, rows: ServiceRows, content: str, *, on_save: bool = False) -> bool:
        """True if the service neither serves these files nor has refused them, nor was rolled back from them. One that
        was rolled back takes nothing `on_save` before its files are again what it serves."""
        current, _ = _current(rows)
        if content == self._staged(current):
            self._follow_again(rows)
            return False
        if current.origin.content == content or (on_save and returned_to(current, rows.service.engine)):
            return False
        failure = failure_from_json(rows.service.failure)
        return failure is None or failure.content != content

    def _follow_again(self, rows: ServiceRows) -> None:
        """The person's files are those that are served, as if nothing had been rolled back."""
        current = rows.current
        if current is not None and returned_to(current, rows.service.engine):
            self.launcher.ledger.set_origin(current, replace(current.origin, content=""))

    # ------------------------------------------------------------------------------------------ doing it

    def reload(
        self,
        rows: ServiceRows,
        progress: Progress,
        cancel: CancelToken,
        *,
        force: bool = False,
        on_save: bool = False,
        on_start: Callable[[str], None] = lambda _: None,
    ) -> tuple[Outcome, tuple[str, ...]]:
        """The outcome and notes. The caller holds the lease.

        `on_save`: a file has changed, no more. `on_start` is called with the content that is being started.
        Raises ScoredockError: the cause of a refusal, which is also recorded beside the healthy state;
        `service-state-invalid` where there is nothing to reload; `cancelled`.
        """
        current, spec = _current(rows)
        if on_save and returned_to(current, rows.service.engine):
            with suppress(ScoredockError):
                self.is_news(rows, self.content(rows, cancel), on_save=True)
            return "unchanged", ()
        content = ""
        try:
            handle = self._require_reloadable(rows)
            content = self.content(rows, cancel)
            failure = failure_from_json(rows.service.failure)
            if not force and not self.is_news(rows, content):
                if failure is not None and failure.during == "reload" and failure.content != content:
                    self._settle(rows, failure=None)  # what was refused was taken back
                return "unchanged", _replaced(current, content)
            plan, notes = self._checked(current, spec)
        except (Cancelled, ServiceStateInvalid):
            raise
        except ScoredockError as error:
            _advise(error, spec)
            origins = origins_of(self.launcher.registry.folder, current)
            view = view_of(error, origins, current.number, during="reload", content=content)
            self._settle(rows, failure=failure_to_json(view))
            raise
        self._replace(rows, handle, plan, content, progress, cancel, on_start)
        return "reloaded", notes

    def _require_reloadable(self, rows: ServiceRows) -> Handle:
        name, handle = rows.service.name, rows.service.handle
        if not takes_files(rows.current, self.launcher.engine.name):
            raise ServiceStateInvalid(
                l10n.t("The service {name} was not deployed for development.", name=name),
                l10n.t("Update it to serve your files, or deploy it with --develop."),
            )
        # In a cluster a look is five requests: the engine reads the pods when it sends them the files.
        state = rows.service.state if self._in_cluster else self.launcher.engine.observe(handle).state if handle else ""
        if handle is None or not is_running(state):
            raise ServiceStateInvalid(
                l10n.t("The service {name} does not run.", name=name), l10n.t("Start it to serve your files.")
            )
        if _is_debugged(service_folder(self.launcher.registry.folder, name), handle):
            raise ServiceStateInvalid(
                l10n.t("The service {name} is connected to a debugger.", name=name),
                l10n.t("Restart the debug session to use the changes."),
            )
        return handle

    @property
    def _in_cluster(self) -> bool:
        return engine_kind(self.launcher.engine.name).in_cluster

    def _checked(self, current: Revision, spec: RevisionSpec) -> tuple[Plan, tuple[str, ...]]:
        """The plan of the same deployment with the files of now, refused when the checks find errors."""
        from scoredock.services.planning.plan_request import plan_request

        request = replace(current.request, overwrite=True)
        plan = plan_request(
            request,
            self.launcher.registry,
            self.launcher.preparation.built,
            contained=engine_kind(self.launcher.engine.name).contained,
        )
        notes = []
        if plan.spec.script != spec.script:
            notes.append(
                l10n.t(
                    "The configuration now names {script}. Update the service to use it.", script=plan.spec.script.path
                )
            )
        if plan.spec.environment.requirements != spec.environment.requirements:
            notes.append(
                l10n.t(
                    "The packages in {environment} have changed. Update the service to install them.",
                    environment=plan.spec.environment.source,
                )
            )
        if plan.spec.variables != spec.variables:
            notes.append(l10n.t("The environment variables have changed. Update the service to set them."))
        return replace(plan, spec=spec), tuple(notes)

    def _replace(
        self,
        rows: ServiceRows,
        handle: Handle,
        plan: Plan,
        content: str,
        progress: Progress,
        cancel: CancelToken,
        on_start: Callable[[str], None],
    ) -> None:
        run = self.launcher
        current, spec = _current(rows)
        name, workspace = rows.service.name, run.registry.folder
        revision = run.ledger.begin_reload(current, origin_of("reload"))
        folder = revision_folder(workspace, name, revision)
        try:
            with storing(folder):
                root = app_root(workspace, name, revision)
                former = run.former(name, current.number)
                copied = run.preparation.stages_models
                staged = stage(plan, run.registry, root, run.settings, progress, cancel, former, models=copied)
                write_staged(folder, staged)
                content = staged.content
                on_start(content)
                environment = self._environment(current, spec, progress, cancel)
                launch = run.launch_of(name, revision, spec, environment, handle.nonce, current.models)
                run.ledger.set_phase(name, "starting")
                try:
                    handle = run.engine.replace(handle, launch, progress, cancel)
                except ScoredockError as error:
                    if error.code != "source-too-large":
                        raise
                    progress.report(error.message)
                    launch = self._in_image(launch, current, spec, progress, cancel)
                    handle = run.engine.replace(handle, launch, progress, cancel)
        except BaseException as error:  # a Ctrl-C or a cancel takes back what was begun, too
            run.ledger.drop_revision(name, revision)
            leave(workspace, name, revision)
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, Cancelled) or not isinstance(error, Exception):
                self._settle(rows)
                raise
            described = plan.spec.environment
            from scoredock.services.lifecycle.unpickling import loaded_models  # for failures only

            loaded = partial(loaded_models, run.registry, current.models, described, current.environment_key)
            reason = advised(_advise(as_known(error), plan.spec), described, loaded)
            origins = origins_of(workspace, current, revision)
            view = view_of(reason, origins, revision, during="reload", content=content)
            self._settle(rows, failure=failure_to_json(view))
            raise located(reason, view) from error
        # Whoever asked looks at the service next; in a cluster a second look would say the same again.
        seen = rows.service if self._in_cluster else run.engine.observe(handle)
        run.ledger.set_state(
            name, seen.state, seen.phase, port=seen.port, handle=handle, failure=None, active_revision=revision
        )
        self._tidy(name, revision)

    def _environment(self, current: Revision, spec: RevisionSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        """That of the revision. In a cluster its image stays, and nobody asks the registry for it."""
        if self._in_cluster:
            return Prepared(current.environment_key, Path(current.python))
        return self.launcher.preparation.again(current.environment_key, spec.environment, progress, cancel)

    def _in_image(
        self, launch: Launch, current: Revision, spec: RevisionSpec, progress: Progress, cancel: CancelToken
    ) -> Launch:
        """For files that are too large to be taken by what runs: they are a layer of another image."""
        prepare = self.launcher.preparation
        environment = prepare.again(current.environment_key, spec.environment, progress, cancel)
        launch = replace(launch, environment={**environment.variables(spec.variables), **launch.environment})
        return prepare.completed(launch, spec.environment, progress, cancel)

    def _settle(self, rows: ServiceRows, **changes: Any) -> None:
        """Restores the state before: the old revision serves."""
        self.launcher.ledger.set_state(rows.service.name, rows.service.state, rows.service.phase, **changes)

    def _tidy(self, name: str, revision: int) -> None:
        """Keeps only the last of reloads in a row; the files of the one before stay while its requests are answered."""
        run = self.launcher
        workspace = run.registry.folder
        rows = run.ledger.require(name)
        record = next(each for each in rows.revisions if each.number == revision)
        if record.spec is not None and (source := commit_of(record.spec.script)) is not None:
            run.ledger.set_origin(record, replace(record.origin, source=source))
            rows = run.ledger.require(name)
        with storing(revision_folder(workspace, name, revision)):
            write_revision(workspace, rows, revision)
        numbers = [each.number for each in rows.revisions if each.number <= revision]
        for each in reversed([each for each in rows.revisions if each.number < revision]):
            if not each.is_reload:
                break
            run.ledger.drop_revision(name, each.number)
            leave(workspace, name, each.number)
            numbers.remove(each.number)
        sweep_revisions(workspace, name, numbers, run.settings.stop_grace)


def _replaced(current: Revision, content: str) -> tuple[str, ...]:
    """Why files are not served that a rollback replaced."""
    if current.origin.content != content:
        return ()
    return (
        l10n.t(
            "The service was rolled back from these files to revision {revision}. `{command}` serves them again.",
            revision=current.origin.of,
            command=f"scoredock service reload {current.service} --force",
        ),
    )


def _advise(error: ScoredockError, spec: RevisionSpec) -> ScoredockError:
    script = spec.script.path
    if error.code in _OF_THE_SCRIPT:
        error.fix = l10n.t("Fix it and save. The previous version serves until then.")
    elif error.code == "file-not-found" and not script.exists():
        # Nothing was half copied: it was renamed, moved or deleted.
        refusal = missing_script(script)
        error.message, error.fix = refusal.message, refusal.fix
    return error


def _current(rows: ServiceRows) -> tuple[Revision, RevisionSpec]:
    current = rows.current
    if current is None or current.spec is None:
        raise ServiceStateInvalid(
            l10n.t("The service {name} was never deployed completely.", name=rows.service.name), l10n.t("Deploy it.")
        )
    return current, current.spec


def _is_debugged(folder: Path, handle: Handle) -> bool:
    """True if the workers that serve wait for a debugger, or may be stopped in one."""
    if handle.debugged is not None:
        return handle.debugged
    try:
        spec = contract.spec_from_json((folder / contract.SPEC_FILE).read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return False
    return bool(spec.environment.get(contract.DEBUG_PORT_VARIABLE))
