"""From any failure of a deployment, or crash, to what is kept and shown: advice, and the person's own files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.engines.base import Launch, Observation
from scoredock.engines.failure import LaunchFailed
from scoredock.environments.spark import lacks_vector, way_out
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.system_libraries import advice_for, missing_library
from scoredock.error_codes import CODES
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.service import RecentRequests, RequestFailure, ServiceFailure
from scoredock.services.access.certificate import FOLDER, copies
from scoredock.services.ledger_rows import Intent
from scoredock.services.state_words import intent_text, phase_text
from scoredock.state_table import is_changing
from scoredock_runtime import contract
from scoredock_runtime.contract import INIT_TIMEOUT, SERVICE_CRASHED, Failure, Frame

if TYPE_CHECKING:
    from scoredock.services.lifecycle.unpickling import LoadedModels

_LOG_LINES = 50
_FRAME = re.compile(r'File "(?:[^"]*[/\\](?:site|dist)-packages[/\\](\w+))?[^"]*", line \d+, in (.+)')
"""A line of a traceback: the package of an environment, empty for another file, and the function."""
WAITS = "Unschedulable"
"""Of a service for which a cluster has no room, yet: another node may come."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Original paths of the staged files of a revision."""

    root: PurePath
    """The root of the application, in the words of the service."""
    entry_script: str
    source_directory: str
    certificate: str = ""
    """The person's own file, and that of its key; empty without HTTPS."""
    certificate_key: str = ""
    folder: Path | None = None
    """Of the revision, where copies of the certificate lie."""

    def own(self, staged: str) -> str:
        """The person's file of a staged copy; anything else stays as it is."""
        path = type(self.root)(staged)
        if path.is_absolute():
            try:
                path = path.relative_to(self.root)
            except ValueError:
                return staged
        if self.source_directory:
            top = PurePath(self.source_directory)
            if path.parts[:1] == (top.name,):
                return str(top.joinpath(*path.parts[1:]))
        elif len(path.parts) == 1 and path.name in (PurePath(self.entry_script).name, "main.py"):
            return self.entry_script
        return staged

    def mapped(self, text: str) -> str:
        """A sentence in which staged paths are replaced by the person's own."""
        if self.certificate and self.folder is not None:
            for copy, own in zip(copies(self.folder / FOLDER), (self.certificate, self.certificate_key), strict=True):
                text = text.replace(str(copy), own)
        if self.source_directory:
            name = PurePath(self.source_directory).name
            return _with_place(text, str(self.root / name), self.source_directory)
        for name in dict.fromkeys((PurePath(self.entry_script).name, "main.py")):
            text = _with_place(text, str(self.root / name), self.entry_script)
        return text


def _with_place(text: str, staged: str, own: str) -> str:
    """The text with a path in the place of another one, which may begin longer names: `azure`, `azureml-models`."""
    return re.sub(rf"{re.escape(staged)}(?![\w-]|\.\w)", lambda _: own, text)


def advised(
    error: ScoredockError, environment: EnvironmentSpec, models: Callable[[], LoadedModels] | None = None
) -> ScoredockError:
    """The same error with the next step that its environment gives: for a pickle that it cannot load what made it, for
    a module that is missing a line to write there, for a library of the system its package, for a NumPy that does not
    fit one that does, for a Java that PySpark cannot start another one, for a package that cannot be imported its
    release. `models` says what a script loads that failed."""
    if not isinstance(error, LaunchFailed):
        return error
    if missing_library(error.message):
        error.fix = advice_for(error.message, environment.requirements)
    elif step := _numpy_advice(error.message, error.failure.log_lines, environment):
        error.fix = step
    elif models is not None and (cause := models().cause(error.failure)) is not None:
        error.message, error.fix = f"{error.message} {cause.message}", cause.fix
    elif missing := re.search(r"No module named '([A-Za-z_][\w.]*)'", error.message):
        error.fix = _with_module(missing[1], environment)
    elif "custom logging is not enabled" in error.message:  # azureml-ai-monitoring, in a service that a file of v2 made
        error.fix = l10n.t(
            "Turn collections on in {field} of the deployment file: without them a Collector refuses to begin in Azure,"
            " too.",
            field="`data_collector`",
        )
    elif any(lacks_vector(line) for line in error.failure.log_lines):
        # A Java of a base image, which nobody could ask before: the exception only says that it ended.
        error.fix = way_out()
    elif module := _imported_package("\n".join(error.failure.log_lines)):
        error.fix = l10n.t(
            "“{module}” failed while it was imported: pin a release of it in {environment} that goes with the other"
            " packages, or one of a package that it imports, and deploy again.",
            module=module,
            environment=environment.source,
        )
    return error


