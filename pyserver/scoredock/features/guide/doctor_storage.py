"""Rows of the doctor about storage: disk space, permissions, the data folder, its workspaces."""

from __future__ import annotations

import errno
import getpass
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context
from scoredock.data_folder import account_name, exposure, giving_back, of_others, refusal_of_stranger
from scoredock.environments.pip.uv_cache import cache_folder
from scoredock.errors import ScoredockError
from scoredock.features.contribution import environment_keys as contributed_keys
from scoredock.protocol import messages
from scoredock.registry.upkeep.verification import wrong_modes
from scoredock.services.environment_use import environment_keys
from scoredock.workspace import WorkspaceInfo
from scoredock.workspace.folder_size import byte_text, folder_size, nearest_existing
from scoredock.workspace.unattended.attendance import attendance

Action, Row = messages.DoctorAction, messages.DoctorRow
LOW_BYTES = 5_000_000_000
"""Below this, an environment with a large framework may not fit."""
FULL_BYTES = 500_000_000
"""Below this, hardly any environment fits."""
_SPARE_BYTES = 50_000_000
"""What can be freed is worth a word above this."""
_COUNTING_SECONDS = 3.0
_OPEN_SECONDS = 2.0
"""So long is looked for what other accounts may open."""
_MOST_FOREIGN = 20
_TRASH = """
SELECT COALESCE(SUM(size), 0) FROM (
    SELECT DISTINCT sha256, model_files.size AS size FROM model_files JOIN model_versions USING (name, version)
    WHERE deleted IS NOT NULL
) WHERE sha256 NOT IN (
    SELECT sha256 FROM model_files JOIN model_versions USING (name, version) WHERE deleted IS NULL
    UNION SELECT sha256 FROM asset_files
)
"""
"""Bytes that only versions in the trash have, each once, as they are stored."""


def disk(context: Context) -> messages.DoctorRow:
    """Free space where the data folder, the package cache and temporary files lie."""
    places = {
        l10n.t("data folder"): context.home,
        l10n.t("package cache"): cache_folder(),
        l10n.t("temporary files"): _temporary(),
    }
    free: dict[str, int] = {}
    for what, folder in places.items():
        free[what] = shutil.disk_usage(nearest_existing(folder)).free
    facts = [
        l10n.t("{use}: {size} free ({folder})", use=what, size=byte_text(free[what]), folder=folder)
        for what, folder in places.items()
    ]
    least = min(free, key=lambda what: free[what])
    free_size = byte_text(free[least])
    actions = [
        _clean(),
        Action(l10n.t("Prune the Package Cache"), repair="packageCache", terminal=_repair("packageCache")),
    ]
    if free[least] < FULL_BYTES:
        sentence = l10n.t(
            "The disk is almost full: {size} are left for the {use}. Deployments will fail.", size=free_size, use=least
        )
        return Row("disk", l10n.t("Disk space"), "broken", sentence, l10n.t("Free some space."), facts, actions)
    if free[least] < LOW_BYTES:
        sentence = l10n.t(
            "Only {size} are left for the {use}. A large framework may not fit.", size=free_size, use=least
        )
        return Row("disk", l10n.t("Disk space"), "attention", sentence, l10n.t("Free some space."), facts, actions)
    return Row(
        "disk",
        l10n.t("Disk space"),
        "fine",
        l10n.t("{size} are free.", size=byte_text(next(iter(free.values())))),
        "",
        facts,
    )


