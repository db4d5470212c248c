"""The context of every feature: the data folder, open folders, unsaved texts, settings, and what lies behind them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from scoredock import l10n
from scoredock.data_folder import data_home, require_owner, use_home
from scoredock.deploy_options import ScriptOptions, of_options
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.options import options_of
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry.blobs.source import Limits
from scoredock.registry.grammar import printable
from scoredock.settings import Values
from scoredock.workspace import FolderWorkspace, WorkspaceInfo, Workspaces

if TYPE_CHECKING:
    from scoredock.containers.settings import DockerSettings
    from scoredock.environments.cache import EnvironmentCache
    from scoredock.environments.settings import EnvironmentSettings
    from scoredock.registry import Registry
    from scoredock.services.deployments import Deployments
    from scoredock.services.request import DeploySettings

_Request = TypeVar("_Request", bound=ScriptOptions)


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a feature: where its progress goes and how it is cancelled."""

    progress: Progress = field(default_factory=Silent)
    cancel: CancelToken = field(default_factory=CancelToken)
    form: Callable[[Any], Any] | None = None
    """What the answer of the verb goes through before it is given: a terminal shows it to people."""


def _no_overlays() -> Mapping[str, str]:
    return {}


def request_of(kind: type[_Request], params: ScriptOptions, **more: Any) -> _Request:
    """The options of params as a request, with paths as the person means them; `more` says the rest."""
    paths = {
        name: str(absolute(getattr(params, name))) if getattr(params, name) else ""
        for name, option in options_of(type(params)).items()
        if option.path
    }
    return of_options(kind, params, **paths, **more)


