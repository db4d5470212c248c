"""Stand-ins for Azure packages, and swagger, in a real service."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import pytest

MODEL = """
import os
from azureml.core import Model
from azureml.core.model import Model as Same
def init():
    assert Model is Same
def run(data):
    name, version = eval(data)
    return os.path.relpath(Model.get_model_path(name, version), os.environ["AML_APP_ROOT"])
"""


def lay_out(app: Path) -> None:
    for path in ("m/1/old.pkl", "m/2/x.pkl", "m/10/folder/a", "two/1/a", "two/1/b"):
        file = app / "azureml-models" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (app / "azureml-models" / "none").mkdir()
    (app / "local.pkl").touch()


MODELS = {
    "newest": (("m", None), "azureml-models/m/10/folder"),
    "version": (("m", 1), "azureml-models/m/1/old.pkl"),
    "beside": (("local.pkl", None), "local.pkl"),
    "no version": (("m", 3), "Model m with version 3 not found in cache"),
    "text version": (("m", "1"), "version should be an int"),
    "unknown": (("q", None), "Model q not found in cache at"),
    "several": (("two", 1), "can contain only 1 file or folder"),
    "empty": (("none", None), "versions is empty"),
}


def test_get_model_path(service: Any, wait_for: Any) -> None:
    lay_out(service.app)
    service.up(MODEL)
    for name, (asked, expected) in MODELS.items():
        answer = service.request("POST", "/score", repr(asked))
        if answer.status == 200:
            assert answer.json() == expected, name
        else:
            wait_for(lambda expected=expected: expected in service.log_text())


NOT_THERE = "ImportError: {} needs the real package: add {} to the environment. In a service of Scoredock there is no"
UNUSED = """
import contextlib
import importlib.util
import json
import pickle
from typing import List, Optional
import azureml.automl.runtime
import azureml.core
import azureml.train.automl as automl
from azureml import train
from azureml.core import Dataset as Data, Model, Run, VERSION, Workspace
from azureml.core.model import InferenceConfig
from azureml.core.run import Run as Same
from azureml.exceptions import WebserviceException
from azureml.pipeline.steps import (
    ParallelRunStep,
    PythonScriptStep,
)
from azureml.widgets import *
import beside

try:
    from azureml.core import Keyvault
except ImportError:
    Keyvault = None
try:
    import azureml.train.hyperdrive
    tuned = True
except ModuleNotFoundError:
    tuned = False
try:
    import probing
except Exception:
    probing = None
with contextlib.suppress(ImportError):
    from azureml.core import Experiment
    tuned = True
try:
    from azureml.core import Environment
except ImportError as fault:
    print("a service needs it:", fault)
    raise


def annotated(run: Run, rows: Optional[Workspace], more: List[Data], last: azureml.core.Datastore) -> Same:
    return run


def init():
    def unused():
        from azureml.interpret import ExplanationClient
        return ExplanationClient
    assert unused() and (Keyvault, tuned, probing) == (None, False, None), (Keyvault, tuned, probing)
    assert "Experiment" not in globals() and importlib.util.find_spec("azureml.datadrift") is None
    assert not isinstance(annotated(1, 2, 3, 4), Run) and not hasattr(Run, "__len__")
    try:
        int("one")
    except WebserviceException:
        raise AssertionError()
    except ValueError:
        pass


def run(data):
    return str(eval(json.loads(data)))
"""
CORE = "azureml-sdk, which brings azureml-core,"
USES = {
    "Workspace.from_config()": ("azureml.core.Workspace", CORE),
    "Run.get(None, 'a')": ("azureml.core.Run", CORE),
    "Same(None, 'a')": ("azureml.core.Run", CORE),
    "InferenceConfig(entry_script='a')": (
        "azureml.core.model.InferenceConfig",
        CORE,
    ),
    "azureml.core.Environment.get": ("azureml.core.Environment", CORE),
    "automl.AutoMLConfig()": (
        "azureml.train.automl.AutoMLConfig",
        "azureml-train-automl",
    ),
    "ParallelRunStep('a')": (
        "azureml.pipeline.steps.ParallelRunStep",
        "azureml-pipeline-steps",
    ),
    "RunDetails(1)": ("azureml.widgets.RunDetails", "azureml-widgets"),
    "beside.Experiment('a')": ("azureml.core.Experiment", CORE),
    "type('Own', (Data,), {})": ("azureml.core.Dataset", CORE),
    r"pickle.loads(b'\x80\x04cazureml.automl.runtime\nPipeline\n)\x81.')": (
        "azureml.automl.runtime.Pipeline",
        "azureml-automl-runtime",
    ),
}


def told_of(service: Any, wait_for: Any) -> None:
    service.write("from azureml.core import Experiment\n", "beside.py")
    service.write(
        "from azureml.core import Experiment\n",
        "probing.py",
    )
    service.up(UNUSED + "\n\ndef shown():\n    return RunDetails\n")
    assert service.score("Model.__name__ + VERSION[:2]").json() == "Model1."
    for use, (name, package) in USES.items():
        assert service.score(use).status == 500, use
        wait_for(lambda name=name, package=package: NOT_THERE.format(name, package) in service.log_text())
    assert service.score("pickle.loads(b'cazureml.datadrift\\nDetector\\n.')").status == 500
    wait_for(lambda: "No module named 'azureml.datadrift'" in service.log_text())


def test_parts_of_the_sdk_that_nothing_uses_are_imported_as_in_azure(service: Any, wait_for: Any) -> None:
    """Whoever asks whether they are there, by `except ImportError` or `find_spec`, hears that they are not."""
    told_of(service, wait_for)


OF_AUTOMATED_ML = """
import azureml.automl.core
from azureml.automl.core.shared import logging_utilities, log_server
from azureml.telemetry import INSTRUMENTATION_KEY
try:
    log_server.enable_telemetry(INSTRUMENTATION_KEY)
    log_server.set_verbosity("INFO")
    told = "yes"
