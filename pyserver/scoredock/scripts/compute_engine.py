"""Placement of a deployment that names a compute target, or is for ACI or AKS: on a cluster that is attached under the
name, else on this machine, which stands for it with the engine that was chosen in the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from scoredock import l10n
from scoredock.context import Context, absolute
from scoredock.deploy_options import DeployOptions
from scoredock.engine_table import engine_kind
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import WARNING, Progress
from scoredock.registry.assets.compute_files import is_compute_name
from scoredock.registry.grammar import printable
from scoredock.scripts.texts import read_text
from scoredock.service import EngineName
from scoredock.workspace import WorkspaceInfo

if TYPE_CHECKING:
    from scoredock.formats.deployment import DeploymentConfig

_Options = TypeVar("_Options", bound=DeployOptions)

_LOCAL = "local"
_TYPE, _TARGET = "computeType", "computeTargetName"


def stand_in(
    workspace: WorkspaceInfo, config: DeploymentConfig | None, settings: Mapping[str, str] | None
) -> EngineName:
    """Engine on this machine for a deployment with this configuration, or with a `computeType` among the settings: for
    ACI and AKS the one chosen in the workspace, else a process."""
    target = (settings or {}).get(_TYPE, "").lower() or (config.compute_type if config is not None else "")
    return engine_kind(workspace.engine if target not in ("", _LOCAL) else "").name


@dataclass(frozen=True, slots=True)
class Placement:
    """Compute target or engine of a deployment."""

    compute: str
    """Compute target that is attached; empty for this machine."""
    engine: EngineName
    """Empty where nothing decides it, as for an image."""
    stands_for: str = ""
    """Name under which nothing is attached, so that this machine stands for it."""

    def report(self, progress: Progress) -> None:
        """Report one line where this machine stands for a cluster, with the command that attaches one."""
        if self.stands_for:
            text = l10n.t(
                "no cluster is attached as {name}, so this machine stands for it; `{command}` attaches one",
                name=printable(self.stands_for),
                command=attach_command(self.stands_for),
            )
            progress.report(WARNING + text)


def attach_command(name: str) -> str:
    """Command line that attaches a cluster under a name."""
    word = name if is_compute_name(name) else "NAME"
    return f"scoredock compute attach {word} --context CONTEXT --namespace NAMESPACE"


def placement(options: DeployOptions, workspace: WorkspaceInfo, context: Context) -> Placement:
    """A cluster that is attached under the name decides the engine, whoever names it: the option, a setting, or the
    configuration, where no engine is given; else what stands for it here.

    Raises ScoredockError `compute-missing` for the engine of clusters without one, `compute-damaged`, and
    `deploy-input-invalid` for an engine that does not run there.
    """
    from scoredock.services.compute_targets import ComputeTargets, engine_on

    engine, name, config = options.engine, options.compute, None
    needs_compute = bool(engine) and engine_kind(engine).needs_compute
    if not engine or (needs_compute and not name):
        config = deployment_config(options.deployment_config, context.overlays())
        name = name or configured_compute(config, options.settings)
    if not engine and not options.image:
        engine = stand_in(workspace, config, options.settings)
    if not name and not needs_compute:
        return Placement("", engine)
    targets = ComputeTargets(context.registry(workspace.id))
    if needs_compute and not name:
        raise ScoredockError(
            "compute-missing",
            l10n.t("The engine {engine} needs a compute target.", engine=engine),
            l10n.t("Name one with --compute; `scoredock compute list` shows those that are attached."),
        )
    target = targets.require_for_services(name) if needs_compute else targets.get_for_services(name)
    if target is None:
        return Placement("", engine, name)
    there = engine_on(target)
    if options.engine and options.engine != there:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t(
                "{name} is a {place}, and the engine {engine} runs services elsewhere.",
                name=target.name,
                place=l10n.t(engine_kind(there).place),
                engine=options.engine,
            ),
            l10n.t("Leave one of the two out."),
        )
    return Placement(target.name, there)


def placed(options: _Options, workspace: WorkspaceInfo, context: Context, progress: Progress) -> _Options:
    """The options with the cluster that is attached under the name that they say, or with what stands for one here.
    Raises what `placement` raises."""
    place = placement(options, workspace, context)
    place.report(progress)
    return replace(options, compute=place.compute, engine=place.engine)


def configured_compute(config: DeploymentConfig | None, settings: Mapping[str, str] | None) -> str:
    """The compute target that settings or a configuration name; empty for none."""
    value = (settings or {}).get(_TARGET, "") or (config.fields.get(_TARGET) if config is not None else None)
    return value if isinstance(value, str) else ""


def deployment_config(path: str, overlays: Mapping[str, str]) -> DeploymentConfig | None:
    """Deployment configuration in a file; None for one that cannot be read, which deploying it reports."""
    if not path:
        return None
    from scoredock.formats.deployment import read_deployment

    text = read_text(Path(absolute(path)), overlays)
    return read_deployment(text.removeprefix("\ufeff"), path).config if text is not None else None
