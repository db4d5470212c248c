"""Runs of pipelines: a run for the whole, and one for each step, whose work is a script, or a batch job of the
workspace."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple

from azureml._scoredock import server, threads
from azureml._scoredock.failures import ServerFailure, coded_error, exception_of, not_here
from azureml._scoredock.last_wait import wait_at_exit
from azureml._scoredock.outputs import keep_places, kept_places, place_of, register_files
from azureml._scoredock.pipeline_values import (
    PipelineData,
    PipelineParameter,
    PortDataReference,
    value_of,
)
from azureml._scoredock.steps import PipelineStep
from azureml._scoredock.temporary import scratch_folder
from azureml.core.datastore import Datastore
from azureml.core.experiment import Experiment
from azureml.core.run import KINDS, Run
from azureml.core.script_run import POLLING_SECONDS, ScriptRun, begin_run, context_variables, packages_folder
from azureml.data._tables import table_of, write_table
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig, copy_files
from azureml.data.file_dataset import FileDataset
from azureml.data.output_dataset_config import OutputFileDatasetConfig, OutputTabularDatasetConfig, source_of
from azureml.data.tabular_dataset import AbstractDataset, TabularDataset
from azureml.exceptions import AzureMLException, UserErrorException
from azureml.pipeline.core._kept import is_kept, keep, read
from azureml.pipeline.steps.data_transfer_step import DataTransferStep
from azureml.pipeline.steps.hyper_drive_step import HyperDriveStep
from azureml.pipeline.steps.parallel_run_step import ParallelRunStep
from azureml.pipeline.steps.python_script_step import PythonScriptStep
from azureml.train.hyperdrive.run import HyperDriveRun, begin_search

if TYPE_CHECKING:
    from azureml.pipeline.core.pipeline import Pipeline

_SDK = "SCOREDOCK_BATCH_SDK"
"""Variable by which workers find the SDK, for scripts that ask for their run."""
_NAMES = ("AZUREML_RUN_ID", "AZUREML_ARM_PROJECT_NAME")
"""Of the variables of a run: those that hold on every machine."""
_LOG = "logs/70_driver_log.txt"
_PUBLISH = "Publish it in the script that makes it: pipeline.publish(name)."
_WITH_ERRORS = "CompletedWithErrors"
"""Of a batch job; v1 has no such status, and calls its run completed."""
_ENDED = ("Completed", _WITH_ERRORS, "Failed", "Canceled", "Interrupted")


class StepRun(Run):
    """The run of one step."""

    _places: Dict[str, PortDataReference] = {}
    """Of a step that this process has begun."""

    def get_output_data(self, name: str) -> PortDataReference:
        """Output that the step has written under that name. Raises UserErrorException."""
        places = {**kept_places(self), **self._places}
        if name not in places:
            raise UserErrorException(f"The step {self.name} has no output {name}.")
        return places[name]

    def get_output(self, name: str) -> PortDataReference:
        """Output that the step has written under that name; the older name of `get_output_data`."""
        return self.get_output_data(name)

    def get_stdout_log(self) -> str:
        """Text that its script has printed, in both streams."""
        return "".join(self.get_details_with_logs()["logFiles"].values())

    def get_stderr_log(self) -> str:
        """Text that its script has printed, in both streams."""
        return self.get_stdout_log()

    get_job_log = get_stdout_log


class ScriptStepRun(StepRun, ScriptRun):
    """The run of a step whose script this process has started."""


class HyperDriveStepRun(HyperDriveRun, StepRun):
    """The run of a step that searches."""

    def __init__(self, step_run: StepRun, **kwargs: Any) -> None:
        """The same run."""
        super().__init__(step_run._own_experiment(), step_run.id)
        vars(self).update(vars(step_run))


class PipelineRun(Run):
    """The run of a pipeline, of this script or of another one."""

    _work: "Optional[_Work]" = None
    """Where this process has submitted it."""

    @property
    def _is_submitted_here(self) -> bool:  # type: ignore[override]
        return self._work is not None

    def _take(self, experiment: Optional[Experiment], store: str, record: Dict[str, Any]) -> None:
        super()._take(experiment, store, record)
        self._work = next((each._work for each in _RUNNING if each.id == self.id), None)

    def get_steps(self) -> Iterator[StepRun]:
        """Runs of the steps that have begun, newest first."""
        if self._work is not None:
            return reversed(list(self._work.steps.values()))
        runs = super().get_children()
        return (each for each in runs if isinstance(each, StepRun))

    def get_children(self, *args: Any, **kwargs: Any) -> Iterator[Run]:
        """Runs of the steps; with arguments, the child runs that match them, as of any run."""
        return super().get_children(*args, **kwargs) if args or kwargs else self.get_steps()

    def find_step_run(self, name: str) -> List[StepRun]:
        """Runs of the steps of this name that have begun."""
        return [run for run in self.get_steps() if run.name == name]

    def get_pipeline_output(self, pipeline_output_name: str) -> PortDataReference:
        """Output that a step has written under `pipeline_output_name`. Raises UserErrorException."""
        for step in self.get_steps():
            place = kept_places(step).get(pipeline_output_name)
            if place is not None:
                return place
        raise UserErrorException(f"The pipeline has no output {pipeline_output_name}.")

    def publish_pipeline(
        self, name: str, description: Optional[str] = None, version: Optional[str] = None, **others: Any
    ) -> Any:
        """Publishes its pipeline under a name, with the scripts that it was submitted with. Raises UserErrorException
        for that of another script which could not be kept.
        """
        if self._work is not None:
            return self._work.pipeline.publish(name, description, version)
        workspace = self._own_experiment().workspace
        if not is_kept(workspace, self.id):
            message = f"The pipeline of the run {self.id} was not kept by the script that submitted it."
            raise coded_error(UserErrorException, message, "sdk-not-here", _PUBLISH)
        return read(workspace, self.id).publish(name, description, version)

    def wait_for_completion(  # type: ignore[override]
        self, show_output: bool = True, timeout_seconds: float = sys.maxsize, raise_on_error: bool = True
    ) -> str:
        """Waits for the last step, and gives the status. With `show_output` what the steps are at is printed. Raises
        ActivityFailedException."""
        if show_output:
            print(f"PipelineRunId: {self.id}\nLink to Azure Machine Learning Portal: {self.get_portal_url()}")
        if self._work is not None:
            self._work.wait(timeout_seconds, show_output)
        if show_output:
            status = _words(
                _WITH_ERRORS
                if self._work is not None and self._work.has_errors and self.status == "Completed"
                else self.status
            )
            print(f"\nPipelineRun Execution Summary\n=============================\nPipelineRun Status: {status}")
        super().wait_for_completion(False, False, raise_on_error)
        return self.status

    def cancel(self) -> None:
        """Ends the step that runs; what it has scored stays for `scoredock batch resume`."""
        if self._work is None:
            super().cancel()
        else:
            self._work.cancel()
            self._work.wait()


class _Work:
    """The thread that runs the steps one after the other."""

    def __init__(self, run: PipelineRun, pipeline: "Pipeline", values: Dict[str, Any], goes_on: bool) -> None:
        self.pipeline = pipeline
        self._goes_on = goes_on
        """Whether steps run that need nothing of one that has failed."""
        self.steps: Dict[PipelineStep, StepRun] = {}
        self._run = run
        self._values = values
        self._lines: List[str] = []
        self._folders: Dict[int, str] = {}
        """Of the outputs that steps have written."""
        self._job = ""
        self._script: Optional[ScriptStepRun] = None
        self._search: Optional[HyperDriveRun] = None
        self._is_canceled = False
        self.has_errors = False
        """Whether a step completed with errors."""
        self._thread: Optional[threading.Thread] = None

    def start(self) -> None:
        name = f"scoredock-pipeline-{self._run.id}"
        self._thread = threads.start(self._follow, name=name, at_fault=lambda fault: self._lines.append(repr(fault)))

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def wait(self, seconds: float = sys.maxsize, prints: bool = False) -> None:
        until, printed = time.monotonic() + seconds, 0
        while True:
            is_over = not self.is_running or time.monotonic() > until
            lines = self._lines[printed:]
            printed += len(lines)
            if prints and lines:
                print("\n".join(lines), flush=True)
            if is_over:
                return
            time.sleep(POLLING_SECONDS)  # in pieces, so that Ctrl-C is heard

    def cancel(self) -> None:
        self._is_canceled = True
        if self._job:
            self._ask("batch/cancel", name=self._job)
        if self._script is not None:
            self._script._script.cancel()
        if self._search is not None and self._search._search is not None:
            self._search._search.cancel()

    def _ask(self, method: str, **params: Any) -> Any:
        return server.request(method, workspaceId=self._run._own_experiment().workspace._record["id"], **params)

    def _follow(self) -> None:
        status, error = "Completed", ""
        failed: List[PipelineStep] = []
        try:
            for step in self.pipeline._ordered():
                if any(each in failed for each in step._waits_for()):
                    failed.append(step)
                    self._lines.append(f"\nThe step {step.name} waits for one that has failed, and does not run.")
                    continue
                how, cause = self._run_step(step)
                # A script of a step may have cancelled the whole: the others do not begin then.
                self._is_canceled = self._is_canceled or self._run.status == "Canceled"
                if how not in ("Completed", _WITH_ERRORS):
                    failed.append(step)
                    status, error = how, error or cause
                elif not failed:
                    status, error = _WITH_ERRORS if status == _WITH_ERRORS else how, cause or error
                if self._is_canceled or (failed and not self._goes_on):
                    break
        except (AzureMLException, OSError) as fault:
            status, error = "Failed", str(getattr(fault, "message", "") or fault)
        except BaseException:
            status = "Failed"
            raise
        finally:
            if self._is_canceled:
                status, error = "Canceled", ""
            self._end(self._run, status, error)

    def _run_step(self, step: PipelineStep) -> Tuple[str, str]:
        """How it has ended, and what failed."""
        if isinstance(step, PythonScriptStep):
            return self._run_script(step)
        return self._run_search(step) if isinstance(step, HyperDriveStep) else self._step(step)

    def _end(self, run: Run, status: str, error: str) -> None:
        if status == _WITH_ERRORS:
            self.has_errors = True
            status, error = "Completed", ""
        run._write("end", status=status, error=error)

    def failed_steps(self) -> List[str]:
        """Their names."""
        return [str(step.name) for step, run in self.steps.items() if run.get_status() == "Failed"]

    def _run_script(self, step: PythonScriptStep) -> Tuple[str, str]:
        """How its script has ended, and what failed."""
        config = step._configuration(self.pipeline._folder, self._values)
        fields = {"name": step.name, "parent": self._run.id, "type": "azureml.StepRun"}
        run = self._script = begin_run(ScriptStepRun, self._run._own_experiment(), config, self._folders, **fields)
        self.steps[step] = run
        self._lines += [f"\nStepRunId: {run.id}", f"StepRun( {step.name} ) Status: Running"]
        if self._is_canceled:
            run._script.cancel()
        run._script.tell(lambda lines: self._lines.extend(line.rstrip("\n") for line in lines))
        run._script.wait()
        details = run.get_details()
        error = details["error"]["error"]["message"] if "error" in details else ""
        self._lines.append(f"StepRun( {step.name} ) Status: {details['status']}" + (f"\n{error}" if error else ""))
        return details["status"], error

    def _run_search(self, step: HyperDriveStep) -> Tuple[str, str]:
        """How the search has ended, and what failed."""
        run = self._search = begin_search(
            self._run._own_experiment(),
            step._search(self._values),
            None,
            self._run.id,
            HyperDriveStepRun,
            self._folders,
            name=step.name,
            type="azureml.StepRun",
        )
        assert isinstance(run, HyperDriveStepRun)  # noqa: S101 (of the class that it was begun by)
        self.steps[step] = run
        self._lines += [f"\nStepRunId: {run.id}", f"StepRun( {step.name} ) Status: Running"]
        if self._is_canceled and run._search is not None:
            run._search.cancel()
        run.wait_for_completion(raise_on_error=False)
        details = run.get_details()
        error = details["error"]["error"]["message"] if "error" in details else ""
        if details["status"] == "Completed":
            run._places = {}
            for output in step._of_search():
                place = run._places[output.name] = place_of(output, run)
                step._write(output, place, run)
                self._folders[id(output)] = place._folder
            keep_places(step._of_search(), run)
        self._lines.append(f"StepRun( {step.name} ) Status: {details['status']}" + (f"\n{error}" if error else ""))
        return details["status"], error

    def _step(self, step: PipelineStep) -> Tuple[str, str]:
        """How its job has ended, and what failed."""
        run = StepRun._begin(
            self._run._own_experiment(), False, name=step.name, parent=self._run.id, type="azureml.StepRun"
        )
        assert isinstance(run, StepRun)  # noqa: S101 (of the class that it was begun by)
        run._places = {}
        self.steps[step] = run
        self._lines += [f"\nStepRunId: {run.id}", f"StepRun( {step.name} ) Status: Running"]
        status, error = "Failed", ""
        try:
            if isinstance(step, DataTransferStep):
                for each in step.outputs:
                    run._places[each.name] = place_of(each, run)
                    self._folders[id(source_of(each))] = run._places[each.name]._folder
                step._copy(self._folders)
                keep_places(step.outputs, run)
                status = "Completed"
            else:
                assert isinstance(step, ParallelRunStep)  # noqa: S101 (there is no other kind)
                status, error = self._score(step, run)
        except ServerFailure as failure:
            error = exception_of(failure, kind=UserErrorException).message
        except (AzureMLException, OSError) as fault:
            error = str(getattr(fault, "message", "") or fault)
        finally:
            self._lines.append(f"StepRun( {step.name} ) Status: {_words(status)}" + (f"\n{error}" if error else ""))
            self._end(run, status, error)
        return status, error

    def _score(self, step: ParallelRunStep, run: StepRun) -> Tuple[str, str]:
        inputs = StepInputs(step, run, self._values, self._folders)
        output = step.output if step.output is not None else PipelineData("default")
        place = place_of(output, run)
        name = f"{step.name[:22].rstrip('-')}-{uuid.uuid4().hex[:8]}"
        params = step._config._params(self._values, inputs.is_table)
        elsewhere = step._config._place(self._run._own_experiment().workspace, self._values)
        given = params.pop("environmentVariables", None) or {}
        variables = {**_variables(run, is_here=not elsewhere), **given}
        self._ask(
            "batch/run",
            name=name,
            inputs=inputs.paths,
            inputFormat="csv" if inputs.is_table else "files",
            partitionFormat=inputs.partition_format if step._config.partition_keys else "",
            outputPath=place._folder,
            models=[each.id for each in step.models],
            arguments=[inputs.argument(each, {id(output): place._folder}) for each in step.arguments],
            environment=step._config.environment._reference(run._own_experiment().workspace),
            environmentVariables=variables,
            overwrite=True,
            wait=False,
            **{**params, **elsewhere},
        )
        self._job = name
        run.add_properties({"batchJob": name})
        if self._is_canceled:
            self._ask("batch/cancel", name=name)
        job = self._wait_for(name)
        self._job = ""
        run._places[output.name] = place
        keep_places([output], run)
        self._folders[id(source_of(output))] = place._folder
        self._keep_log(name, run)
        self._lines += job["notes"]
        status = job["job"]["state"]
        if status == _WITH_ERRORS:
            run.add_properties({"batchErrors": job["error"]})
        if status in ("Completed", _WITH_ERRORS):
            register_files(output, place, run)
        return ("Failed", status) if status == "Interrupted" else (status, job["error"])

    def _wait_for(self, name: str) -> Dict[str, Any]:
        last = ""
        while True:
            job: Dict[str, Any] = self._ask("batch/show", name=name)
            one = job["job"]
            line = f"{one['completed']} of {_counted(one['planned'], 'mini-batch', 'mini-batches')}, "
            line += _counted(one["items"], "item", "items")
            line += f", {one['failed']} failed" if one["failed"] else ""
            if line != last:
                self._lines.append(line)
                last = line
            if one["state"] in _ENDED:
                return job
            time.sleep(POLLING_SECONDS)

    def _keep_log(self, name: str, run: StepRun) -> None:
        lines = self._ask("batch/logs", name=name)["lines"]
        with scratch_folder("log") as folder:
            path = os.path.join(folder, "log")
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
            run._upload([_LOG], [path])


def _variables(run: Run, *, is_here: bool) -> Dict[str, str]:
    """Variables that tell the script of a step of its run; elsewhere it can ask nobody, and no path of this machine
    holds.
    """
    variables = context_variables(run)
    if is_here:
        return {**variables, _SDK: packages_folder()}
    return {name: variables[name] for name in _NAMES}


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _words(status: str) -> str:
    return "Completed with errors" if status == _WITH_ERRORS else status


class StepInputs:
    """Inputs of a step: paths of files, or a table that lies beside its output."""

    def __init__(self, step: ParallelRunStep, run: Run, values: Dict[str, Any], folders: Dict[int, str]) -> None:
        self.paths: List[str] = []
        self.is_table = False
        self.partition_format = ""
        self._values = values
        self._folders = folders
        self._place = os.path.join(
            Datastore.get_default(run._own_experiment().workspace)._folder, "azureml", run.id, "inputs"
        )
        self._named: Dict[str, str] = {}
        for number, value in enumerate(step.inputs):
            self._add(value, number)
        for each in step.side_inputs:
            self._side_path(each)

    def _add(self, value: Any, number: int) -> None:
        _, dataset = self._resolved(value)
        if id(dataset) in self._folders:
            self.paths.append(self._folders[id(dataset)])
            return
        if isinstance(dataset, OutputTabularDatasetConfig):
            dataset = dataset._table(self._folders[id(dataset._files)])
        if isinstance(dataset, FileDataset):
            self.paths += [path for path, _ in dataset._files]
            self.partition_format = dataset._partition_format or self.partition_format
        elif isinstance(dataset, TabularDataset):
            self.is_table = True
            self.paths += self._written(dataset, number)
        else:
            raise not_here(f"The input {type(dataset).__name__} of a step", "Use a dataset of files or of a table.")

    def _resolved(self, value: Any) -> Tuple[str, Any]:
        """The name under which it is given, and the dataset."""
        name = ""
        while isinstance(value, (DatasetConsumptionConfig, PipelineParameter)):
            if isinstance(value, PipelineParameter):
                value = value_of(value, self._values)
            else:
                name, value = name or value.name, value.dataset
        return name, value

    def _written(self, dataset: AbstractDataset, number: int) -> List[str]:
        return [write_table(os.path.join(self._place, str(number), "rows.csv"), *table_of(dataset._loaded()))]

    def _side_path(self, value: Any) -> str:
        """Path where the script finds the files of a dataset, or what another step has written."""
        if id(source_of(value)) in self._folders:
            return self._folders[id(source_of(value))]
        name, dataset = self._resolved(value)
        if not isinstance(dataset, FileDataset):
            raise not_here(f"The argument {type(dataset).__name__} of a step", "Give it a dataset of files.")
        if name not in self._named:
            place = os.path.join(self._place, name or f"side-{len(self._named)}")
            copies = copy_files(dataset._files, place, overwrite=True)
            self._named[name] = copies[0] if dataset._is_single else place
        return self._named[name]

    def argument(self, value: Any, outputs: Dict[int, str]) -> str:
        """A word for the script."""
        if id(value) in outputs:
            return outputs[id(value)]
        value = value_of(value, self._values)
        if isinstance(value, (PipelineData, OutputFileDatasetConfig, DatasetConsumptionConfig, FileDataset)):
            return self._side_path(value)
        return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def begin_pipeline(
    experiment: Experiment,
    pipeline: "Pipeline",
    values: Optional[Dict[str, Any]],
    parent: str = "",
    tags: Optional[Dict[str, str]] = None,
    *,
    goes_on: bool = False,
) -> PipelineRun:
    """Begins the run of a pipeline; `goes_on` when a step has failed, with those that do not wait for it. Raises
    UserErrorException, before anything has begun."""
    pipeline.validate()
    run = PipelineRun._begin(
        experiment,
        False,
        type="azureml.PipelineRun",
        parent=parent,
        tags={str(key): str(value) for key, value in (tags or {}).items()},
    )
    assert isinstance(run, PipelineRun)  # noqa: S101 (of the class that it was begun by)
    with contextlib.suppress(UserErrorException):  # for another script that publishes the run
        keep(pipeline, run.id)
    run._work = _Work(run, pipeline, dict(values or {}), goes_on)
    run._work.start()
    _RUNNING.append(run)
    print(f"Submitted PipelineRun {run.id}")
    return run


_RUNNING: List[PipelineRun] = []
KINDS["azureml.PipelineRun"], KINDS["azureml.StepRun"] = PipelineRun, StepRun


def _wait_at_exit() -> None:
    for run in _RUNNING:
        if run._work is not None:
            wait_at_exit(run, run._work, run._work.failed_steps)


server.at_exit(_wait_at_exit)