def permissions(context: Context) -> messages.DoctorRow:
    """Row that says who owns the data folder, whether this account can write there, and whether others can."""
    home, title = context.home, l10n.t("Permissions")
    settings = Action(l10n.t("Open Settings"), "workbench.action.openSettings", ["scoredock.home"])
    if os.path.lexists(home) and not home.is_dir():
        fix = l10n.t("Move it away, or choose another data folder with the setting scoredock.home.")
        return Row("permissions", title, "broken", l10n.t("{path} is not a folder.", path=home), fix, [], [settings])
    if stranger := refusal_of_stranger(home):
        return Row("permissions", title, "broken", stranger.message, stranger.fix, [], [settings])
    place = nearest_existing(home)
    if problem := _write_problem(place):
        fix = l10n.t(
            "Make the folder writable for this account, or choose another one with the setting scoredock.home."
        )
        if problem == os.strerror(errno.ENOSPC):
            fix = l10n.t("Free some space on the disk.")
        return Row(
            "permissions",
            title,
            "broken",
            l10n.t("{folder} cannot be written to: {reason}.", folder=place, reason=problem),
            fix,
            [],
            [settings],
        )
    if foreign := _foreign_files(home):
        fix = l10n.t("Give the data folder back to its owner: `{command}`.", command=giving_back(home))
        return Row("permissions", title, "broken", foreign[0], fix, foreign[1:])
    exposed = exposure(home)
    if exposed:
        own = os.name == "posix" and home.is_dir() and home.stat().st_uid == os.geteuid()
        repair = (
            [Action(l10n.t("Make It Private"), repair="permissions", terminal=_repair("permissions"))] if own else []
        )
        fix = l10n.t("Make the folder private: anyone who can change it can run code as this account.")
        return Row("permissions", title, "attention", exposed, fix, [], repair)
    if opened := next(_open_to_others(context), None):
        sentence = l10n.t("{path} can be opened by other users.", path=opened)
        fix = l10n.t("Repair the workspace. It is closed to them.")
        repair = [Action(l10n.t("Make It Private"), repair="permissions", terminal=_repair("permissions"))]
        return Row("permissions", title, "attention", sentence, fix, [], repair)
    if not home.is_dir():
        return Row(
            "permissions",
            title,
            "fine",
            l10n.t("{home} is created when it is first needed; {folder} is writable.", home=home, folder=place),
        )
    return Row("permissions", title, "fine", l10n.t("Only {account} can change the data folder.", account=_owner(home)))


def _foreign_files(home: Path) -> list[str]:
    """A sentence for each of the first things in the data folder that other accounts have made, within seconds."""
    until = time.monotonic() + _OPEN_SECONDS
    entries = itertools.takewhile(lambda _: time.monotonic() < until, of_others(home))
    return [
        l10n.t("{path} belongs to {owner}.", path=path, owner=account_name(owner))
        for path, owner in itertools.islice(entries, _MOST_FOREIGN)
    ]


def _open_to_others(context: Context) -> Iterator[Path]:
    """Paths that `workspace verify` complains about, within seconds: a store may hold very many files."""
    until = time.monotonic() + _OPEN_SECONDS
    for info in _infos(context):
        yield from wrong_modes(info.path)
        if time.monotonic() > until:
            return


def make_private_again(context: Context) -> str:
    """Takes the permission to write from other accounts, and any from what lies in workspaces. Raises
    doctor-repair-failed."""
    home = context.home
    try:
        home.chmod(home.stat().st_mode & ~0o022)
        for path in [each for info in _infos(context) for each in wrong_modes(info.path)]:
            path.chmod(path.stat().st_mode & ~0o077)
    except OSError as error:
        raise ScoredockError(
            "doctor-repair-failed",
            l10n.t("The permissions of {home} could not be changed: {strerror}.", home=home, strerror=error.strerror),
        ) from None
    left = exposure(home)
    if left:
        raise ScoredockError("doctor-repair-failed", left)
    return l10n.t("Now only this account can change {home}.", home=home)


def data(context: Context) -> messages.DoctorRow:
    """Row that says how much the data folder holds, what of it can be freed, and what becomes of it without the
    extension."""
    home, title = context.home, l10n.t("Data folder")
    if os.path.lexists(home) and not home.is_dir():
        return Row("data", title, "broken", l10n.t("{path} is not a folder.", path=home), l10n.t("See Permissions."))
    if not home.is_dir():
        return Row(
            "data",
            title,
            "fine",
            l10n.t("{home} does not exist yet. It is created when it is first needed.", home=home),
        )
    size = folder_size(home)
    facts = [f"{name}: {part.text}" for name in _parts(home) if (part := folder_size(home / name, 1.0)).bytes]
    unused, trash = 0, 0
    until = time.monotonic() + 4
    for info in _infos(context):
        if time.monotonic() > until:
            break
        unused += _unused(context, info)
        trash += _trash(context, info)
    facts += [l10n.t("unused environments: {size}", size=byte_text(unused))] if unused else []
    facts += [l10n.t("trash: {size}", size=byte_text(trash))] if trash else []
    actions = [_clean()] if unused else []
    actions += (
        [Action(l10n.t("Empty Trash…"), "scoredock.emptyTrash", terminal="scoredock model purge --all")]
        if trash
        else []
    )
    actions.append(Action(l10n.t("Show Folder"), "revealFileInOS", [str(home)]))
    freed = unused + trash
    sentence = (
        l10n.t(
            "{folder} holds {size}, of which {freed} can be freed.",
            folder=home,
            size=size.text,
            freed=byte_text(freed),
        )
        if freed > _SPARE_BYTES
        else l10n.t("{folder} holds {size}.", folder=home, size=size.text)
    )
    facts.append(
        l10n.t(
            "Uninstalling the extension does not touch this folder, and services continue to run. If you no longer"
            " need it, stop all services, then delete the folder."
        )
    )
    facts += _attended(context)
    return Row("data", title, "fine", sentence, "", facts, actions)


