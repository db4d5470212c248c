"""Every module and public name of azureml-core can be imported, and says in one sentence when it is used that it does
nothing here. `test_compared.py` holds the list to the wheel."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scoredock.contrib.sdk.checks.signatures import MODULES, PRIVATE

from cli.conftest import Terminal

from .conftest import PYTHON
from .test_scripts import run

NAMES = {
    module: [each.partition("=")[0] for each in lists.replace("|", " ").split()]
    for module, _, lists in (line.partition(": ") for line in MODULES.splitlines())
}
OWN = {
    module: lists.partition("|")[0].split()
    for module, _, lists in (line.partition(": ") for line in MODULES.splitlines())
}
PLANTED = {"azureml.core.run": ["Planted"], "azureml.core.planted": []}
MISSED = ["azureml.core.run.Planted: ImportError", "azureml.core.planted.: ModuleNotFoundError"]
"""What is planted, and nothing else."""
IMPORTS = f"""import importlib, json
failed = []
for module, names in json.loads({json.dumps(json.dumps([*NAMES.items(), *PLANTED.items()]))}):
    for name in names or [""]:
        try:
            exec(f"from {{module}} import {{name}}" if name else f"import {{module}}", {{}})
        except Exception as error:
            failed.append(f"{{module}}.{{name}}: {{type(error).__name__}}")
for module in {PRIVATE.split()!r}:
    importlib.import_module(module)
print(json.dumps(failed))
"""
MEMBERS = f"""import importlib, json
from azureml._scoredock.members import MEMBERS
lists = dict(line.split(": ") for line in MEMBERS.splitlines())
absences, classes = [], set()
for module, names in json.loads({json.dumps(json.dumps(OWN))}).items():
    for name in (each for each in names if each in lists):
        kind = getattr(importlib.import_module(module), name)
        # One that is refused as a whole, or of two with one name, whose members the list has together.
        if type(kind) is not type or kind.__name__ != name:
            continue
        classes.add(name)
        for each in lists[name].replace("|", " ").split():
            if not any(each in vars(above) for above in kind.__mro__):
                absences.append(f"{{module}}.{{name}}.{{each}}")
