"""Asks the SDK of Azure ML v1 itself; run by a Python that has azureml-core and nothing of ours.

Reads a JSON list of {id, what, folder, name} from standard input and prints a JSON object id → what the SDK said, empty
where it took the file. Nothing goes over the network: a script that comes as far as that is taken.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

core: Any = importlib.import_module("azureml.core")
model: Any = importlib.import_module("azureml.core.model")
webservice: Any = importlib.import_module("azureml.core.webservice")
reading: Any = importlib.import_module("azureml._model_management._util")
WORDS = {
    "entryScript": "entry_script",
    "runtime": "runtime",
    "condaFile": "conda_file",
    "sourceDirectory": "source_directory",
    "extraDockerfileSteps": "extra_docker_file_steps",
    "enableGpu": "enable_gpu",
    "cudaVersion": "cuda_version",
    "baseImage": "base_image",
    "baseImageRegistry": "base_image_registry",
    "description": "description",
}
"""Keys of an inference configuration, and the parameters of InferenceConfig that they become."""


REGISTERED = ("diabetes-env",)
"""Environments of the workspace that there is none of."""


OF_THE_FAKE = re.compile(r"^__name__$|Mock object has no attribute '_|<MagicMock name=")
"""What is missing in the workspace and the services that stand in for real ones: the SDK was about to ask Azure."""


class Reached(BaseException):
    """The script got as far as the network; no handler of the SDK takes it for one of its own exceptions."""


def inference(path: Path) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    words = {WORDS[key]: value for key, value in told.items() if key in WORDS}
    environment = told.get("environment")
    if environment is not None:
        found = core.Environment._deserialize_and_add_to_object(environment)
        if type(found).__name__ == "EnvironmentReference":  # as the command line, which gets it from the workspace
            if found.name not in REGISTERED:
                raise LookupError(f"no environment {found.name}")
            found = core.Environment(found.name)
        words["environment"] = found
    model.InferenceConfig(**words).validate_configuration()


def deployment(path: Path) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    config = reading.deploy_config_dict_to_obj(told, None, None, None)
    config.validate_configuration()


def conda(path: Path) -> None:
    importlib.import_module("azureml.core.conda_dependencies").CondaDependencies(str(path))


def environment(path: Path) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    made = core.Environment._deserialize_and_add_to_object(told)
    file = told.get("python", {}).get("condaDependenciesFile")
    if file:
        conda(path.parent / file)
    Path("score.py").touch()
    model.InferenceConfig(entry_script="score.py", environment=made).validate_configuration()


def script(path: Path) -> None:
    with offline(), contextlib.suppress(Reached):
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {"__name__": "__main__"})


def until_the_network(real: Callable[..., Any], answer: Callable[..., Any]) -> Callable[..., Any]:
    """The real function with its checks; what it would have got from Azure instead of the network."""

    def call(*words: Any, **named: Any) -> Any:
        try:
            real(*words, **named)
        except Reached:
            pass
        except Exception as error:
            if not OF_THE_FAKE.search(str(error)):
                raise
        return answer(*words, **named)

    return call


def _deployed(*words: Any, **named: Any) -> Any:
    config = named.get("deployment_config") or (words[4] if len(words) > 4 else None)
    local = type(config).__name__ == "LocalWebserviceDeploymentConfiguration"
    return _service(webservice.LocalWebservice if local else webservice.AciWebservice)


def _service(kind: Any, *_: Any, **__: Any) -> Any:
    made = mock.create_autospec(kind, instance=True)
    made.state = "running" if kind is webservice.LocalWebservice else "Healthy"
    made.scoring_uri = "http://localhost:6789/score"
    for name in ("update", "get_keys", "get_token", "get_access_token", "run"):
        real = getattr(kind, name, None)
        if real is not None:
            keys = ("first", "second") if name == "get_keys" else mock.DEFAULT
            setattr(made, name, until_the_network(real.__get__(made), lambda *_, keys=keys, **__: keys))
    return made


@contextlib.contextmanager
def offline() -> Any:
    """The SDK with a workspace that answers nothing, and no network below it."""
    workspace = mock.MagicMock(spec=core.Workspace)

    def register(*_: Any, **named: Any) -> Any:
        registered.model_framework = named.get("model_framework")
        return registered

    registered = mock.create_autospec(model.Model, instance=True)
    registered.id = "diabetes:1"

    def known(made: Any, *_: Any, **__: Any) -> None:
        made.id, made.name, made.version = "diabetes:1", "diabetes", 1

    def refuse(*_: Any, **__: Any) -> Any:
        raise Reached

    with contextlib.ExitStack() as stack:
        patch = lambda *words, **named: stack.enter_context(mock.patch.object(*words, **named))  # noqa: E731
        patch(core.Workspace, "from_config", return_value=workspace)
        patch(core.Environment, "get", return_value=core.Environment("ridge"))
        patch(model.Model, "deploy", until_the_network(model.Model.deploy, _deployed))
        patch(model.Model, "__init__", autospec=True, side_effect=known)
        patch(webservice.Webservice, "__new__", _service)
        patch(model.Model, "register", until_the_network(model.Model.register, register))
        patch(importlib.import_module("requests.adapters").HTTPAdapter, "send", refuse)
        patch(importlib.import_module("socket"), "create_connection", refuse)
        yield


def main() -> None:
    """Ask about all."""
    warnings.simplefilter("ignore")
    logging.disable()
    asked: Mapping[str, Callable[[Path], None]] = {
        "2": inference,
        "3": deployment,
        "conda": conda,
        "environment": environment,
        "script": script,
    }
    results = {}
    for case in json.load(sys.stdin):
        os.chdir(case["folder"])
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                asked[case["what"]](Path(case["folder"]) / case["name"])
        except Reached:
            results[case["id"]] = ""
        except Exception as error:
            cause = error.__cause__ or error
            results[case["id"]] = f"{type(cause).__name__}: {cause}"[:400]
        except SystemExit as error:
            results[case["id"]] = f"SystemExit: {error}"
        else:
            results[case["id"]] = ""
    print(json.dumps(results))


if __name__ == "__main__":
    main()