class Context:
    """Cheap to make; what costs time or imports is made when first needed. Thread-safe."""

    def __init__(
        self,
        settings: Values,
        *,
        home: Path | None = None,
        folders: tuple[Path, ...] = (),
        overlays: Callable[[], Mapping[str, str]] = _no_overlays,
        workspace: str = "",
        config: Path | None = None,
    ) -> None:
        """`workspace`, else the one that `config` names, is the active one whatever the folders mean."""
        self._lock = threading.Lock()
        self._fixed_home = home
        self.configure(settings)
        self.folders = folders
        """Open folders, the first decides which workspace is active."""
        self.overlays = overlays
        """Unsaved text of open documents by absolute path."""
        self._workspace: str | Path | None = workspace or config
        self.on_meaning: Callable[[FolderWorkspace], None] | None = None
        """Called once, when the workspace of the folder is first asked for, and may refuse it."""
        self.push: Callable[[Any], None] | None = None
        """Tells a client the record of a notification at once; without it what it says is a step of the work."""
        self.on_write: Callable[[], object] | None = None
        """Called when a feature has written a file of the person's: no client need report that soon."""
        self.left: tuple[tuple[str, int], str] | None = None
        """State of the default workspace → the message of the views about what the folder left there."""

    def configure(self, settings: Values) -> None:
        """Takes new settings; what was opened with the old ones is opened anew when next needed."""
        chosen = settings.get("scoredock.home")
        home = self._fixed_home or (absolute(chosen) if chosen else data_home())
        with self._lock:
            self.settings = settings
            self._deployments: dict[str, Deployments] = {}
            self._counts: dict[str, tuple[int, int, int]] = {}
            if getattr(self, "home", None) != home:
                self.home = home
                self.require_owner = partial(require_owner, home)
                """Raises workspace-not-yours where what this account makes would not be the data folder's owner's."""
                use_home(home)
                self.workspaces = Workspaces(home)

    def meaning(self) -> FolderWorkspace:
        """Workspace that the open folder means, and why; the one place where features ask."""
        return self.workspaces.meaning(self.folders[0] if self.folders else None)

    def current(self) -> WorkspaceInfo:
        """The workspace meant when none is named: that of `--workspace` or `--config`, else that of the open folder."""
        meaning = self.meaning()
        if isinstance(self._workspace, Path):
            return self.workspaces.named_by(self._workspace)
        return self.workspaces.get(self._workspace) if self._workspace is not None else meaning.info

    def active(self) -> WorkspaceInfo:
        """The same, for work in it: whoever gave `on_meaning` learns of it."""
        if self.on_meaning is not None and not self.is_named:
            listener, self.on_meaning = self.on_meaning, None
            listener(self.meaning())
        return self.current()

    @property
    def is_named(self) -> bool:
        """True if a workspace was named, so that the folder does not decide."""
        return self._workspace is not None

    def workspace(self, id_or_name: str) -> WorkspaceInfo:
        """The one named, or the active one for an empty name. Raises workspace-not-found."""
        return self.workspaces.get(id_or_name) if id_or_name else self.active()

    def workspace_of(self, path: Path) -> WorkspaceInfo:
        """The one that a file belongs to: the nearest configuration or selection decides."""
        if self.is_named:
            return self.current()
        return self.workspaces.resolve(path if os.path.isdir(path) else path.parent)  # noqa: PTH112 (answers False where Path raises)

    def registry(self, workspace_id: str) -> Registry:
        """The registry of a workspace (empty: the active one)."""
        return self._limited(self.workspaces.open(self.workspace(workspace_id).id))

    def _limited(self, registry: Registry) -> Registry:
        """Registry with the limits of the settings, which hold for what is registered on the way to a service, too."""
        registry.limits = Limits(
            files=int(self.settings.get("scoredock.model.maxFiles")),
            bytes=int(self.settings.get("scoredock.model.maxBytes")),
        )
        return registry

    def deployments(self, workspace_id: str) -> Deployments:
        """The services of a workspace (empty: the active one)."""
        registry = self.workspaces.open(workspace_id or self.active().id)
        id = registry.folder.name
        with self._lock:
            found = self._deployments.get(id)
            # Another registry when the folder was deleted under this program.
            if found is None or found.registry is not registry:
                found = self._deployments[id] = self._open(registry)
            return found

    def environments(self, workspace_id: str) -> EnvironmentCache:
        """The built environments of a workspace, without all that its services need."""
        from scoredock.environments.cache import EnvironmentCache

        info = self.workspace(workspace_id)
        with self._lock:
            opened = self._deployments.get(info.id)
        if opened is not None:
            return opened.environments
        return EnvironmentCache(self.workspaces.open(info.id).folder / "environments", self._environment_settings())

    def _open(self, registry: Registry) -> Deployments:
        # Engines and process tools cost start-up time that a check of a file need not pay.
        from scoredock.services.deployments import Deployments
        from scoredock.services.endpoints.endpoints import Endpoints

        deployments = Deployments(self._limited(registry), settings=self.deploy_settings())
        deployments.leases.on_released = Endpoints(deployments).follow
        return deployments

    def deploy_settings(self) -> DeploySettings:
        """Settings of the person about deployments."""
        from scoredock.services.request import DeploySettings

        return DeploySettings(
            docker=self.docker_settings(),
            base_image=str(self.settings.get("scoredock.docker.baseImage")),
            start_timeout=float(self.settings.get("scoredock.deploy.startTimeout")),
            lost_node_seconds=int(self.settings.get("scoredock.deploy.lostNodeSeconds")),
            repeat_requests=bool(self.settings.get("scoredock.deploy.repeatRequests")),
            inherited_variables=tuple(self.settings.get("scoredock.deploy.inheritedVariables")),
            follow_links=bool(self.settings.get("scoredock.deploy.followLinks")),
            kept_revisions=int(self.settings.get("scoredock.services.keptRevisions")),
            kept_days=float(self.settings.get("scoredock.services.keptRevisionDays")),
            environment=self._environment_settings(),
        )

    def _environment_settings(self) -> EnvironmentSettings:
        from scoredock.environments.settings import EnvironmentSettings

        return EnvironmentSettings(
            interpreter=str(self.settings.get("scoredock.environment.interpreter")),
            index_url=str(self.settings.get("scoredock.environment.indexUrl")),
            conda_channels=tuple(self.settings.get("scoredock.environment.condaChannels")),
            download_python=bool(self.settings.get("scoredock.environment.downloadPython")),
        )

    def docker_settings(self) -> DockerSettings:
        """Settings of where Docker is looked for."""
        from scoredock.containers.settings import DockerSettings

        return DockerSettings(host=str(self.settings.get("scoredock.docker.host")))

    def counts(self, workspace_id: str) -> tuple[int, int]:
        """Numbers of models and services of a workspace; asked again only after a change."""
        store = self.workspaces.open(workspace_id).store
        counter = store.change_counter()
        cached = self._counts.get(workspace_id)
        if cached is None or cached[0] != counter:
            with store.read() as connection:
                models = connection.execute("SELECT COUNT(DISTINCT name) FROM model_versions WHERE deleted IS NULL")
                services = connection.execute("SELECT COUNT(*) FROM services")
                cached = (counter, models.fetchone()[0], services.fetchone()[0])
            self._counts[workspace_id] = cached
        return cached[1], cached[2]


def absolute(path: str) -> Path:
    """Absolute path for what a person or the client wrote, without `~` and relative parts; links are left as they are.

    Raises text-invalid for what no file system takes.
    """
    try:
        if b"\0" in path.encode():
            raise ValueError
    except ValueError:
        raise ScoredockError("text-invalid", l10n.t("{path} is not a UTF-8 path.", path=printable(path))) from None
    expanded = os.path.expanduser(path)  # noqa: PTH111 (raises nothing where nobody's home is meant)
    return Path(os.path.abspath(expanded))  # noqa: PTH100 (resolve() would follow links)