except:
    told = "no"
def init():
    import logging
    log_server.update_custom_dimensions({"model_name": "a"})
    try:
        raise ValueError("a model that does not load")
    except ValueError as fault:
        logging_utilities.log_traceback(fault, logging.getLogger("azureml.automl"))
def run(data):
    return [told, logging_utilities.__name__]
"""


def test_what_scripts_of_automated_ml_call_is_there(service: Any, wait_for: Any) -> None:
    """Azure's telemetry: a script that has it must not need a release of automated ML that nobody can install."""
    service.up(OF_AUTOMATED_ML)
    assert service.request("POST", "/score", b"1").json()[0] == "yes"
    wait_for(lambda: "ValueError: a model that does not load" in service.log_text())


RUN = """
from azureml.core.run import Run
def init():
    global run_
    run_ = Run.get_context()
def run(data):
    run_.log("rows", 3)
    run_.log(name="named", value=4)
    run_.log_row("row", x=1)
    run_.tag("stage")
    with run_.child_run("part") as part:
        part.log_list("list", [1, 2])
    assert Run.get_context() is run_ and not hasattr(run_, "experiment")
    return run_.id[:11]
"""


@pytest.mark.parametrize("old", [False, True], ids=["own", "old"])
def test_what_a_script_logs_to_a_run_is_printed_where_there_is_none(
    make_service: Any, wait_for: Any, old: bool, request: pytest.FixtureRequest
) -> None:
    """In Azure as well: what served a script was never a run."""
    service = make_service()
    if old:
        service.spec = dataclasses.replace(service.spec, script_python=str(request.getfixturevalue("old_python")))
    service.up(RUN)
    assert service.score(1).json() == "OfflineRun_"
    for line in (
        "Attempted to log scalar metric rows:\n3",
        "Attempted to log scalar metric named:\n4",
        "Attempted to log row metric row:\n{'x': 1}",
        "Attempted to add tag stage with value None",
        "Attempted to log list metric list:\n[1, 2]",
    ):
        wait_for(lambda line=line: all(each in service.log_text() for each in line.splitlines()))


def test_the_same_in_an_old_python(make_service: Any, old_python: Path, wait_for: Any) -> None:
    service = make_service()
    service.spec = dataclasses.replace(service.spec, script_python=str(old_python))
    told_of(service, wait_for)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (
            "from azureml.core import Workspace\nclass Own(Workspace): pass",
            "azureml.core.Workspace",
        ),
        (
            "from azureml.core import experiment_method\n@experiment_method\ndef own(): pass",
            "azureml.core.",
        ),
        (
            "import azureml.train.automl\nazureml.train.automl.AutoMLConfig()",
            "azureml.train.automl.AutoMLConfig",
        ),
    ],
)
def test_what_is_used_when_the_script_is_imported_says_what_is_missing(line: str, name: str, service: Any) -> None:
    service.write(f"{line}\ndef init(): pass\ndef run(d): pass\n")
    service.start()
    message = service.settle().failure.message
    assert message.startswith(f"ImportError: {name}"), message
    assert message.endswith("pass what the script needs as a model, a file or a variable. [sdk-not-here]")
    assert service.settle().failure.frames[-1].line == 2


def test_a_package_that_is_really_there_wins_and_the_log_says_so(service: Any) -> None:
    service.write(
        "class Model:\n    @staticmethod\n    def get_model_path(*_): return 'real'\n",
        "azureml/core/model.py",
    )
    service.write("", "azureml/core/__init__.py")
    service.write("", "azureml_core-1.48.0.dist-info/METADATA")
    service.up(
        "from azureml.core.model import Model\nfrom azureml.contrib.services.aml_request import rawhttp\n"
        "def init(): pass\ndef run(d):\n    return Model.get_model_path('x')\n"
    )
    assert service.score(1).json() == "real"
    folder = service.app / "azureml" / "core"
    (line,) = [each for each in service.log_text().splitlines() if "stand-in" in each]
    assert line.endswith(
        f"azureml.core is azureml-core 1.48.0 ({folder}), which the environment has: what is installed comes before"
        " Scoredock's stand-in."
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "from azureml.core import Workspace",
            "ImportError: cannot import name 'Workspace'",
        ),
        (
            "import azureml.train.automl",
            "ModuleNotFoundError: No module named 'azureml.train'",
        ),
    ],
)
def test_beside_the_real_sdk_what_that_lacks_fails_as_in_azure(line: str, message: str, service: Any) -> None:
    service.write("", "azureml/core/__init__.py")
    service.write(f"{line}\ndef init(): pass\ndef run(d): pass\n")
    service.start()
    assert service.settle().failure.message.startswith(message)
    assert "which the environment has" in service.log_text()


