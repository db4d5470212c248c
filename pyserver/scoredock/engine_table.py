"""Table of the engines, what they are called and what they can do. No other place asks for one by its name.

A new engine is a folder below `engines` whose `engine.py` has `new_engine`, and a row here; `npm run generate` gives it
to the extension (`extension/text/engines.ts`) and to tasks.json. Whatever differs between engines and is needed outside
of their folders is a field of `EngineKind`.
"""

from __future__ import annotations

from typing import Literal

from scoredock import l10n
from scoredock.late_dataclass import dataclass

EngineName = str
"""A name of `ENGINES`."""
Ability = Literal["debug", "reload", "export"]
"""What not every engine can do with a service: start it under the editor's debugger, serve changed files without a new
revision, and show the objects that it consists of. A verb says in its declaration which one it needs."""


@dataclass(frozen=True, slots=True)
class EngineKind:
    """Facts about an engine that can be known without making it."""

    name: str
    """Of its folder below `engines` (with `_` for `-`), in requests, in the store and on the command line."""
    title: str
    """Among the facts of a service: `process`."""
    place: str
    """Where its services run: `process on this machine`."""
    places: str
    """The same for several services."""
    choice: str
    """The same where one chooses between engines."""
    icon: str
    """A codicon."""
    row: str = ""
    """What the row of a service shows of it; empty where that is not worth a row."""
    spoken: str = ""
    """That row as a screen reader reads it."""
    contained: bool = False
    """Its services run in an image that environment and runtime are part of, and see nothing of this machine's
    files."""
    needs_docker: bool = False
    """It works where a Docker answers, and only there."""
    needs_compute: bool = False
    """Its services run on a compute target that is attached to the workspace."""
    in_cluster: bool = False
    """They are pods there: of images that a registry has, with objects that can be seen, and of several replicas."""
    abilities: tuple[Ability, ...] = ()


ENGINES: dict[str, EngineKind] = {
    each.name: each
    for each in (
        EngineKind(
            name="process",
            title="process",
            place="process on this machine",
            places="processes of this machine",
            choice="Process on This Machine",
            icon="vm",
            abilities=("debug", "reload"),
        ),
        EngineKind(
            name="docker",
            title="Docker",
            place="Docker container on this machine",
            places="containers of this machine",
            choice="Docker Container on This Machine",
            icon="server",
            row="Docker container",
            spoken="Runs in a Docker container",
            contained=True,
            needs_docker=True,
            abilities=("debug", "reload"),
        ),
        EngineKind(
            name="kubernetes",
            title="Kubernetes",
            place="Kubernetes cluster",
            places="Kubernetes clusters",
            choice="Kubernetes Cluster",
            icon="cloud",
            row="Kubernetes",
            spoken="Runs in a Kubernetes cluster",
            contained=True,
            needs_compute=True,
            in_cluster=True,
            abilities=("reload", "export"),
        ),
        EngineKind(
            name="remote-docker",
            title="Docker on another machine",
            place="Docker container on another machine",
            places="containers of another machine",
            choice="Docker on Another Machine",
            icon="remote",
            row="remote Docker",
            spoken="Runs in a Docker container on another machine",
            contained=True,
            needs_compute=True,
            abilities=("reload",),
        ),
    )
}
"""By name, in the order in which a person meets them."""
DEFAULT_ENGINE = next(iter(ENGINES))
"""What runs a service when nobody chooses, and the routers of endpoints on this machine: the first one."""
IMAGE_ENGINE = "docker"
"""What runs a service that is deployed from an image."""
COMPUTE_ENGINE = "kubernetes"
"""What runs a service on a cluster that is attached, and the router of an endpoint of such services."""
REMOTE_ENGINE = "remote-docker"
"""What runs a service in a Docker that is attached."""
LOCAL_ENGINES = tuple(name for name, kind in ENGINES.items() if not kind.needs_compute)
"""Those that run on this machine, and can stand for ACI and AKS."""


def engine_kind(name: str) -> EngineKind:
    """The row of an engine; for an empty name that of the default one. One that only a newer release knows goes by its
    name and can do nothing here: a start of it reports that there is no such engine."""
    known = ENGINES.get(name or DEFAULT_ENGINE)
    return known or EngineKind(name, title=name, place=name, places=name, choice=name, icon="question")


def places(name: str) -> str:
    """Phrase for where services of an engine run, in the person's language."""
    return l10n.t(engine_kind(name).places)
