"""What the doctor says of storage: disk space, permissions, the data folder, its workspaces."""

from __future__ import annotations

import errno
import getpass
import os
import shutil
import tempfile
import time
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import exposure
from scoredock.environments.uv_cache import cache_folder
from scoredock.errors import ScoredockError
from scoredock.features.context import Context
from scoredock.features.folder_size import byte_text, folder_size, nearest_existing
from scoredock.protocol import messages
from scoredock.services.environment_use import environment_keys
from scoredock.workspace import WorkspaceInfo

Action, Row = messages.DoctorAction, messages.DoctorRow
LOW_BYTES = 5_000_000_000
"""Below this, an environment with a large framework may not fit."""
FULL_BYTES = 500_000_000
"""Below this, hardly any environment fits."""
_SPARE_BYTES = 50_000_000
"""What can be freed is worth a word above this."""
_STAYS = (
    "Uninstalling the extension leaves this folder alone, and services go on running. Stop all services, then delete"
    " the folder by hand when nothing of it is needed any more."
)


def disk(context: Context) -> messages.DoctorRow:
    """Free space where the data folder, the package cache and temporary files lie."""
    places = {"data folder": context.home, "package cache": cache_folder(), "temporary files": _temporary()}
    free: dict[str, int] = {}
    for what, folder in places.items():
        free[what] = shutil.disk_usage(nearest_existing(folder)).free
    facts = [f"{what}: {byte_text(free[what])} free ({places[what]})" for what in places]
    least = min(free, key=lambda what: free[what])
    left = byte_text(free[least])
    actions = [_clean(), Action("Prune the Package Cache", repair="packageCache", terminal=_repair("packageCache"))]
    if free[least] < FULL_BYTES:
        sentence = f"The disk is almost full: {left} are left for the {least}. Deployments will fail."
        return Row("disk", "Disk space", "broken", sentence, "Free some space.", facts, actions)
    if free[least] < LOW_BYTES:
        sentence = f"Only {left} are left for the {least}. A large framework may not fit."
        return Row("disk", "Disk space", "attention", sentence, "Free some space.", facts, actions)
    return Row("disk", "Disk space", "fine", f"{byte_text(free['data folder'])} are free.", "", facts)


def permissions(context: Context) -> messages.DoctorRow:
    """Who owns the data folder, whether this account can write there, and whether others can."""
    home, title = context.home, "Permissions"
    settings = Action("Open Settings", "workbench.action.openSettings", ["scoredock.home"])
    if os.path.lexists(home) and not home.is_dir():
        fix = "Move it away, or choose another data folder with the setting scoredock.home."
        return Row("permissions", title, "broken", f"{home} is no folder.", fix, [], [settings])
    place = nearest_existing(home)
    if problem := _write_problem(place):
        fix = "Make the folder writable for this account, or choose another one with the setting scoredock.home."
        if problem == os.strerror(errno.ENOSPC):
            fix = "Free some space on the disk."
        return Row("permissions", title, "broken", f"{place} cannot be written to: {problem}.", fix, [], [settings])
    exposed = exposure(home)
    if exposed:
        own = os.name == "posix" and home.is_dir() and home.stat().st_uid == os.geteuid()
        repair = [Action("Make It Private", repair="permissions", terminal=_repair("permissions"))] if own else []
        fix = "Make the folder private: whoever can change it can run code as this account."
        return Row("permissions", title, "attention", exposed, fix, [], repair)
    if not home.is_dir():
        return Row("permissions", title, "fine", f"{home} is made when it is first needed; {place} is writable.")
    return Row("permissions", title, "fine", f"Only {_owner(home)} can change the data folder.")


def make_private_again(home: Path) -> str:
    """Takes the permission to write from other accounts. Raises doctor-repair-failed."""
    try:
        home.chmod(home.stat().st_mode & ~0o022)
    except OSError as error:
        raise ScoredockError(
            "doctor-repair-failed",
            l10n.t("The permissions of {home} could not be changed: {strerror}.", home=home, strerror=error.strerror),
        ) from None
    left = exposure(home)
    if left:
        raise ScoredockError("doctor-repair-failed", left)
    return f"Only this account can change {home} now."


