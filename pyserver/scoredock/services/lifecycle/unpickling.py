"""Causes why a file of a model could not be loaded, where the file and the packages say more than the exception
does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import Registry
from scoredock_runtime.contract import Failure

if TYPE_CHECKING:
    from scoredock.analysis.facts import EnvironmentFacts, ModelFacts
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.pickles.facts import PickleFacts
    from scoredock.services.ledger import Ledger

_LOADS = re.compile(r"([A-Za-z_][\w.]*\.)?(?:loads?|load_model|read_pickle)\s*\(")
_NOT_FOUND = re.compile(r"(?:FileNotFound|IsADirectory|NotADirectory|Permission)Error\b")
_OF_A_MODEL = re.compile(r"azureml-models/([^/\s'\"]+)/(\d+)/([^\s'\":]+)")
"""A path below the folder of a version, in what an exception says."""
_OPCODES = re.compile(r"UnpicklingError\b|KeyError: \d+$|EOFError\b")
"""What an unpickler says that takes an array for opcodes."""
_TOP = re.compile(r"No module named '([^\W_]\w*)")
"""A private module is part of a package, and none by itself."""
_SUBMODULE = re.compile(r"No module named '((\w+)\.[\w.]+)'")


@dataclass(frozen=True, slots=True)
class LoadingCause:
    """More than the exception says."""

    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class LoadedModels:
    """The models of a revision, and what loads them."""

    pickles: tuple[tuple[ModelFacts, PickleFacts], ...]
    environment: EnvironmentFacts
    models: tuple[ModelFacts, ...] = ()

    def cause(self, failure: Failure) -> LoadingCause | None:
        """Cause of a start that failed in the line that loads a pickle, or that asks for a file that a model has under
        another name; None if no cause is found."""
        from scoredock.checks.environment.pickle_age import first_refusal

        if (otherwise := self._named_otherwise(failure.message)) is not None:
            return otherwise
        called = _LOADS.search(failure.frames[-1].text) if failure.frames else None
        if called is None or _NOT_FOUND.match(failure.message) or self._lacks_package(failure.message):
            return None
        for model, facts in self.pickles:
            old = first_refusal(model, facts, self.environment)
            if old is not None:
                return LoadingCause(*old)
        call = called[0].rstrip("( \t")
        return (
            self._otherwise_saved(call, failure.message)
            or self._of_another_release()
            or self._newer_package(failure.message)
        )

    def _lacks_package(self, message: str) -> bool:
        """True if a pickle needs a package that is not there: the release of another one is not a cause then."""
        from scoredock.checks.packages.import_names import is_shared, providers

        missing, installed = _TOP.search(message), self.environment.installed
        if missing is None or installed is None:
            return False
        top = missing[1]
        there = top in (self.environment.modules or ()) or not installed.keys().isdisjoint((top, *providers(top)))
        return is_shared(top) or not there

    def _named_otherwise(self, message: str) -> LoadingCause | None:
        """A file that the model does not have, and one of it that is like it."""
        from scoredock.checks.models.layouts import alike
        from scoredock.checks.models.paths import named_otherwise

        path = _OF_A_MODEL.search(message.replace("\\\\", "/").replace("\\", "/"))
        if path is None:
            return None
        model = next((m for m in self.models if (m.name, str(m.version)) == path.group(1, 2)), None)
        if model is None or any(f"{file}/".startswith(f"{path[3]}/") for file in model.files):
            return None
        near = alike(path[3], sorted(model.files))
        if not near:
            return None
        text = named_otherwise(path[3], near[0], f"{model.name}:{model.version}")
        return LoadingCause(text, l10n.t("Join “{path}” in the script and deploy again.", path=near[0]))

    def _otherwise_saved(self, call: str, message: str) -> LoadingCause | None:
        from scoredock.checks.models.pickle_loader import required_loader

        if not _OPCODES.match(message):
            return None
        for model, facts in self.pickles:
            loader = required_loader(facts.joblib, call, self.environment)
            if loader:
                text = l10n.t(
                    "“{model}” was saved by {writer}, and {call} cannot read its arrays.",
                    model=f"{model.name}:{model.version}",
                    writer=f"{facts.joblib}.dump()",
                    call=f"{call}()",
                )
                return LoadingCause(text, l10n.t("Load it with {call}.", call=f"{loader}.load()"))
        return None

    def _of_another_release(self) -> LoadingCause | None:
        from scoredock.checks.environment.pickle_age import other_release

        for model, facts in self.pickles:
            difference = other_release(model, facts, self.environment)
            if difference is not None:
                return LoadingCause(*difference)
        return None

    def _newer_package(self, message: str) -> LoadingCause | None:
        """A module of a package that is there, in another version than the one that the pickle names."""
        missing = _SUBMODULE.search(message)
        version = (self.environment.installed or {}).get(missing[2]) if missing is not None else None
        if missing is None or version is None:
            return None
        package = missing[2]
        text = l10n.t(
            "{package} {version} of the environment has no {module}.",
            package=package,
            version=version,
            module=missing[1],
        )
        fix = l10n.t(
            "Use the {package} that the model was saved with, or save it again with this one.", package=package
        )
        return LoadingCause(text, fix)


def loaded_models(registry: Registry, models: Iterable[str], environment: EnvironmentSpec, key: str) -> LoadedModels:
    """Facts about the pickles of these versions, and about the environment of a key if that is on this machine."""
    from scoredock.environments.built import recorded
    from scoredock.environments.facts import environment_facts

    built = recorded(registry.folder / "environments", key) if key else None
    names = tuple(models)
    return LoadedModels(
        tuple(_pickles(registry, names)), environment_facts(environment, built=built), tuple(_models(registry, names))
    )


def loaded_by(
    registry: Registry, ledger: Ledger, service: str, number: int, environment: EnvironmentSpec
) -> LoadedModels:
    """The same of a revision of a service."""
    revision = next(each for each in ledger.require(service).revisions if each.number == number)
    return loaded_models(registry, revision.models, environment, revision.environment_key)


def _models(registry: Registry, models: Iterable[str]) -> Iterator[ModelFacts]:
    from scoredock.analysis.facts import ModelFacts

    for name in models:
        with suppress(ScoredockError):  # it was purged, and the service has its own copy
            model = registry.model(name)
            yield ModelFacts(model.name, model.version, tuple(file.path for file in model.files))


def _pickles(registry: Registry, models: Iterable[str]) -> Iterator[tuple[ModelFacts, PickleFacts]]:
    from scoredock.analysis.facts import ModelFacts
    from scoredock.registry.formats.recognise import pickle_facts

    for name in models:
        try:
            model = registry.model(name)
        except ScoredockError:
            continue  # it was purged, and the service has its own copy
        for file in model.files:
            facts = pickle_facts(registry.blob(file.sha256))
            if facts is not None:
                yield ModelFacts(model.name, model.version, (file.path,)), facts
