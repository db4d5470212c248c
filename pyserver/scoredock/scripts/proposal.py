"""One deployment that can be made as it is: from what lies in the folder and what was chosen the last time for the same
entry script."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.checks.models.model_needs import ModelNeeds
from scoredock.context import Context, absolute
from scoredock.engine_table import engine_kind
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import Registry
from scoredock.registry.models.conditions import query
from scoredock.scripts.compute_engine import configured_compute, deployment_config, stand_in
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
    ScriptState,
    proposed_script,
    uses_its_folder,
    with_configuration,
)
from scoredock.scripts.texts import read_text
from scoredock.service import EngineName, Service
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
class ProposalQuestion:
    """Question for a proposal: what is to be deployed, and what was chosen already."""

    path: str
    """An entry script, an inference or deployment configuration, a model file, or a folder. Empty for a registered
    model that is served without code."""
    models: tuple[str, ...] = ()
    model_file: str = ""
    again: bool = False
    """Of a folder the script that was deployed last, instead of the nearest."""
    without_code: bool = False
    """The model itself: scripts and configurations that lie beside it are not meant."""
    is_script: bool = False
    """The file is the script, whatever it looks like."""
    workspace_id: str = ""


@dataclass(eq=False)
class DeploymentProposal:
    """Proposal for the deployment of a file or folder, whether it could be deployed or not. Each part is looked for
    when it is first asked for."""

    question: ProposalQuestion
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

    @cached_property
    def _services(self) -> list[Service]:
        return self.deployments.services()

    @cached_property
    def existing_services(self) -> list[str]:
        return [view.name for view in self._services]

    @cached_property
    def needs(self) -> ModelNeeds:
        """Files and models that the script loads."""
        script = self.script.path
        return needs_of(script, self.source_directory, self.context) if script is not None else ModelNeeds()

    @cached_property
    def _around(self) -> ModelsAround:
        return around(self.folder, project_name(self.folder), self.files, self.registry)

    # ------------------------------------------------------------------------------------------ the script

    @property
    def script_path(self) -> str:
        """The entry script that is meant, whether a configuration names it or not; empty without one."""
        return str(self.script.path) if self.script.path is not None else ""

    @property
    def script_state(self) -> ScriptState:
        return "no-code" if self.no_code or self.question.without_code else self.script.state

    @property
    def inference_config(self) -> str:
        """The one that names the script."""
        return self.script.configuration.path if self.script.configuration is not None else ""

    @property
    def entry_script(self) -> str:
        """Entry script of the request: left out where a configuration names it, unless it was given beside one
        before."""
        script, last = self.script, self.last
        if script.path is None:
            return ""
        if script.configuration is None or script.configuration.script != str(script.path):
            return str(script.path)
        same = last is not None and last.inference_config == script.configuration.path
        return last.entry_script if same and last is not None else ""

    @cached_property
    def source_directory(self) -> str:
        """The folder that goes along with the script, where no configuration says it."""
        script, last = self.script, self.last
        if last is not None and last.source_directory and Path(last.source_directory).is_dir():
            return last.source_directory
        if script.path is None or script.configuration is not None:
            return script.configuration.source_directory if script.configuration is not None else ""
        return str(script.path.parent) if last is None and uses_its_folder(script.path, self.context) else ""

    # ------------------------------------------------------------------------------------------ the models

    @cached_property
    def choice(self) -> ProposedModels:
        """The models, and why these."""
        question, last, registry = self.question, self.last, self.registry
        if question.models:
            choice = ProposedModels("chosen", question.models)
        elif question.without_code:
            choice = choice_of_file(question.model_file, self._around)
        elif question.model_file:
            choice = ProposedModels("chosen", files=(self.chosen_file(self.needs),))
        elif last is not None and (last.models or not self.needs.any_model):
            choice = ProposedModels("deployed", tuple(_still_there(last.models or (), registry)))
        elif self.script.path is not None:
            choice = choose_models(self.needs, self._around)
        else:
            choice = choice_without_script(self._around)
        if choice.state == "deployed" and last is not None and len(choice.models) < len(last.models or ()):
            choice = choose_models(self.needs, self._around) if not choice.models else replace(choice, state="missing")
        return choice

    @cached_property
    def no_code(self) -> str:
        """Kind of the model that is served without a script; empty where there is a script, or none can be made for it.
        Raises why not, where that was asked for."""
        if self.script.path is not None or self.script.configuration is not None:
            return ""
        return _without_code(self.choice, self.registry, strict=self.question.without_code)

    def chosen_file(self, needs: ModelNeeds) -> FilesToRegister:
        """A file that the person chose, by the name that the script asks for or was deployed with."""
        path = str(absolute(self.question.model_file))
        names = [name for name, _ in needs.names]
        name = names[0] if len(names) == 1 else ""
        if not name and self.last is not None and path in files_on_disk(needs.files, self._around):
            name = _own_name(_still_there(self.last.models or (), self.registry))
        return files_to_register([path], self._around, name)

    @property
    def loads(self) -> list[str]:
        """Files and models that the script loads, for people."""
        return [*self.needs.files, *(name for name, _ in self.needs.names)]

    @property
    def model_files(self) -> list[FilesToRegister]:
        """Files that can be registered, what the script loads first."""
        loads, around, changed = self._loads_on_disk, self._around, self.changed_file
        own = _own_name(self.choice.models) if changed else ""
        first = [files_to_register(loads, around, own)] if loads else []
        others = [files_to_register((path,), around) for path in around.paths[:_FILES] if path not in loads]
        return list({each.paths: each for each in (*self.choice.files, *first, *others)}.values())

    @cached_property
    def changed_file(self) -> str:
        """Name of a file that is not any more what this script was deployed with."""
        loads, models = self._loads_on_disk, self.choice.models
        own = _own_name(models) if self.choice.state == "deployed" else ""
        return Path(loads[0]).name if own and loads and not self._around.same(models[0], loads) else ""

    @cached_property
    def _loads_on_disk(self) -> Sequence[str]:
        return files_on_disk(self.needs.files, self._around) if self.needs.files else ()

    @property
    def model_choices(self) -> list[str]:
        """The newest version of each model, those that hold what the script loads first."""
        needs = self.needs
        names = {name for name, _ in needs.names}
        newest = [each.newest for each in self.registry.groups(query(), order="newest", limit=_MODELS).groups]
        newest.sort(key=lambda each: each.created, reverse=True)
        files = {each.id: each for each in self._around.registered}

        def fits(reference: str, name: str) -> bool:
            model = files.get(reference)
            return name in names or (model is not None and bool(needs.files) and model.holds(needs.files))

        return [each.id for each in sorted(newest, key=lambda each: not fits(each.id, each.name))]

    # ------------------------------------------------------------------------------------------ the name

    @property
    def name(self) -> str:
        """Name of the service: that of the last time, of a service of the same script, else one that is free."""
        script = self.script.path
        if self.former_service:
            return self.former_service
        if script is None:
            without = self.question.without_code
            named = self._first_model.partition(":")[0] if without else project_name(self.folder)
            return free_name(service_name(named), self.existing_services)
        own = [view.name for view in self._services if view.entry_script == str(script)]
        return own[0] if own else free_name(service_name(project_name(self.folder)), self.existing_services)

    @cached_property
    def former_service(self) -> str:
        """The service that was deployed from this script the last time, or serves this model without one."""
        if self.last is not None:
            return self.last.name
        model, files = self._first_model if self.script.path is None else "", self.choice.files
        path = self.question.model_file or (files[0].paths[0] if files else "")
        return serving_without_code(model, path, self.existing_services, self.deployments) if model else ""

    @property
    def _first_model(self) -> str:
        return next(iter(self.choice.models), self.choice.files[0].name if self.choice.files else "")

    # ------------------------------------------------------------------------------------------ the environment

    @property
    def environment_file(self) -> str:
        return self._environment[0]

    @property
    def environment(self) -> str:
        """Name of a registered one."""
        return self._environment[1]

    @cached_property
    def _environment(self) -> tuple[str, str]:
        """File, and name of a registered environment; at most one of them."""
        last, configuration = self.last, self.script.configuration
        if self.question.without_code:
            return "", ""  # the packages come from the model
        if last is not None:
            name = _still_registered(last.environment, self.registry)
            file = last.environment_file or ""
            if name or (file and Path(file).exists()) or not (file or last.environment):
                return ("" if name else file), name
        text = str(self.path)
        if text in self.files.environments:
            return text, ""
        config = configuration.config if configuration is not None else None
        if config is not None and (config.environment is not None or config.conda_file):
            return "", ""
        return next(iter(self.files.environments), "") or self._environment_above(), ""

    @property
    def configured_environment(self) -> str:
        """File or name of the one that the inference configuration names; empty where it names none."""
        if self.script.configuration is None:
            return ""
        config = self.script.configuration.config
        return config.conda_file or (config.environment.name if config.environment is not None else "") or ""

    def _environment_above(self) -> str:
        """Environment file in an open folder above that of the script; empty without one."""
        for folder in self.folder.parents[:_ABOVE]:
            if any(folder == opened or opened in folder.parents for opened in self.context.folders):
                environments = look(folder, self.context, depth=0).environments
                if environments:
                    return environments[0]
        return ""

    # ------------------------------------------------------------------------------------------ the place

    @cached_property
    def computes(self) -> Sequence[ServiceTarget]:
        """Compute targets that services run on."""
        from scoredock.services.compute_targets import ComputeTargets

        return ComputeTargets(self.registry).all_for_services()

    @cached_property
    def place(self) -> tuple[EngineName, str]:
        """Engine and compute target: those of the last time, else what the configuration names where it is attached,
        else what stands for it here."""
        from scoredock.services.compute_targets import engine_on

        context, last, names = self.context, self.last, {each.name.casefold(): each.name for each in self.computes}
        if last is not None and last.compute.casefold() in names:
            return last.engine, names[last.compute.casefold()]
        if last is not None and not engine_kind(last.engine).needs_compute:
            return engine_kind(last.engine).name, ""
        config = deployment_config(self.deployment_config, context.overlays())
        compute = names.get(configured_compute(config, None).casefold(), "")
        for each in self.computes:
            if each.name == compute:
                return engine_on(each), compute
        return stand_in(context.workspace(self.question.workspace_id), config, None), ""

    @cached_property
    def deployment_config(self) -> str:
        """The one that was asked about, that of the last time, none as well, else the only one, or the only one for
        this machine."""
        paths, last = self.files.kinds["deployment-config"], self.last
        if self.question.without_code:
            return ""
        if str(self.path) in paths:
            return str(self.path)
        if last is not None and (not last.deployment_config or Path(last.deployment_config).exists()):
            return last.deployment_config
        if len(paths) > 1:
            overlays = self.context.overlays()
            paths = [path for path in paths if '"local"' in (read_text(Path(path), overlays) or "").lower()]
        return paths[0] if len(paths) == 1 else ""


def model_name(path: Path, workspace_id: str, context: Context) -> str:
    """The name of the model that a file or folder becomes: the same whether it is registered by itself or by a
    deployment of its project."""
    folder = folder_of_model(path)
    question = ProposalQuestion(str(folder), model_file=str(path), workspace_id=workspace_id)
    # Elsewhere, such as among downloads, what lies beside it has nothing to do with it.
    if any(folder == each or each in folder.parents for each in context.folders) and folder.is_dir():
        proposal = proposed_deployment(question, context)
        needs = proposal.needs if proposal.script.state == "certain" else ModelNeeds()
    else:
        proposal, needs = _of_model(replace(question, path=str(path)), path, DeployableFiles(), context), ModelNeeds()
    return proposal.chosen_file(needs).name


def proposed_deployment(question: ProposalQuestion, context: Context) -> DeploymentProposal:
    """Proposal for a deployment of the file or folder. Raises file-not-found."""
    if question.without_code:
        return _without_script(question, context)
    path = _existing(question.path)
    folder = path if os.path.isdir(path) else path.parent  # noqa: PTH112
    deployments = context.deployments(context.workspace(question.workspace_id).id)
    files = look(folder, context)
    if str(path) in files.models and folder_of_model(path) != folder:
        folder = folder_of_model(path)
        files = look(folder, context)
    script = ProposedScript(path, "certain")
    if not question.is_script:
        script = proposed_script(path, folder, files, deployments, context, again=question.again)
    if script.path is not None and script.path.parent != folder:
        folder = script.path.parent
        files = _with_those_of(files, look(folder, context))
    last = None
    if script.path is not None:
        from scoredock.services.planning.moved_script import last_request_of

        last = last_request_of(script.path, deployments.ledger, deployments.registry.folder)
    script = with_configuration(script, last, context)
    if str(path) in files.models and not question.model_file:
        question = replace(question, model_file=str(path))
    return DeploymentProposal(question, path, folder, script, files, last, context, deployments)


def _without_script(question: ProposalQuestion, context: Context) -> DeploymentProposal:
    """Proposal for a model that is deployed by itself: a registered one, or a file or folder."""
    from scoredock.no_code.subject import model_place

    if bool(question.path) == bool(question.models):
        raise ScoredockError("no-code-models", l10n.t("Give either a registered model or the path of one."))
    if not question.path:
        return _of_model(question, Path(), DeployableFiles(), context)
    place = model_place(_existing(question.path))
    return _of_model(replace(question, model_file=str(place)), place, look(folder_of_model(place), context), context)


def _of_model(question: ProposalQuestion, place: Path, files: DeployableFiles, context: Context) -> DeploymentProposal:
    deployments = context.deployments(context.workspace(question.workspace_id).id)
    script = ProposedScript(None, "missing")
    return DeploymentProposal(question, place, folder_of_model(place), script, files, None, context, deployments)


def _existing(path_text: str) -> Path:
    path = absolute(path_text)
    if not os.path.exists(path):  # noqa: PTH110 (answers False where Path raises)
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=Place(str(path)))
    return path


def _with_those_of(folder: DeployableFiles, nearer: DeployableFiles) -> DeployableFiles:
    """The files of the script's folder before those of the folder that was asked about, but for scripts."""
    kinds = {kind: _united(nearer.kinds[kind], folder.kinds[kind]) for kind in folder.kinds}
    kinds["entry-script"] = _united(folder.kinds["entry-script"], nearer.kinds["entry-script"])
    return DeployableFiles(kinds, _united(nearer.models, folder.models))


def _united(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*first, *second)))


def _own_name(models: Sequence[str]) -> str:
    """Name of the one model that a script was deployed with; empty where there are several, or an alias says which."""
    return models[0].partition(":")[0] if len(models) == 1 and "@" not in models[0] else ""


def _without_code(choice: ProposedModels, registry: Registry, *, strict: bool) -> str:
    """Kind of the one model for which a script can be made; empty where none can. Raises why, where `strict`; not for
    known-bad content: who deploys a registered model may consent to that."""
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


def _still_there(references: Sequence[str], registry: Registry) -> list[str]:
    """References of the last time that are there still; an alias stays one, as it may have moved on purpose."""
    ids = []
    for reference in references:
        with contextlib.suppress(ScoredockError):
            model = registry.summary(reference)
            ids.append(reference if "@" in reference else model.id)
    return ids


def _still_registered(environment: str, registry: Registry) -> str:
    """The environment that was named the last time, unless it is gone."""
    from scoredock.registry.assets.environment_names import environment_versions

    name, _, version = environment.partition(":")
    numbers = environment_versions(registry.assets).get(name)
    if numbers is None or (version and numbers and version not in map(str, numbers)):
        return ""
    return environment