def _imported_package(log: str) -> str:
    """The package in which an import ended in the exception that a log shows last; empty where none did."""
    frames = _FRAME.findall(log.rpartition("Traceback (most recent call last)")[2])
    return frames[-1][0] if any(module and name == "<module>" for module, name in frames) else ""


def _with_module(name: str, environment: EnvironmentSpec) -> str:
    from scoredock.environments.versions.without_sdk import packages_with  # for failures only

    module = ".".join(name.split(".")[: 2 if name.startswith("azureml.") else 1])
    if listed := packages_with(module, environment.requirements):
        return l10n.t(
            "{environment} lists {packages}, which could not be installed and is left out; the log says why. List a"
            " release that installs in this Python, or train the model without it, with scikit-learn for example.",
            environment=environment.source,
            packages=", ".join(listed),
        )
    from scoredock.checks.packages.import_names import providers

    is_default = environment.source == "default"
    packages = ("azureml-train-automl-runtime",) if module == "azureml.automl" else providers(module)
    if len(packages) == 1:
        listing = l10n.t(
            "List {package}, which has the module {module}, in {environment} and deploy again.",
            package=packages[0],
            module=module,
            environment=l10n.t("a conda or requirements file") if is_default else environment.source,
        )
        return f"{listing} {_of_its_training()}" if module == "azureml.automl" else listing
    if module.startswith("_"):
        return l10n.t(
            "Put the module {module} into the source directory where it is yours. Where it is part of a package, use"
            " the release of that which the model was saved with.",
            module=module,
        )
    if is_default:
        return _without_a_file(module, environment)
    return l10n.t(
        "Add the package of the module {module} to {environment}, or put the module into the source directory.",
        module=module,
        environment=environment.source,
    )


def _of_its_training() -> str:
    return l10n.t(
        "The release must be the one that trained the model: {file}, which automated ML writes beside it, names that.",
        file="conda_env_v_1_0_0.yml",
    )


def _without_a_file(module: str, environment: EnvironmentSpec) -> str:
    """Next step if no file lists packages: a module that no package is known for may be the person's own."""
    from scoredock.checks.packages.import_names import providers  # for failures only

    if providers(module):
        return l10n.t(
            "Deploy with a conda or requirements file that lists the package of the module {module}.", module=module
        )
    if any(re.match(r"mlflow(?:-skinny)?\b", line) for line in environment.requirements):
        return l10n.t(
            "Save the model again with the file or folder of the module {module} in `code_paths`, as in"
            " `log_model(…, code_paths=[…])`: MLflow then keeps it with the model. Where {module} is a package, name it"
            " in `extra_pip_requirements`.",
            module=module,
        )
    return l10n.t(
        "Deploy with an entry script in a source directory that has the module {module}, or, where it is a package,"
        " with a conda or requirements file that lists it.",
        module=module,
    )


def _numpy_advice(message: str, log: Sequence[str], environment: EnvironmentSpec) -> str:
    from scoredock.environments.versions.numpy_failures import advice  # for failures only

    return advice(message, log, environment)


def interruption(intent: Intent) -> ServiceFailure:
    """Failure for a change whose process ended before it was finished."""
    change = intent_text(intent.verb)
    if intent.phase:
        message = l10n.t(
            "The change of {service} ({verb}) was interrupted in the phase “{phase}”.",
            service=intent.service,
            verb=change,
            phase=phase_text(intent.phase),
        )
    else:
        message = l10n.t("The change of {service} ({verb}) was interrupted.", service=intent.service, verb=change)
    return ServiceFailure(
        "deploy-interrupted", message, CODES["deploy-interrupted"].next_step, revision=intent.revision
    )