print(json.dumps([absences, len(classes) > 70]))
"""
USES = {
    "from azureml.core.webservice.aks import AutoScaler\nAutoScaler()": "deploy_configuration",
    "from azureml.core.runconfig import ParallelTaskConfiguration\nParallelTaskConfiguration()": "one process of this",
    "from azureml.core.compute.aks import SslConfiguration\nSslConfiguration.status": "stands for this machine",
    "from azureml.core import Run\nRun.get_docs_url()": "on this machine",
    "from azureml.core.environment import RSection\nRSection().r_version": "Name the packages",
    "from azureml.core import Dataset\nDataset.from_excel_files('a.xlsx')": "your own tools",
    "from azureml.core.webservice.aks_values import AutoScaler\nAutoScaler.deserialize({})": "deploy_configuration",
    "from azureml.core.compute_target import prepare_compute_target\nprepare_compute_target()": "for this machine",
    "from azureml.core.conda_dependencies import PYTORCH_DEFAULT_VERSION as it\nprint(it)": "leave it out",
    "from azureml._restclient.clientbase import ClientBase\nClientBase()": "leave it out",
    "from azureml.data.azure_storage_datastore import AzureBlobDatastore\nAzureBlobDatastore.get()": "your own tools",
    "from azureml.datadrift import AlertConfiguration\nAlertConfiguration(['x'])": "scoredock drift compare",
    "from azureml.pipeline.steps import AutoMLStep\nAutoMLStep(name='x')": "Steps that run here",
    "from azureml.contrib.brainwave import SnpeConverter\nSnpeConverter()": "preview of Azure",
    "from azureml.opendatasets import MNIST\nMNIST.get_file_dataset()": "their folder to Dataset.File.from_files",
    "from azureml.core import Dataset\nDataset.from_json_files('a.json', flatten_nested_arrays=True)": "json_normalize",
    "from azureml.deploy import DeployClient\nfrom azureml.api.exceptions.BadRequest import BadRequestException\n"
    "from azureml.common.utils import get_sdk_version\nDeployClient('x', use='y')": "with an InferenceConfig",
    "from azureml.core.linked_service import LinkedService\nLinkedService.get()": "on this machine",
    "import sys\nsys.modules['jwt'] = None\nfrom azureml.core.authentication import jwt\njwt.decode()": "package jwt",
}
ANSWERS = {
    "from azureml.core.compute.aks import AksCompute\nfrom azureml.core.compute import AksCompute as Other\n"
    "told = AksCompute is Other": True,
    "from azureml.exceptions._azureml_exception import UserErrorException\n"
    "from azureml.core.workspace import UserErrorException as Other\ntold = UserErrorException is Other": True,
    "from azureml.data import TabularDataset\ntold = TabularDataset.__module__": "azureml.data.tabular_dataset",
    "from azureml.core.experiment import ViewType\ntold = ViewType.ActiveOnly": "ActiveOnly",
    "from azureml.data.dataset_error_handling import DatasetExecutionError\n"
    "try:\n    raise ValueError('own')\nexcept (DatasetExecutionError, ValueError) as error:\n"
    "    told = str(error)": "own",
    "from azureml.core import *\nfrom azureml.core.compute import *\n"
    "told = [each.__name__ for each in (LinkedService, KustoCompute, AmlCompute)]": [
        "LinkedService",
        "KustoCompute",
        "AmlCompute",
    ],
    "from azureml.core.authentication import ArmTokenAuthentication\nmade = ArmTokenAuthentication('x')\n"
    "told = [made.get_authentication_header(), made.get_token('y').token]": [{"Authorization": "Bearer none"}, "none"],
    "from azureml.core.environment import RSection\nthe = RSection()\nthe.r_version = '3'\n"
    "told = [the.r_version, hasattr(the, 'rscript_path'), getattr(the, 'rscript_path', 'none')]": ["3", False, "none"],
    "from azureml._restclient.constants import RunStatus\nfrom azureml._base_sdk_common.user_agent import append\n"
    "append('mine', '1.0')\nimport azureml._base_sdk_common.user_agent as agent\n"
    "told = [RunStatus.COMPLETED, 'Queued' in RunStatus.get_running_statuses(), agent.get_user_agent()]": [
        "Completed",
        True,
        "mine/1.0",
    ],
    "from azureml._common.exceptions import AzureMLException\nfrom azureml._restclient.exceptions import"
    " ServiceException\nfrom azureml.exceptions import UserErrorException, ServiceException as Other\n"
    "told = [issubclass(UserErrorException, AzureMLException), ServiceException is Other]": [True, True],
    "from azureml._logging import ChainedIdentity\n"
    "class Mine(ChainedIdentity):\n    pass\n"
    "told = Mine(_ident='me').identity": "me",
    "from azureml.contrib.services.aml_request import AMLRequest, rawhttp\n"
    "from azureml.contrib.services.aml_response import AMLResponse\n"
    "@rawhttp\ndef run(request: AMLRequest):\n    return AMLResponse({'a': 1}, 201, {'x': 'y'}, json_str=True)\n"
    "answer = run(None)\ntold = [answer.status_code, answer.get_data(as_text=True), answer.headers['x']]": [
        201,
        '{"a": 1}',
        "y",
    ],
    "from azureml.monitoring import ModelDataCollector\n"
    "told = ModelDataCollector('m', designation='inputs').collect([1])": None,
    "from azureml.data import FileDataset, TabularDataset\nfrom azureml.data._dataset import _Dataset\n"
    "from azureml.data.abstract_dataset import AbstractDataset\n"
    "from azureml.core import Dataset\nfiles = Dataset.File.from_files('use.py')\n"
    "told = [isinstance(files, each) for each in (TabularDataset, FileDataset, _Dataset, AbstractDataset)]": [
        False,
        True,
        True,
        True,
    ],
    "import azureml\nfrom azureml.core import Workspace\n"
    "azureml._restclient.snapshots_client.SNAPSHOT_MAX_SIZE_BYTES = 10\n"
    "from azureml._scoredock.private_modules import snapshot_bytes\n"
    "told = [snapshot_bytes(), hasattr(azureml, '_restclients')]": [10, False],
    "from azureml.acft.common_components import get_logger_app\n"
    "from azureml.train.finetune.core.utils.logging_utils import get_logger_app as other\n"
    "told = [get_logger_app('a').name, other('b').name]": ["a", "b"],
    "from azureml.core import Run\nfrom azureml.exceptions import RunEnvironmentException\n"
    "try:\n    Run.get_submitted_run()\nexcept RunEnvironmentException as error:\n"
    "    told = type(error).__name__": "RunEnvironmentException",
    "from azureml.core.compute import AmlCompute, ComputeInstance\n"
    "told = AmlCompute.supported_vmsizes(None) + ComputeInstance.supported_vmsizes(None)": [],
    "from azureml.core.run import wraps, uuid4\nfrom azureml.core.workspace import json, choice\n"
    "import azureml.core.conda_dependencies as module\nimport azureml.core.webservice.local, base64, io\n"
    "told = [wraps.__module__, str(uuid4())[8], json.loads('1'), choice([2]),\n"
    "    module.StringIO is io.StringIO, azureml.core.webservice.local.b64encode is base64.b64encode]": [
        "functools",
        "-",
        1,
        2,
        True,
        True,
    ],
    "from azureml.core import Dataset, Workspace\nfrom azureml.data import FileDataset\n"
    "files, ws = Dataset.File.from_files('use.py'), Workspace.get('local')\n"
    "told = [type(each({})).__name__ for each in (files.add_tags, files.remove_tags, files.update)]\n"
    "told += [files.unregister_all_versions()]\nfiles.register(ws, 'mine').add_tags({'a': 'b'})\n"
    "mine = FileDataset.get_by_name(ws, 'mine')\n"
    "told += [mine.tags, FileDataset.get_by_id(ws, mine.id).name, 'mine' in FileDataset.get_all(ws)]": [
        "UserErrorException",
        "UserErrorException",
        "UserErrorException",
        None,
        {"a": "b"},
        "mine",
        True,
    ],
    "from azureml.core.model import module_logger\ntold = module_logger.name": "azureml.core.model",
    "import azureml.core\ntold = [hasattr(azureml.core, 'nonsense'), hasattr(azureml.core.workspace, 'Nonsense')]": [
        False,
        False,
    ],
}


def answer_of(terminal: Terminal, text: str) -> Any:
    (terminal.folder / "use.py").write_text(text)
    done = terminal.run("sdk", "run", *PYTHON, "use.py")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_name_is_imported(terminal: Terminal) -> None:
    assert len(NAMES) > 100
    assert answer_of(terminal, IMPORTS) == MISSED


def test_every_class_has_what_it_has_in_azure(terminal: Terminal) -> None:
    assert answer_of(terminal, MEMBERS) == [[], True]


def test_what_does_nothing_here_says_so_when_it_is_used(terminal: Terminal) -> None:
    answers = answer_of(
        terminal,
        f"import json\ntold = {{}}\nfor text in {list(USES)!r}:\n    try:\n        exec(text, {{}})\n"
        "    except Exception as error:\n"
        "        told[text] = [getattr(error, 'code', ''), getattr(error, 'short', '')]\n"
        "print(json.dumps(told))\n",
    )
    for text, words in USES.items():
        code, sentence = answers.get(text, ["", ""])
        assert (code, words in sentence) == ("sdk-not-here", True), (text, sentence)


@pytest.mark.parametrize(
    "imports",
    [
        "from azureml.pipeline.wrapper.dsl.module import InputDirectory\nfrom azureml.pipeline.wrapper import dsl\n",
        "from azureml.pipeline.wrapper import dsl\nfrom azureml.pipeline.wrapper.dsl.module import InputDirectory\n",
    ],
)
def test_a_function_named_as_a_module_says_so_in_either_order_of_imports(terminal: Terminal, imports: str) -> None:
    process = run(terminal, imports + "@dsl.module(name='a')\ndef step():\n    pass\n")
    assert process.returncode == 1
    assert "is not callable" not in process.stderr
    assert "sdk-not-here" in process.stderr


def test_a_script_of_the_workbench_has_a_logger_and_a_shared_folder(terminal: Terminal) -> None:
    text = (
        "import json\nimport os\nos.mkdir('own')\nos.chdir('own')\nos.environ['HOME'] = os.getcwd()\n"
        "from azureml.logging import get_azureml_logger\n"
        "from azureml.core import Run\nsaid = []\n"
        "type(Run.get_context()).log_list = lambda run, name, value: said.append([name, value])\n"
        "shared = os.environ['AZUREML_NATIVE_' 'SHARE_DIRECTORY']\ntold = get_azureml_logger().log('a', 1)\n"
        "get_azureml_logger().log('losses', [2, 1])\n"
        "print(json.dumps([told, os.path.isdir(shared), os.path.relpath(shared), shared[-1], os.listdir('outputs'),"
        " said]))\n"
    )
    assert answer_of(terminal, text) == [None, True, ".azureml/share", "/", [], [["losses", [2, 1]]]]


def test_a_script_of_the_workbench_without_its_logger_has_the_shared_folder(terminal: Terminal) -> None:
    terminal.env["HOME"] = str(terminal.folder)
    text = (
        "import json\nimport os\nopen(os.environ['AZUREML_NATIVE_SHARE_DIRECTORY'] + 'a.txt', 'w').close()\n"
        "print(json.dumps(os.listdir('.azureml/share')))\n"
    )
    assert answer_of(terminal, text) == ["a.txt"]


def test_the_logger_of_the_workbench_keeps_bytes_as_a_file_of_the_run(terminal: Terminal) -> None:
    text = (
        "import json\nfrom azureml.core import Run\nfrom azureml.logging import get_azureml_logger\n"
        "get_azureml_logger().upload('out/a.bin', b'12')\nget_azureml_logger().upload('/far/b.txt', 'ä')\n"
        "files = Run.get_context()._files\n"
        "print(json.dumps([[name, open(files[name], encoding='utf-8').read()] for name in sorted(files)]))\n"
    )
    assert answer_of(terminal, text) == [["b.txt", "ä"], ["out/a.bin", "12"]]


SCORE_OF_WORKBENCH = """import json
import os
import sys
from azureml.sdk import data_collector
from azureml.datacollector import ModelDataCollector
{imports}
class Table:
    def head(self, count):
        return self
    def to_json(self, orient, date_format):
        return '[{{"length": 3.0, "count": 2, "kind": "a", "sure": true, "gap": null}}]'