def _attended(context: Context) -> list[str]:
    """Lines about what the machine starts for each workspace, also when the extension is not there any more."""
    lines = []
    for info in _infos(context):
        if sentence := attendance(info.path):
            command = f"scoredock workspace install --remove --workspace {info.id}"
            text = l10n.t(
                "{workspace}: {sentence} Before you uninstall Scoredock, take it away: `{command}`.",
                workspace=info.name,
                sentence=sentence,
                command=command,
            )
            lines.append(text)
    return lines


def workspaces(context: Context) -> messages.DoctorRow:
    """Row that says whether the store of each workspace opens."""
    title = l10n.t("Workspaces")
    if not os.path.isdir(context.home / "workspaces"):  # noqa: PTH112 (answers False where Path raises)
        if stranger := refusal_of_stranger(context.home):
            return Row("workspaces", title, "broken", stranger.message, l10n.t("See Permissions."))
        return Row(
            "workspaces",
            title,
            "fine",
            l10n.t("There is no workspace yet. The first one is created when it is needed."),
        )
    broken: list[str] = []
    infos = context.workspaces.list()
    for info in infos:
        try:
            context.counts(info.id)
        except (ScoredockError, OSError) as error:
            reason = error.message if isinstance(error, ScoredockError) else str(error)
            broken.append(f"{info.name}: {reason}")
    if broken:
        repair = Action(l10n.t("Repair Workspace…"), "scoredock.repairWorkspace", terminal="scoredock workspace repair")
        sentence = l10n.t("{broken} of {count} workspaces cannot be opened.", broken=len(broken), count=len(broken))
        fix = l10n.t("Repair the workspace. Its store is rebuilt from the files next to the models.")
        return Row("workspaces", title, "broken", sentence, fix, broken, [repair])
    many = (
        l10n.t("All {count} workspaces can be opened.", count=len(infos))
        if len(infos) > 1
        else l10n.t("The workspace can be opened.")
    )
    return Row("workspaces", title, "fine", many)


def _clean() -> messages.DoctorAction:
    return Action(
        l10n.t("Remove Unused Environments…"), "scoredock.cleanEnvironments", terminal="scoredock environment clean"
    )


def _repair(name: str) -> str:
    return f"scoredock doctor --repair {name}"


def _temporary() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except OSError:
        return Path(os.sep)


def _write_problem(folder: Path) -> str:
    """Why nothing can be written there, in the system's words; empty when it can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _owner(folder: Path) -> str:
    try:
        return l10n.t("the account {name}", name=folder.owner())
    except (KeyError, OSError, NotImplementedError):
        pass
    try:
        return l10n.t("the account {name}", name=getpass.getuser())
    except (KeyError, OSError, ImportError):
        return l10n.t("this account")


def _parts(home: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in home.iterdir() if entry.is_dir())
    except OSError:
        return []


def _infos(context: Context) -> list[WorkspaceInfo]:
    """Workspaces that are there; none is made by looking."""
    if not os.path.isdir(context.home / "workspaces"):  # noqa: PTH112 (answers False where Path raises)
        return []
    try:
        return context.workspaces.list()
    except (ScoredockError, OSError):
        return []


def _unused(context: Context, info: WorkspaceInfo) -> int:
    """Bytes of environments that no revision of a service and nothing of a contribution needs."""
    try:
        deployments = context.deployments(info.id)
        registry = deployments.registry
        needed = {key for _, key in (*environment_keys(registry.store), *contributed_keys(registry.folder))}
        unused = [each.key for each in deployments.environments.list() if each.key not in needed]
        return deployments.environments.freed(unused, _COUNTING_SECONDS)
    except (ScoredockError, OSError):
        return 0


def _trash(context: Context, info: WorkspaceInfo) -> int:
    """Bytes of models in the trash, as far as no other model has them."""
    try:
        with context.workspaces.open(info.id).store.read() as connection:
            return int(connection.execute(_TRASH).fetchone()[0])
    except (ScoredockError, OSError):
        return 0