def view_of(
    error: ScoredockError, origins: Origins, revision: int, *, during: str = "", content: str = ""
) -> ServiceFailure:
    """Failure to record for an error that ended a deployment, or for a refused update or reload."""
    failure = error.failure if isinstance(error, LaunchFailed) else None
    lines = failure.log_lines if failure else error.details.get("log", error.details.get("output", []))
    frames = mapped_frames(failure, origins) if failure else ()
    if not frames and error.place is not None and error.place.line is not None:
        frames = (Frame(error.place.path, error.place.line + 1, ""),)
    return ServiceFailure(
        code=error.code,
        message=origins.mapped(error.message),
        fix=error.fix,
        frames=frames,
        log_lines=tuple(lines[-_LOG_LINES:] if isinstance(lines, list) else [lines]),
        revision=revision,
        during=during,
        content=content,
    )


def located(error: ScoredockError, view: ServiceFailure) -> ScoredockError:
    """The same error at the line in the person's own file, for a diagnostic there."""
    if error.place is not None or not view.frames:
        error.message = view.message
        return error
    last = view.frames[-1]
    return ScoredockError(
        error.code,
        view.message,
        error.fix,
        Place(last.file, max(0, last.line - 1)),
        error.remedies,
        {**error.details, "frames": [f"{frame.file}:{frame.line} in {frame.function}" for frame in view.frames]},
    )


def crash_view(failure: Failure | None, origins: Origins, revision: int) -> ServiceFailure:
    """Failure to record for a service that ended after its deployment."""
    return view_of(
        LaunchFailed(failure or Failure("service-crashed", l10n.t("It ended for an unknown reason."))),
        origins,
        revision,
    )


def recent_requests(requests: contract.RecentRequests, origins: Origins) -> RecentRequests:
    """Results of the newest requests, with the person's own files."""
    failure = requests.failure
    mapped_failure = None
    if failure is not None:
        frames = tuple(
            Frame(origins.own(frame.file), frame.line, frame.function, frame.text) for frame in failure.frames
        )
        mapped_failure = RequestFailure(failure.id, failure.time, origins.mapped(failure.message), frames)
    return RecentRequests(requests.answered, requests.failed, mapped_failure)


def mapped_frames(failure: Failure, origins: Origins) -> tuple[Frame, ...]:
    return tuple(Frame(origins.own(frame.file), frame.line, frame.function, frame.text) for frame in failure.frames)


def failure_to_json(view: ServiceFailure) -> dict[str, Any]:
    return {**asdict(view), "frames": [asdict(frame) for frame in view.frames], "log_lines": list(view.log_lines)}


def failure_from_json(raw: Mapping[str, Any] | None) -> ServiceFailure | None:
    """Failure from the ledger's JSON; None if it is empty."""
    if not raw:
        return None
    code = str(raw.get("code") or raw.get("cause") or "service-crashed")
    fix = str(raw.get("fix") or (CODES[code].next_step if code in CODES else ""))
    frames = tuple(
        Frame(
            str(frame.get("file", "")),
            int(frame.get("line", 1)),
            str(frame.get("function", "")),
            str(frame.get("text", "")),
        )
        for frame in raw.get("frames", [])
    )
    return ServiceFailure(
        code,
        str(raw.get("message", "")),
        fix,
        frames,
        tuple(map(str, raw.get("log_lines", []))),
        int(raw.get("revision", 0)),
        str(raw.get("during", "")),
        str(raw.get("content", "")),
    )


def not_up(observation: Observation, launch: Launch, *, silent: bool) -> Failure:
    """Failure of a start that is given up while its process or container still runs."""
    if silent:
        return Failure(
            SERVICE_CRASHED,
            l10n.t("The service does not answer while it is starting ({phase}).", phase=phase_text(observation.phase)),
        )
    if is_changing(observation.state):
        return Failure(INIT_TIMEOUT, l10n.t("init() did not end within {seconds:g} s.", seconds=launch.start_timeout))
    return Failure(
        SERVICE_CRASHED,
        l10n.t(
            "The service started but does not answer its self-check ({phase}).", phase=phase_text(observation.phase)
        ),
    )


def report_waiting(observation: Observation, before: str, *listeners: Callable[[str], object]) -> str:
    """Says once what a service waits for that has no room, and what helps."""
    failure = observation.failure if observation.state == WAITS else None
    text = f"{failure.message} {LaunchFailed(failure).fix}".strip() if failure is not None else before
    if text != before:
        for listener in listeners:
            listener(text)
    return text