def init():
    global collector
    collector = ModelDataCollector("model.pkl", identifier="inputs")
def run(input_df, request_headers):
    collector.collect(input_df)
def main():
    init()
    run(None, None)
    data_collector.current_run().log("a", 1)
    samples = {{"input_df": SampleDefinition(DataTypes.PANDAS, Table())}}
    whole = generate_schema(run, inputs=samples, outputs={{"o": SampleDefinition(DataTypes.STANDARD, {{"b": [1]}})}})
    generate_schema(run_func=run, inputs=samples, filepath=".\\\\made\\\\schema.json")
    told = []
    for wrong in (None, {{}}, {{"other": samples["input_df"]}}, [1], {{"input_df": 1}}):
        try:
            generate_schema(run, wrong)
        except ValueError as error:
            told.append(str(error))
    with open(os.path.join("made", "schema.json")) as file:
        print(json.dumps([whole["output"]["o"]["swagger"], json.load(file)["input"]["input_df"]["swagger"], told]))
main()
"""


@pytest.mark.parametrize(
    "imports",
    [
        "from azureml.api.schema.dataTypes import DataTypes\n"
        "from azureml.api.schema.sampleDefinition import SampleDefinition\n"
        "from azureml.api.realtime.services import generate_schema\n",
        "from azureml.webservice_schema.data_types import DataTypes\n"
        "from azureml.webservice_schema.sample_definition import SampleDefinition\n"
        "from azureml.webservice_schema.schema_generation import generate_schema\n",
    ],
    ids=["Workbench", "azureml-webservice-schema"],
)
def test_a_script_of_the_first_services_writes_its_schema(terminal: Terminal, imports: str) -> None:
    output, rows, told = answer_of(terminal, SCORE_OF_WORKBENCH.format(imports=imports))
    assert terminal.json("check", "use.py")["findings"] == []
    whole = {"type": "integer", "format": "int64"}
    assert output == {
        "type": "object",
        "properties": {"b": {"type": "array", "items": whole}},
        "example": {"b": [1]},
    }
    assert rows["items"]["properties"] == {
        "length": {"type": "number", "format": "double"},
        "count": whole,
        "kind": {"type": "string"},
        "sure": {"type": "boolean"},
        "gap": {"type": "object"},
    }
    assert [each.partition(":")[0] for each in told] == ["Argument mismatch"] * 3 + [
        "The inputs are a dictionary of names with a SampleDefinition each."
    ] * 2


PREPARED = """import json
from azureml.dataprep import datasource, package
from azureml.dataprep.package import run
table = run('rows.dprep', dataflow_idx=0, spark=False)
source = datasource.load_datasource('rows.dsource')
told = []
for wrong in ('strange.dprep', 'rows.csv', 'foreign.dprep'):
    try:
        package.run(wrong)
    except Exception as error:
        told.append([error.code, error.short])
