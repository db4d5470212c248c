"""One deployment that can be made as it is: from what lies in the folder and what was chosen the last time for the same
entry script."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.checks.models.model_needs import ModelNeeds
from scoredock.context import Context, absolute
from scoredock.engine_table import engine_kind
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.registry.models.conditions import query
from scoredock.scripts.compute_engine import configured_compute, deployment_config, stand_in
from scoredock.scripts.environment import NamingConfiguration
from scoredock.scripts.model_choice import (
    FilesToRegister,
    ModelsAround,
    ProposedModels,
    choice_of_file,
    choice_without_script,
    choose_models,
    files_on_disk,
    files_to_register,
)
from scoredock.scripts.models_around import around, needs_of
from scoredock.scripts.project_files import DeployableFiles, look
from scoredock.scripts.proposed_script import (
    ProposedScript,
    proposed_script,
    uses_its_folder,
    with_configuration,
)
from scoredock.scripts.texts import read_text
from scoredock.service import Service
from scoredock.services.free_names import (
    folder_of_model,
    free_name,
    project_name,
    service_name,
    serving_without_code,
)

if TYPE_CHECKING:
    from scoredock.clusters.target import ServiceTarget
    from scoredock.services.deployments import Deployments
    from scoredock.services.request import DeployRequest

_MODELS = 200
"""Names of models whose newest versions are offered; others can be searched for."""
_FILES = 20
"""Files that are offered to be registered."""
_ABOVE = 2
"""Folders above the script's that may hold its environment."""


@dataclass(frozen=True, slots=True)
class _Project:
    """What a proposal is made of."""

    params: messages.ServiceProposeParams
    path: Path
    folder: Path
    """Of the script; without one the folder that was asked about."""
    script: ProposedScript
    files: DeployableFiles
    last: DeployRequest | None
    """The last deployment of this script."""
    context: Context
    deployments: Deployments

    @property
    def registry(self) -> Registry:
        return self.deployments.registry


def proposal(
    params: messages.ServiceProposeParams, context: Context, *, is_script: bool = False
) -> messages.ServiceProposal:
    """What a deployment of the file or folder would be made of, whether it could be deployed or not. With `is_script`
    the file is the script, whatever it looks like. Raises file-not-found."""
    from scoredock.services.compute_targets import ComputeTargets, engine_on, title_of

    project = _project(params, context, is_script=is_script)
    services = project.deployments.services()
    existing = [view.name for view in services]
    last, files, script = project.last, project.files, project.script
    source_directory = _source_directory(project)
    surroundings = _surroundings(project)
    needs = needs_of(script.path, source_directory, context) if script.path is not None else ModelNeeds()
    choice, without = _models(project, needs, surroundings)
    models = [as_message(each, project.registry) for each in choice.files]
    configuration = script.configuration.path if script.configuration is not None else ""
    environment_file, environment = _environment(project)
    offered, changed = _offered_files(choice, needs, surroundings)
    computes = ComputeTargets(project.registry).all_for_services()
    engine, compute = _place(project, computes)
    return messages.ServiceProposal(
        name=_name(project, services, choice),
        models=list(choice.models),
        register_models=models,
        model_state=choice.state,
        loads=[*needs.files, *(name for name, _ in needs.names)],
        model_files=[as_message(each, project.registry) for each in offered],
        changed_file=changed,
        model_choices=_choices(needs, surroundings, project.registry),
        script=str(script.path) if script.path is not None else "",
        script_state="no-code" if without or params.without_code else script.state,  # type: ignore[arg-type]
        no_code=without,
        entry_script=_entry_script(project),
        entry_scripts=files.kinds["entry-script"],
        source_directory=source_directory,
        inference_config=configuration,
        inference_configs=files.kinds["inference-config"],
        configured_environment=_configured_environment(script.configuration),
        deployment_config=_deployment_configuration(project),
        deployment_configs=files.kinds["deployment-config"],
        environment_file=environment_file,
        environment_files=files.environments,
        environment=environment,
        environments=[each.id for each in project.registry.assets.records("environment", latest=True)],
        environment_variables=dict((last.environment_variables or {}) if last is not None else {}),
        description=last.description if last is not None else "",
        tags=dict(last.tags) if last is not None else {},
        port=last.port if last is not None else None,
        deployed_before=bool(_deployed_as(project, existing, choice)),
        engine=engine,
        compute=compute,
        computes={each.name: messages.ComputeChoice(title_of(each), engine_on(each)) for each in computes},
        develop=last is not None and last.develop,
        auth=last.auth if last is not None else "",
        existing_services=existing,
    )


