"""Entry script that a deployment means, and the configuration that it is deployed with."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scoredock import l10n
from scoredock.context import Context
from scoredock.errors import Place, Remedy, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.scripts.environment import NamingConfiguration, configurations_of, read_configuration
from scoredock.scripts.project_files import DeployableFiles
from scoredock.scripts.texts import listing, read_text

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments
    from scoredock.services.request import DeployRequest


ScriptState = Literal["certain", "several", "missing", "no-code"]


@dataclass(frozen=True, slots=True)
class ProposedScript:
    """Entry script that is meant, and the configuration that names it."""

    path: Path | None
    state: ScriptState
    configuration: NamingConfiguration | None = None


def proposed_script(
    path: Path, folder: Path, files: DeployableFiles, deployments: Deployments, context: Context, *, again: bool
) -> ProposedScript:
    """The one that was asked about, else the nearest one of the folder where there is no other like it."""
    scripts = files.kinds["entry-script"]
    if str(path) in scripts:
        return ProposedScript(path, "certain")
    if str(path) in files.kinds["inference-config"]:
        configuration = read_configuration(path, context.overlays())
        return ProposedScript(
            Path(configuration.script) if configuration is not None else None, "certain", configuration
        )
    before = deployments.last.script_below(folder)
    if again and before and os.path.isfile(before):  # noqa: PTH113 (answers False where Path raises)
        return ProposedScript(Path(before), "certain")
    if not scripts:
        return _without_known_scripts(path, files, context)
    depth = len(Path(scripts[0]).parts)
    nearest = [each for each in scripts if len(Path(each).parts) == depth]
    if len(nearest) > 1:
        configured = [each for each in nearest if any(configurations_of(Path(each), context.overlays()))]
        nearest = [before] if before in nearest else configured if len(configured) == 1 else nearest
    return ProposedScript(Path(nearest[0]), "certain" if len(nearest) == 1 else "several")


def _without_known_scripts(path: Path, files: DeployableFiles, context: Context) -> ProposedScript:
    """In a folder without scripts that are known as such: the Python file that was asked about, unless it is something
    else, or the one that the only inference configuration names."""
    from scoredock.formats.document_kind import kind_of

    text = read_text(path, context.overlays()) if path.suffix == ".py" else None
    if text is not None and kind_of(str(path), text) is None:
        return ProposedScript(path, "certain")
    paths = files.kinds["inference-config"]
    configuration = read_configuration(Path(paths[0]), context.overlays()) if len(paths) == 1 else None
    if configuration is None or not os.path.isfile(configuration.script):  # noqa: PTH113 (answers False where Path raises)
        return ProposedScript(None, "missing")
    return ProposedScript(Path(configuration.script), "certain", configuration)


def refuse_batches(path: Path, context: Context) -> None:
    """Raises script-invalid where a batch script is to be deployed: another script would be proposed in its place."""
    from scoredock.formats.document_kind import kind_of

    text = read_text(path, context.overlays()) if path.suffix == ".py" else None
    if text is None or kind_of(str(path), text) != "batch-script":
        return
    another = Remedy(l10n.t("Deploy Another Script…"), "scoredock.deploy", (str(path.parent),))
    raise ScoredockError(
        "script-invalid",
        l10n.t(
            "{name} is a batch script: a parallel run or a batch deployment calls run() with a list of files.",
            name=path.name,
        ),
        l10n.t("Deploy an entry script, whose run() takes the request body."),
        remedies=(another,),
        place=Place(str(path)),
    )


def with_configuration(script: ProposedScript, last: DeployRequest | None, context: Context) -> ProposedScript:
    """The script with the inference configuration that it is deployed with: the one that was asked about, that of the
    last time, none if the last time had none, else one that names it."""
    if script.path is None or script.configuration is not None:
        return script
    overlays = context.overlays()
    if last is not None and (not last.inference_config or Path(last.inference_config).exists()):
        configuration = read_configuration(Path(last.inference_config), overlays) if last.inference_config else None
    else:
        configuration = next(configurations_of(script.path, overlays), None)
    return replace(script, configuration=configuration)


def uses_its_folder(script: Path, context: Context) -> bool:
    """True if it imports modules that lie beside it, or opens files there."""
    from scoredock.checks.script.imported_modules import imported_modules

    overlays = context.overlays()
    text = read_text(script, overlays) or ""
    if imported_modules(script.as_posix(), text, "", os.path.isfile, lambda name: read_text(Path(name), overlays)):
        return True
    names = [name for name in listing(str(script.parent)) if name != script.name and len(name) > 3]
    return "__file__" in text and any(f'"{name}"' in text or f"'{name}'" in text for name in names)
