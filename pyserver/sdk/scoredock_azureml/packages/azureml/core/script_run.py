"""The script of a submitted run: a process of this machine, in a copy of its folder, in its environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import uuid
from typing import Any, Callable, Dict, List, Optional, Set, Tuple, Type, TypeVar

from azureml._scoredock import modern, server, threads
from azureml._scoredock.failures import ServerFailure, exception_of
from azureml._scoredock.last_wait import wait_at_exit
from azureml._scoredock.outputs import keep_places, place_of, register_files, take_source
from azureml._scoredock.pipeline_values import PortDataReference
from azureml._scoredock.temporary import holds, new_folder
from azureml.core._run_logging import copy_tree
from azureml.core._run_logs import LOGS
from azureml.core._snapshots import PROPERTY, keep
from azureml.core.compute.compute import require_this_machine
from azureml.core.experiment import Experiment
from azureml.core.run import SUBMITTED, TARGET, Run, keep_environment
from azureml.core.script_run_config import ScriptRunConfig, place_of_output
from azureml.data.dataset_consumption_config import INPUTS
from azureml.data.output_dataset_config import source_of
from azureml.exceptions import AzureMLException, UserErrorException

LOG = LOGS[0]
POLLING_SECONDS = 0.2
_HOME = "SCOREDOCK_HOME"
_ENDING_SECONDS = 5.0
_RAISED = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Warning)(?::|$)")
_LABEL = re.compile(r"^Message:\s*")
_KEPT = ("outputs", "logs")
"""Folders whose files become files of the run."""


class ScriptRun(Run):
    """A run whose script this process has started."""

    _is_submitted_here = True
    _script: "_Script"
    _places: Dict[str, PortDataReference]
    """The folders that the script writes, by the name of each output."""

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> Dict[str, Any]:
        """Waits for the end of the script; with `show_output` what it prints is printed as it comes. Raises
        ActivityFailedException."""
        if show_output:
            print(f"RunId: {self.id}\nWeb View: {self.get_portal_url()}\n\nStreaming {LOG}\n{'=' * (len(LOG) + 10)}\n")
            self._script.tell(_print)
            print(f"\nExecution Summary\n=================\nRunId: {self.id}\nWeb View: {self.get_portal_url()}\n")
        self._script.wait()
        return super().wait_for_completion(False, wait_post_processing, raise_on_error)

    def get_details(self) -> Dict[str, Any]:
        """Details as of any run, with the definition of its script."""
        return {**super().get_details(), "runDefinition": self._script.definition()}

    def cancel(self) -> None:
        """Ends the script."""
        self._script.cancel()
        self._script.wait()


def _print(lines: List[str]) -> None:
    sys.stdout.writelines(lines)
    sys.stdout.flush()


class _Script:
    """The thread that follows the process, from its environment to the last file that is uploaded."""

    def __init__(self, run: ScriptRun, config: ScriptRunConfig, folder: str, folders: Dict[int, str]) -> None:
        self._run = run
        self._folders = folders
        self._config = config
        self._outputs = config.outputs()
        self._folder = folder
        self._place = os.path.join(folder, "source")
        self._lines: List[str] = []
        self._changed = threading.Condition()
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self._is_canceled = False
        self._thread: Optional[threading.Thread] = None

    def start(self) -> None:
        name = f"scoredock-run-{self._run.id}"
        self._thread = threads.start(self._follow, name=name, at_fault=lambda fault: self._say(f"{fault!r}\n"))

    def definition(self) -> Dict[str, Any]:
        """Submitted script as v1 describes it."""
        config = self._config
        return {
            "script": config.script,
            "command": config.command or "",
            "arguments": config.words("python")[3:] if config.script else [],
            "framework": config.run_config.framework,
            "target": config.run_config.target,
            "environment": config.environment._definition(),
        }

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def wait(self) -> None:
        while self._thread is not None and self._thread.is_alive():  # in pieces, so that Ctrl-C is heard
            self._thread.join(POLLING_SECONDS)

    def tell(self, write: Callable[[List[str]], Any]) -> None:
        """Gives all lines, those of before as well, until the last one."""
        printed = 0
        while True:
            with self._changed:
                if len(self._lines) == printed and self.is_running:
                    self._changed.wait(POLLING_SECONDS)
                new = self._lines[printed:]
                is_over = not self.is_running and len(self._lines) == printed
            write(new)
            printed += len(new)
            if is_over:
                return

    def cancel(self) -> None:
        self._is_canceled = True
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()

    def _follow(self) -> None:
        status, error = "Failed", ""
        try:
            code = self._execute()
            status = "Completed" if code == 0 else "Failed"
            error = "" if code == 0 else self._cause(code)
        except (AzureMLException, OSError) as fault:
            error = str(getattr(fault, "message", "") or fault)
            self._say(f"{error}\n")
        finally:
            self._finish("Canceled" if self._is_canceled else status, "" if self._is_canceled else error)

    def _execute(self) -> int:
        python, variables = _python_of(self._run, self._config, self._place, self._say)
        if self._is_canceled:
            return 1
        inputs: Dict[str, Dict[str, str]] = {}
        output_folders: Dict[str, str] = {}
        for each in self._outputs:
            place = self._run._places[each.name] = place_of(each, self._run)
            os.makedirs(place._folder, exist_ok=True)
            self._folders[id(source_of(each))] = place._folder
            output_folders[each.name] = os.path.join(self._place, place_of_output(each, self._folders))
        keep_places(self._outputs, self._run)
        words = self._config.words(python, os.path.join(self._folder, "inputs"), inputs, self._folders)
        for name in _KEPT:  # there from the start, as in Azure
            os.makedirs(os.path.join(self._place, name), exist_ok=True)
        self._process = subprocess.Popen(
            words,
            cwd=self._place,
            env={
                **os.environ,
                **self._config.variables(inputs, output_folders),
                **variables,
                **self._own_variables(python),
                INPUTS: json.dumps(inputs),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=holds(self._folder),
        )
        assert self._process.stdout is not None  # noqa: S101 (it was started with a pipe)
        for line in self._process.stdout:
            self._say(line.decode("utf-8", "replace"))
        return self._process.wait()

    def _own_variables(self, python: str) -> Dict[str, str]:
        before = os.environ.get("PYTHONPATH", "")
        programs = [os.path.dirname(python), os.environ.get("PATH", "")]
        return {
            **context_variables(self._run),
            **(self._config._distribution._variables() if self._config._distribution is not None else {}),
            # The root of the source directory last, as Azure adds it: a script in a folder below imports from there.
            "PYTHONPATH": os.pathsep.join([packages_folder(), *filter(None, [before]), self._place]),
            "PYTHONUNBUFFERED": "1",
            "PATH": os.pathsep.join(filter(None, programs)),  # a command may begin with python, pytest, …
        }

    def _say(self, line: str) -> None:
        with self._changed:
            self._lines.append(line)
            self._changed.notify_all()

    def _cause(self, code: int) -> str:
        # An exception may be printed over several lines, of which only the first says which one it is; those of the SDK
        # have their message in the second one.
        lines = [line.strip() for line in self._lines if line.strip()]
        named = next((at for at in reversed(range(len(self._lines))) if _RAISED.match(self._lines[at])), None)
        message_lines = (
            [line.strip() for line in self._lines[named:] if line.strip()] if named is not None else lines[-1:]
        )
        last = message_lines[0] if message_lines else ""
        if last.endswith(":") and len(message_lines) > 1:
            last = f"{last} {_LABEL.sub('', message_lines[1])}"
        return f"The script ended with exit code {code}: {last}" if last else f"The script ended with exit code {code}."

    def _finish(self, status: str, error: str) -> None:
        """Uploads what the script left in `outputs` and `logs`, and what it printed."""
        try:
            names, paths = self._left()
            self._run._upload(names, paths)
            for each in self._outputs if status == "Completed" else ():
                take_source(each, self._run._places[each.name], self._place)
                register_files(each, self._run._places[each.name], self._run)
        except (AzureMLException, OSError) as fault:
            status, error = "Failed", error or str(getattr(fault, "message", "") or fault)
        try:
            self._run._write("end", status=status, error=error)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            with self._changed:
                self._changed.notify_all()

    def _left(self) -> Tuple[List[str], List[str]]:
        log = os.path.join(self._folder, "driver_log.txt")
        with open(log, "w", encoding="utf-8") as file:
            file.writelines(self._lines)
        names, paths = [LOG], [log]
        existing_names = set(self._run.get_file_names())
        for top in _KEPT:
            for root, _, files in os.walk(os.path.join(self._place, top)):
                for each in sorted(files):
                    path = os.path.join(root, each)
                    name = os.path.relpath(path, self._place).replace(os.sep, "/")
                    if name not in existing_names:
                        names.append(name)
                        paths.append(path)
        return names, paths


def context_variables(run: Run) -> Dict[str, str]:
    """Environment variables by which `Run.get_context()` of another process returns this run."""
    experiment = run._own_experiment()
    fields = {"workspace": experiment.workspace._record["id"], "store": run._store, "run": run.id}
    variables = {
        SUBMITTED: json.dumps(fields),
        server.COMMAND: json.dumps(server.command()),
        "AZUREML_RUN_ID": run.id,
        "AZUREML_ARM_PROJECT_NAME": experiment.name,
        **_mlflow_variables(run),
    }
    home = os.environ.get(_HOME)
    return {**variables, _HOME: home} if home else variables


def _mlflow_variables(run: Run) -> Dict[str, str]:
    """By which what the script logs with MLflow goes to its run; none where a person chose another store."""
    uri = run._own_experiment().workspace.get_mlflow_tracking_uri()
    if not uri.startswith("azureml:"):
        return {}
    name = run._own_experiment().name
    return {
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_RUN_ID": run.id,
        "MLFLOW_EXPERIMENT_ID": name,
        "MLFLOW_EXPERIMENT_NAME": name,
    }


def packages_folder() -> str:
    """Path of the folder that holds `azureml`."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def begin_script(
    experiment: Experiment, config: ScriptRunConfig, tags: Optional[Dict[str, str]], parent: str = ""
) -> ScriptRun:
    """Begins the run and its script. Raises UserErrorException for what cannot run here, before anything has begun."""
    run_id = f"{experiment.name}_{int(time.time())}_{uuid.uuid4().hex[:8]}"
    given = {str(key): str(value) for key, value in (tags or {}).items()}
    return begin_run(
        ScriptRun, experiment, config, {}, runId=run_id, type="azureml.scriptrun", tags=given, parent=parent
    )