def data(context: Context) -> messages.DoctorRow:
    """How much the data folder holds, what of it can be freed, and what becomes of it without the extension."""
    home, title = context.home, "Data folder"
    if os.path.lexists(home) and not home.is_dir():
        return Row("data", title, "broken", f"{home} is no folder.", "See Permissions.")
    if not home.is_dir():
        return Row("data", title, "fine", f"{home} does not exist yet; it is made when it is first needed.")
    size = folder_size(home)
    facts = [f"{name}: {part.text}" for name in _parts(home) if (part := folder_size(home / name, 1.0)).bytes]
    unused, trash = 0, 0
    until = time.monotonic() + 4
    for info in _infos(context):
        if time.monotonic() > until:
            break
        unused += _unused(context, info)
        trash += _trash(context, info)
    facts += [f"unused environments: {byte_text(unused)}"] if unused else []
    facts += [f"trash: {byte_text(trash)}"] if trash else []
    actions = [_clean()] if unused else []
    actions += [Action("Empty Trash…", "scoredock.emptyTrash", terminal="scoredock model purge --all")] if trash else []
    actions.append(Action("Show Folder", "revealFileInOS", [str(home)]))
    sentence = f"{home} holds {size.text}"
    freed = unused + trash
    sentence += f", of which {byte_text(freed)} can be freed." if freed > _SPARE_BYTES else "."
    return Row("data", title, "fine", sentence, "", [*facts, _STAYS], actions)


def workspaces(context: Context) -> messages.DoctorRow:
    """Whether the store of each workspace opens."""
    title = "Workspaces"
    if not (context.home / "workspaces").is_dir():
        return Row("workspaces", title, "fine", "There is none yet; the first one is made when it is needed.")
    broken: list[str] = []
    infos = context.workspaces.list()
    for info in infos:
        try:
            context.counts(info.id)
        except (ScoredockError, OSError) as error:
            reason = error.message if isinstance(error, ScoredockError) else str(error)
            broken.append(f"{info.name}: {reason}")
    if broken:
        repair = Action("Repair Workspace…", "scoredock.repairWorkspace", terminal="scoredock workspace repair")
        sentence = f"{len(broken)} of {len(infos)} workspaces cannot be opened."
        fix = "Repair the workspace: its store is made anew from what lies beside the models."
        return Row("workspaces", title, "broken", sentence, fix, broken, [repair])
    many = f"All {len(infos)} workspaces open." if len(infos) > 1 else "The workspace opens."
    return Row("workspaces", title, "fine", many)


def _clean() -> messages.DoctorAction:
    return Action("Remove Unused Environments…", "scoredock.cleanEnvironments", terminal="scoredock environment clean")


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
        return f"the account {folder.owner()}"
    except (KeyError, OSError, NotImplementedError):
        pass
    try:
        return f"the account {getpass.getuser()}"
    except (KeyError, OSError, ImportError):
        return "this account"


def _parts(home: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in home.iterdir() if entry.is_dir())
    except OSError:
        return []


def _infos(context: Context) -> list[WorkspaceInfo]:
    """Workspaces that are there; none is made by looking."""
    if not (context.home / "workspaces").is_dir():
        return []
    try:
        return context.workspaces.list()
    except (ScoredockError, OSError):
        return []


def _unused(context: Context, info: WorkspaceInfo) -> int:
    """Bytes of environments that no revision of a service needs."""
    try:
        deployments = context.deployments(info.id)
        needed = {key for _, key in environment_keys(deployments.registry.store)}
        return sum(each.size for each in deployments.environments.list() if each.key not in needed)
    except (ScoredockError, OSError):
        return 0


def _trash(context: Context, info: WorkspaceInfo) -> int:
    """Bytes of models in the trash, as far as no other model has them."""
    try:
        with context.workspaces.open(info.id).store.read() as connection:
            found = connection.execute("SELECT COALESCE(SUM(size), 0) FROM model_versions WHERE deleted IS NOT NULL")
            return int(found.fetchone()[0])
    except (ScoredockError, OSError):
        return 0