def model_name(path: Path, workspace_id: str, context: Context) -> str:
    """The name of the model that a file or folder becomes: the same whether it is registered by itself or by a
    deployment of its project."""
    folder = folder_of_model(path)
    params = messages.ServiceProposeParams(str(folder), model_file=str(path), workspace_id=workspace_id)
    # Elsewhere, such as among downloads, what lies beside it has nothing to do with it.
    if any(folder == each or each in folder.parents for each in context.folders) and folder.is_dir():
        project = _project(params, context)
        script = project.script
        certain = script.path is not None and script.state == "certain"
        needs = needs_of(script.path, _source_directory(project), context) if certain and script.path else ModelNeeds()
    else:
        project, needs = _of_model(replace(params, path=str(path)), path, DeployableFiles(), context), ModelNeeds()
    return _chosen_file(project, needs, _surroundings(project)).name


def _project(params: messages.ServiceProposeParams, context: Context, *, is_script: bool = False) -> _Project:
    if params.without_code:
        return _without_script(params, context)
    path = _existing(params.path)
    folder = path if os.path.isdir(path) else path.parent  # noqa: PTH112
    deployments = context.deployments(context.workspace(params.workspace_id).id)
    files = look(folder, context)
    if str(path) in files.models and folder_of_model(path) != folder:
        folder = folder_of_model(path)
        files = look(folder, context)
    script = ProposedScript(path, "certain")
    if not is_script:
        script = proposed_script(path, folder, files, deployments, context, again=params.again)
    if script.path is not None and script.path.parent != folder:
        folder = script.path.parent
        files = _with_those_of(files, look(folder, context))
    last = None
    if script.path is not None:
        from scoredock.services.planning.moved_script import last_request_of

        last = last_request_of(script.path, deployments.ledger, deployments.registry.folder)
    script = with_configuration(script, last, context)
    if str(path) in files.models and not params.model_file:
        params = replace(params, model_file=str(path))
    return _Project(params, path, folder, script, files, last, context, deployments)


def _without_script(params: messages.ServiceProposeParams, context: Context) -> _Project:
    """Of a model that is deployed by itself: a registered one, or a file or folder."""
    from scoredock.no_code.subject import model_place

    if bool(params.path) == bool(params.models):
        raise ScoredockError("no-code-models", l10n.t("Give either a registered model or the path of one."))
    if not params.path:
        return _of_model(params, Path(), DeployableFiles(), context)
    place = model_place(_existing(params.path))
    return _of_model(replace(params, model_file=str(place)), place, look(folder_of_model(place), context), context)


def _of_model(params: messages.ServiceProposeParams, place: Path, files: DeployableFiles, context: Context) -> _Project:
    deployments = context.deployments(context.workspace(params.workspace_id).id)
    script = ProposedScript(None, "missing")
    return _Project(params, place, folder_of_model(place), script, files, None, context, deployments)


def _existing(path_text: str) -> Path:
    path = absolute(path_text)
    if not os.path.exists(path):  # noqa: PTH110 (answers False where Path raises)
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=Place(str(path)))
    return path


def _surroundings(project: _Project) -> ModelsAround:
    return around(project.folder, project_name(project.folder), project.files, project.registry)


def _with_those_of(folder: DeployableFiles, nearer: DeployableFiles) -> DeployableFiles:
    """The files of the script's folder before those of the folder that was asked about, but for scripts."""
    kinds = {kind: _united(nearer.kinds[kind], folder.kinds[kind]) for kind in folder.kinds}
    kinds["entry-script"] = _united(folder.kinds["entry-script"], nearer.kinds["entry-script"])
    return DeployableFiles(kinds, _united(nearer.models, folder.models))


def _united(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*first, *second)))


def _entry_script(project: _Project) -> str:
    """As the request wants it: left out where a configuration names it, unless it was given beside one before."""
    script, last = project.script, project.last
    if script.path is None:
        return ""
    if script.configuration is None or script.configuration.script != str(script.path):
        return str(script.path)
    same = last is not None and last.inference_config == script.configuration.path
    return last.entry_script if same and last is not None else ""


def _source_directory(project: _Project) -> str:
    """The folder that goes along with the script, where no configuration says it."""
    script, last = project.script, project.last
    if last is not None and last.source_directory and Path(last.source_directory).is_dir():
        return last.source_directory
    if script.path is None or script.configuration is not None:
        return script.configuration.source_directory if script.configuration is not None else ""
    return str(script.path.parent) if last is None and uses_its_folder(script.path, project.context) else ""