print(json.dumps([table.to_dict("list"), [str(each) for each in table.dtypes], list(source.columns), told]))
"""


def of_workbench(*blocks: tuple[str, dict[str, Any]]) -> str:
    steps = [{"type": f"Microsoft.DPrep.{kind}", "arguments": arguments} for kind, arguments in blocks]
    return json.dumps({"activities": [{"id": "one", "blocks": steps}]})


def test_a_data_preparation_package_of_the_workbench_gives_its_table(terminal: Terminal) -> None:
    folder = terminal.folder
    (folder / "rows.csv").write_text("5.1,a,x,01/02/2018\n,b,x,\n4,(null),y,03/04/2018\n\n3,,y,\n")
    typed = [{"columnId": "Column1", "typeProperty": 3, "typeArguments": {}}]
    typed.append({"columnId": "Column4", "typeProperty": 4, "typeArguments": {"dateTimeFormats": ["%d/%m/%Y"]}})
    headless = {"columnHeadersMode": 0, "separator": ",", "fileEncoding": 0, "skipRowsMode": 0}
    (folder / "rows.dsource").write_text(
        of_workbench(
            ("DataSourceBlock", {"path": {"target": 0, "resourceDetails": [{"path": "C:\\\\me\\\\rows.csv"}]}}),
            ("ParseDelimitedBlock", headless),
            ("SetColumnTypesBlock", {"columnConversion": typed}),
            ("SampleBlock", {}),
        )
    )
    source = {"reference": {"referenceContainerPath": "./rows.dsource", "referencedActivityId": "one"}}
    (folder / "rows.dprep").write_text(
        of_workbench(
            ("ReferenceActivityBlock", source),
            ("ColumnRenameBlock", {"columnId": "Column2", "newColumnId": "Kind"}),
            ("DeleteColumnBlock", {"columnIds": ["Column3"]}),
            ("FilterStringColumnBlock", {"columnId": "Kind", "filterResult": 1, "clauses": [{"operator": 2}]}),
            (
                "FilterStringColumnBlock",
                {"columnId": "Kind", "filterResult": 1, "clauses": [{"operator": 0, "value": "b"}]},
            ),
        )
    )
    filtered = {"columnId": "Kind", "filterResult": 0, "clauses": [{"operator": 2}]}
    (folder / "strange.dprep").write_text(
        of_workbench(("ReferenceActivityBlock", source), ("FilterStringColumnBlock", filtered))
    )
    (folder / "foreign.dprep").write_text(
        of_workbench(*((each, {}) for each in ("DataSourceBlock", "ReplaceErrorsBlock", "DeriveBlock", "DeriveBlock")))
    )
    table, kinds, columns, (strange, other, foreign) = answer_of(
        terminal, PREPARED.replace("to_dict(", "astype(str).to_dict(")
    )
    assert table == {"Column1": ["5.1", "4.0"], "Kind": ["a", "(null)"], "Column4": ["2018-02-01", "2018-04-03"]}
    assert [each.partition("[")[0] for each in kinds][::2] == ["float64", "datetime64"]
    assert columns == ["Column1", "Column2", "Column3", "Column4"]
    assert (strange[0], "FilterStringColumnBlock of strange.dprep" in strange[1]) == ("sdk-not-here", True)
    assert foreign[0] == "sdk-not-here"
    assert "What foreign.dprep does by ReplaceErrorsBlock, DeriveBlock has no meaning" in foreign[1], (
        "all, and each once"
    )
    assert (other[0], "rows.csv is not a data preparation package" in other[1]) == ("sdk-argument-invalid", True)
    assert terminal.json("check", "use.py")["findings"] == []


def test_what_does_no_harm_is_answered(terminal: Terminal) -> None:
    answers = answer_of(
        terminal,
        f"import json\ntold = {{}}\nfor text in {list(ANSWERS)!r}:\n    names = {{}}\n    exec(text, names)\n"
        "    told[text] = names['told']\nprint(json.dumps(told))\n",
    )
    assert answers == ANSWERS


@pytest.mark.parametrize(
    ("types", "row"),
    [
        ("None", {"id": 7, "share": "0,5", "ok": True, "day": "2026-11-29T00:00:00"}),
        (
            "{'id': DataType.to_string(), 'share': DataType.to_float(decimal_mark=','), 'ok': DataType.to_string(),"
            " 'day': DataType.to_datetime('%Y-%m-%d')}",
            {"id": "007", "share": 0.5, "ok": "True", "day": "2026-11-29T00:00:00"},
        ),
        ("{'id': DataType.to_long(), 'share': DataType.to_long(), 'ok': DataType.to_bool()}", {"id": 7, "share": None}),
    ],
)
def test_columns_have_the_types_that_are_given(terminal: Terminal, types: str, row: dict[str, Any]) -> None:
    (terminal.folder / "rows.csv").write_text("id;share;ok;day\n007;0,5;True;2026-11-29\n")
    answer = answer_of(
        terminal,
        "from azureml.core import Dataset\nfrom azureml.data import DataType\n"
        "from azureml.data.dataset_type_definitions import FileEncoding\n"
        "rows = Dataset.Tabular.from_delimited_files('rows.csv', separator=';', encoding=FileEncoding.UTF8,"
        f" set_column_types={types})\nprint(rows._rows[0])\n",
    )
    assert {name: answer[name] for name in row} == row


TABLE = (
    "partner,churn,left,bits,sure,age,share,since,day,note,gap\n"
    "Yes,Y,TRUE,0,1,41,1,2020-01-02 09:00:00,1/13/2020,1,Yes\nNo,N,FALSE,1,0,,0.5,2020-01-03T10:00:00Z,2/1/2020,no,\n"
)


def test_a_column_has_one_type_for_all_its_values(terminal: Terminal) -> None:
    (terminal.folder / "rows.csv").write_text(TABLE)
    answer = answer_of(
        terminal,
        "import json\nfrom azureml.core import Dataset\nfrom azureml.data.dataset_factory import DataType\n"
        "rows = Dataset.Tabular.from_delimited_files('rows.csv', set_column_types={'sure': DataType.to_bool()})\n"
        "frame = rows.to_pandas_dataframe()\nplain = Dataset.Tabular.from_delimited_files('rows.csv',"
        " infer_column_types=False).to_pandas_dataframe()\n"
        "print(json.dumps([{name: str(kind) for name, kind in frame.dtypes.items()}, frame.day.dt.month.tolist(),"
        " frame.note.tolist(), frame.gap.tolist(), frame.bits.tolist(), plain.bits.tolist()]))\n",
    )
    kinds = {name: kind.partition("[")[0] for name, kind in answer[0].items() if name not in ("note", "gap")}
    assert kinds == {
        **dict.fromkeys(("partner", "churn", "left", "sure"), "bool"),
        "bits": "int64",
        "age": "float64",
        "share": "float64",
        "since": "datetime64",
        "day": "datetime64",
    }
    assert answer[1:] == [[1, 2], ["1", "no"], [True, None], [0, 1], ["0", "1"]]