_Kind = TypeVar("_Kind", bound=ScriptRun)


def begin_run(
    kind: Type[_Kind], experiment: Experiment, config: ScriptRunConfig, folders: Dict[int, str], **params: Any
) -> _Kind:
    """A run of this class, whose script has been started. The folders that scripts before it have written are in
    `folders`, which gets those of this one. Raises UserErrorException as `begin_script` does."""
    require_this_machine(experiment.workspace, config.run_config.target)
    if config._distribution is not None and config._distribution._processes() > 1:
        count = config._distribution._processes()
        print(f"{config.script}: one process of this machine stands for {count}.", file=sys.stderr)
    config.run_config._find(experiment.workspace)
    config._validate()
    config.words("python")
    if not os.path.isdir(config.source_directory):
        raise UserErrorException(f"The source directory {config.source_directory} does not exist.")
    # No TemporaryDirectory: that would be removed at the end of this process before the script has ended.
    folder = new_folder("run")
    try:
        source = os.path.join(folder, "source")
        copy_tree(os.path.abspath(config.source_directory), source)
        snapshot = {PROPERTY: keep(experiment.workspace, source)}
        properties = {**snapshot, **params.pop("properties", {}), **target_property(config.run_config.target)}
        run = kind._begin(experiment, False, properties=properties, **params)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    assert isinstance(run, kind)  # noqa: S101 (of the class that it was begun by)
    keep_environment(run, config.environment._definition())
    run._places = {}
    run._script = _Script(run, config, folder, folders)
    run._script.start()
    _RUNNING.append(run)
    return run