def _models(project: _Project, needs: ModelNeeds, surroundings: ModelsAround) -> tuple[ProposedModels, str]:
    """The models, and what the one is that is served without a script."""
    params, last, registry = project.params, project.last, project.registry
    if params.models:
        choice = ProposedModels("chosen", tuple(params.models))
    elif params.without_code:
        choice = choice_of_file(params.model_file, surroundings)
    elif params.model_file:
        choice = ProposedModels("chosen", files=(_chosen_file(project, needs, surroundings),))
    elif last is not None and (last.models or not needs.any_model):
        choice = ProposedModels("deployed", tuple(_still_there(last.models or (), registry)))
    elif project.script.path is not None:
        choice = choose_models(needs, surroundings)
    else:
        choice = choice_without_script(surroundings)
    if choice.state == "deployed" and last is not None and len(choice.models) < len(last.models or ()):
        choice = choose_models(needs, surroundings) if not choice.models else replace(choice, state="missing")
    if project.script.path is not None or project.script.configuration is not None:
        return choice, ""
    return choice, _without_code(choice, registry, strict=params.without_code)


def _chosen_file(project: _Project, needs: ModelNeeds, surroundings: ModelsAround) -> FilesToRegister:
    """A file that the person chose, by the name that the script asks for or was deployed with."""
    path = str(absolute(project.params.model_file))
    names = [name for name, _ in needs.names]
    name = names[0] if len(names) == 1 else ""
    if not name and project.last is not None and path in files_on_disk(needs.files, surroundings):
        name = _own_name(_still_there(project.last.models or (), project.registry))
    return files_to_register([path], surroundings, name)


def _own_name(models: Sequence[str]) -> str:
    """Of the one model that a script was deployed with; empty where there are several, or an alias says which."""
    return models[0].partition(":")[0] if len(models) == 1 and "@" not in models[0] else ""


def _without_code(choice: ProposedModels, registry: Registry, *, strict: bool) -> str:
    """What the one model is for which a script can be made; empty where none can. Raises why, where
    `strict`; not for known-bad content: who deploys a registered model may consent to that."""
    from scoredock.no_code.generating import look as look_at
    from scoredock.no_code.generating import look_at_path

    try:
        if len(choice.models) == 1 and not choice.files:
            return look_at([registry.model(choice.models[0])], registry)
        if len(choice.files) == 1 and len(choice.files[0].paths) == 1 and not choice.models:
            return look_at_path(Path(choice.files[0].paths[0]))
    except (ScoredockError, OSError) as error:
        if strict and getattr(error, "code", "") != "model-known-bad":
            raise
    return ""


def _offered_files(
    choice: ProposedModels, needs: ModelNeeds, surroundings: ModelsAround
) -> tuple[list[FilesToRegister], str]:
    """Files that can be registered, what the script loads first; and the name of one that is not any more what this
    script was deployed with."""
    loads = files_on_disk(needs.files, surroundings) if needs.files else ()
    own = _own_name(choice.models) if choice.state == "deployed" else ""
    changed = ""
    if own and loads and not surroundings.same(choice.models[0], loads):
        changed = Path(loads[0]).name
    first = [files_to_register(loads, surroundings, own if changed else "")] if loads else []
    others = [files_to_register((path,), surroundings) for path in surroundings.paths[:_FILES] if path not in loads]
    return list({each.paths: each for each in (*choice.files, *first, *others)}.values()), changed


def _choices(needs: ModelNeeds, surroundings: ModelsAround, registry: Registry) -> list[str]:
    """The newest version of each model, those that hold what the script loads first."""
    names = {name for name, _ in needs.names}
    newest = [each.newest for each in registry.groups(query(), order="newest", limit=_MODELS).groups]
    newest.sort(key=lambda each: each.created, reverse=True)
    files = {each.id: each for each in surroundings.registered}

    def fits(reference: str, name: str) -> bool:
        model = files.get(reference)
        return name in names or (model is not None and bool(needs.files) and model.holds(needs.files))

    return [each.id for each in sorted(newest, key=lambda each: not fits(each.id, each.name))]


def _still_there(references: Sequence[str], registry: Registry) -> list[str]:
    """What was asked for the last time and is there still; an alias stays one, as it may have moved on purpose."""
    ids = []
    for reference in references:
        with contextlib.suppress(ScoredockError):
            model = registry.summary(reference)
            ids.append(reference if "@" in reference else model.id)
    return ids