def test_a_module_that_is_here_whole_lacks_what_azures_lacks(service: Any) -> None:
    module = "azureml.contrib.services.aml_request"
    service.write(f"from {module} import AMLResponse\ndef init(): pass\ndef run(d): pass\n")
    service.start()
    assert service.settle().failure.message.startswith("ImportError: cannot import name 'AMLResponse'")


def test_all_names_of_a_module_that_is_here_whole(service: Any) -> None:
    service.write("FACTOR = 2\n", "constants.py")
    service.up(
        "from azureml.contrib.services.aml_request import *\nfrom constants import *\n"
        "def init(): pass\n\n@rawhttp\ndef run(request):\n    return str(FACTOR * len(request.get_data()))\n"
    )
    assert service.score("abc").json() == "10"


@pytest.mark.parametrize("module", ["numpy", "pandas"])
def test_heavy_packages_are_imported_only_when_asked_for(module: str, service: Any) -> None:
    service.up(
        f"import sys\ndef init(): pass\ndef run(d):\n    return {module!r} in sys.modules or 'flask' in sys.modules\n"
    )
    assert service.score(1).json() is False


def test_a_missing_numpy_is_named(make_service: Any, oldest_python: str) -> None:
    service = make_service(python=oldest_python)
    service.write("from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType\n")
    service.start()
    assert service.settle().failure.message == "ModuleNotFoundError: No module named 'numpy'"
    assert service.settle().failure.frames[-1].line == 1


DECORATED = """
import numpy as np
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
def init(): pass
@input_schema("data", NumpyParameterType(np.array([[0.1, 2.0]])))
@output_schema(StandardPythonParameterType({mixed}))
def run(data):
    return (data * 2).tolist()
"""


def test_swagger_of_a_decorated_script(service: Any) -> None:
    service.up(DECORATED.format(mixed="[0.1]"))
    two, three, newest = (service.request("GET", f"/swagger.json?version={v}").json() for v in ("2.0", "3", "3.1"))
    assert service.request("GET", "/swagger.json").json() == two
    assert (two["swagger"], three["openapi"], newest["openapi"]) == (
        "2.0",
        "3.0.3",
        "3.1.0",
    )
    assert list(two["paths"]) == ["/", "/score", "/swagger.json"]
    assert two["info"]["title"] == "svc"
    schema = two["definitions"]["ServiceInput"]
    assert schema == three["components"]["schemas"]["ServiceInput"]
    assert schema["example"] == {"data": [[0.1, 2.0]]}
    assert service.score(schema["example"]).json() == [[0.2, 4.0]]
    assert two["paths"]["/score"]["post"]["parameters"][0]["schema"] == {"$ref": "#/definitions/ServiceInput"}
    assert service.request("HEAD", "/swagger.json").body == b""


@pytest.mark.long("tests/conformance asks a script with mixed arrays at the gate")
def test_swagger_two_cannot_tell_mixed_arrays(service: Any) -> None:
    service.up(DECORATED.format(mixed="[1, 'x']"))
    answer = service.request("GET", "/swagger.json")
    assert (answer.status, answer.json()) == (
        404,
        {
            "message": (
                "Swagger version [2] is not supported for the scoring script. Supported swagger versions: [3, 3.1]."
            )
        },
    )
    assert service.request("GET", "/swagger.json?version=3").status == 200


def test_files_of_the_person_come_first(service: Any) -> None:
    service.write('{"mine": 2}', "swagger.json")
    service.write('{"mine": 3}', "swagger3.json")
    service.write("{}", "swagger3.1.json")
    service.up()
    assert service.request("GET", "/swagger.json").json() == {"mine": 2}
    assert service.request("GET", "/swagger.json?version=3.0").json() == {"mine": 3}
    assert service.request("GET", "/swagger.json?version=3.1").json()["openapi"] == "3.1.0"


def test_the_same_schemas_on_the_oldest_python(make_service: Any, oldest_python: str) -> None:
    assert sys.version_info > (3, 9)
    service = make_service(python=oldest_python)
    service.up("""
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
        import datetime
        def init(): pass
        @input_schema("when", StandardPythonParameterType(datetime.datetime(2020, 1, 2)))
        def run(when): return when.isoformat()
    """)
    example = json.loads(service.request("GET", "/swagger.json").body)["definitions"]["ServiceInput"]["example"]
    assert service.score(example).json() == "2020-01-02T00:00:00+00:00"