def target_property(target: Any) -> Dict[str, str]:
    """Property of a run that names its compute target, given by name or as an object; empty for this machine."""
    name = str(getattr(target, "name", target) or "local")
    return {} if name == "local" else {TARGET: name}


_RUNNING: List[ScriptRun] = []
_WITHOUT_IMAGE = (
    "Scripts run in processes: give {name} its packages as conda dependencies, or with"
    " environment.python.user_managed_dependencies = True take those of the Python that runs this script."
)
_NOTES: Set[str] = set()
"""What was printed of environments, in which many a run may be."""


def _wait_at_exit() -> None:
    for run in _RUNNING:
        wait_at_exit(run, run._script)


server.at_exit(_wait_at_exit)


def _python_of(run: Run, config: ScriptRunConfig, place: str, say: Any) -> Tuple[str, Dict[str, str]]:
    """The interpreter of the environment, built where it has packages of its own, and its variables. The scripts, which
    lie in `place`, say what else it needs."""
    environment = config.environment
    variables = {str(key): str(value) for key, value in environment.environment_variables.items()}
    if environment.python.user_managed_dependencies:
        chosen = getattr(environment.python, "interpreter_path", "") or ""
        return (sys.executable if chosen in ("", "python") else chosen), variables
    workspace = run._own_experiment().workspace
    reference = environment._reference(workspace)
    say(f"Preparing the environment {reference}\n")
    try:
        answer = server.request(
            "environment/build",
            id=reference,
            workspaceId=workspace._record["id"],
            scripts=config.scripts(place),
            scriptFolder=place,
            cloneOf=environment._clone_of,
        )
        build = next(each for each in answer["builds"] if each["form"] == "process")
    except ServerFailure as failure:
        if failure.code == "environment-needs-docker":
            failure.fix = _WITHOUT_IMAGE.format(name=environment.name)
        raise exception_of(failure, kind=UserErrorException) from None
    for note in build["notes"]:
        say(f"{note}\n")
        if note not in _NOTES:
            _NOTES.add(note)
            print(f"{environment.name}: {note}", file=sys.stderr)
    if build["notes"] and not (environment._clone_of or environment.name.lower().startswith("azureml-")):
        modern.trained_in(environment._definition(), str(build["interpreter"]))
    return str(build["interpreter"]), {**build["variables"], **variables}