def _name(project: _Project, services: Sequence[Service], choice: ProposedModels) -> str:
    """That of the last time, of a service of the same script, else one that is free."""
    existing = [view.name for view in services]
    script = project.script.path
    former = _deployed_as(project, existing, choice)
    if former:
        return former
    if script is None:
        named = _model_of(choice).partition(":")[0] if project.params.without_code else project_name(project.folder)
        return free_name(service_name(named), existing)
    own = [view.name for view in services if view.entry_script == str(script)]
    return own[0] if own else free_name(service_name(project_name(project.folder)), existing)


def _deployed_as(project: _Project, existing: Sequence[str], choice: ProposedModels) -> str:
    """The service that was deployed from this script the last time, or serves this model without one."""
    if project.last is not None:
        return project.last.name
    model = _model_of(choice) if project.script.path is None else ""
    path = project.params.model_file or (choice.files[0].paths[0] if choice.files else "")
    return serving_without_code(model, path, existing, project.deployments) if model else ""


def _model_of(choice: ProposedModels) -> str:
    return next(iter(choice.models), choice.files[0].name if choice.files else "")


def _environment(project: _Project) -> tuple[str, str]:
    """File, and name of a registered environment; at most one of them."""
    last, configuration = project.last, project.script.configuration
    if project.params.without_code:
        return "", ""  # the packages come from the model
    if last is not None:
        name = _still_registered(last.environment, project.registry)
        file = last.environment_file or ""
        if name or (file and Path(file).exists()) or not (file or last.environment):
            return ("" if name else file), name
    text = str(project.path)
    if text in project.files.environments:
        return text, ""
    if configuration is not None and (configuration.config.environment is not None or configuration.config.conda_file):
        return "", ""
    return next(iter(project.files.environments), "") or _environment_above(project), ""


def _configured_environment(configuration: NamingConfiguration | None) -> str:
    if configuration is None:
        return ""
    config = configuration.config
    return config.conda_file or (config.environment.name if config.environment is not None else "") or ""


def _environment_above(project: _Project) -> str:
    """Of a folder that is open, above that of the script."""
    for folder in project.folder.parents[:_ABOVE]:
        if any(folder == opened or opened in folder.parents for opened in project.context.folders):
            environments = look(folder, project.context, depth=0).environments
            if environments:
                return environments[0]
    return ""


def _still_registered(environment: str, registry: Registry) -> str:
    """The environment that was named the last time, unless it is gone."""
    from scoredock.registry.assets.environment_names import environment_versions

    name, _, version = environment.partition(":")
    numbers = environment_versions(registry.assets).get(name)
    if numbers is None or (version and numbers and version not in map(str, numbers)):
        return ""
    return environment


def _place(project: _Project, computes: Sequence[ServiceTarget]) -> tuple[messages.EngineName, str]:
    """Engine and compute target: those of the last time, else what the configuration names where it is attached, else
    what stands for it here."""
    from scoredock.services.compute_targets import engine_on

    context, last, names = project.context, project.last, {each.name.casefold(): each.name for each in computes}
    if last is not None and last.compute.casefold() in names:
        return last.engine, names[last.compute.casefold()]
    if last is not None and not engine_kind(last.engine).needs_compute:
        return engine_kind(last.engine).name, ""
    config = deployment_config(_deployment_configuration(project), context.overlays())
    compute = names.get(configured_compute(config, None).casefold(), "")
    for each in computes:
        if each.name == compute:
            return engine_on(each), compute
    return stand_in(context.workspace(project.params.workspace_id), config, None), ""


def _deployment_configuration(project: _Project) -> str:
    """The one that was asked about, that of the last time, none as well, else the only one, or the only one for this
    machine."""
    paths, last = project.files.kinds["deployment-config"], project.last
    if project.params.without_code:
        return ""
    if str(project.path) in paths:
        return str(project.path)
    if last is not None and (not last.deployment_config or Path(last.deployment_config).exists()):
        return last.deployment_config
    if len(paths) > 1:
        overlays = project.context.overlays()
        paths = [path for path in paths if '"local"' in (read_text(Path(path), overlays) or "").lower()]
    return paths[0] if len(paths) == 1 else ""


def as_message(files: FilesToRegister, registry: Registry) -> messages.ModelToRegister:
    """With the version that it will be."""
    return messages.ModelToRegister(files.name, list(files.paths), registry.next_version(files.name))
