"""Datasets as arguments of submitted scripts, and what can be done with their rows and files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.conftest import Terminal

from .test_runs import HEAD, told
from .test_scripts import run

TRAIN = (
    "import argparse, glob, os\nfrom azureml.core import Dataset, Run\nrun = Run.get_context()\n"
    "parser = argparse.ArgumentParser()\nfor name in ('table', 'files', 'one'):\n    parser.add_argument('--' + name)\n"
    "given = parser.parse_args()\n"
    "table = run.input_datasets['training']\n"
    "again = Dataset.get_by_id(run.experiment.workspace, given.table)\n"
    "run.log_list('rows', [len(table.take(9)._rows), len(again.take(9)._rows)])\n"
    "assert run.input_datasets['folder'] == given.files, given\n"
    "names = sorted(os.path.basename(each) for each in glob.glob(given.files + '/*.csv'))\n"
    "open(given.files + '/a.csv', 'w').write('changed')\n"
    "run.log_list('files', names)\nrun.log('one', open(given.one).read())\n"
)


def test_a_submitted_script_reads_the_datasets_that_it_is_given(terminal: Terminal) -> None:
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(TRAIN)
    (terminal.folder / "data").mkdir()
    for name in ("a", "b"):
        (terminal.folder / "data" / f"{name}.csv").write_text("x,y\n1,2\n3,4\n")
    (terminal.folder / "data" / "picture.png").write_bytes(b"\xff\xd8")
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset, ScriptRunConfig\n"
        "from azureml.data.datapath import DataPath\n"
        "store = ws.get_default_datastore()\n"
        "Dataset.File.upload_directory('data', DataPath(store, 'diabetes-data'), show_progress=False)\n"
        "table = Dataset.Tabular.from_delimited_files((store, 'diabetes-data/*.csv'))\n"
        "files = Dataset.File.from_files(path=(store, 'diabetes-data/*.csv'))\n"
        "files = files.register(ws, 'diabetes files', create_new_version=True)\n"
        "one = Dataset.File.from_files('data/a.csv')\n"
        "config = ScriptRunConfig('training', 'train.py', arguments=['--table', table.as_named_input('training'),\n"
        "    '--files', ws.datasets['diabetes files'].as_named_input('folder').as_download(),\n"
        "    '--one', one.as_mount()])\n"
        "run = Experiment(ws, 'inputs').submit(config)\nrun.wait_for_completion(show_output=True)\n"
        "everything = Dataset.File.from_files('data')\n"
        "copies = everything.download('copied')\n"
        "print(json.dumps([run.get_metrics(), files.to_path(), Dataset.get_by_name(ws, 'diabetes files').to_path(),"
        " everything.to_path(), len(copies), open('data/a.csv').read()]))\n"
    )
    assert told(run(terminal, text)) == [
        {"rows": [4, 4], "files": ["a.csv", "b.csv"], "one": "x,y\n1,2\n3,4\n"},
        ["/a.csv", "/b.csv"],
        ["/a.csv", "/b.csv"],
        ["/a.csv", "/b.csv", "/picture.png"],
        3,
        "x,y\n1,2\n3,4\n",
    ]
    assert (terminal.folder / "copied" / "picture.png").read_bytes() == b"\xff\xd8"


def test_files_that_are_not_mounted_are_a_dataset_for_the_script(terminal: Terminal) -> None:
    (terminal.folder / "data" / "inner").mkdir(parents=True)
    for name in ("a", "inner/b"):
        (terminal.folder / "data" / f"{name}.csv").write_text("x,y\n1,2\n")
    (terminal.folder / "train.py").write_text(
        "import os\nfrom azureml.core import Run\nrun = Run.get_context()\nfiles = run.input_datasets['direct']\n"
        "copies = files.download('copied')\nrun.log_list('names', files.to_path())\n"
        "assert [os.path.isfile(each) for each in copies] == [True, True]\n"
        "with files.mount() as mounted:\n    run.log('text', open(mounted.mount_point + '/inner/b.csv').read())\n"
        "assert os.path.isdir(run.input_datasets['folder'])\n"
    )
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset, ScriptRunConfig\n"
        "files = Dataset.File.from_files('data/**')\n"
        "config = ScriptRunConfig('.', 'train.py', arguments=[files.as_named_input('direct'),\n"
        "    files.as_named_input('folder').as_mount()])\n"
        "run = Experiment(ws, 'inputs').submit(config)\nrun.wait_for_completion(show_output=True)\n"
        "print(json.dumps(run.get_metrics()))\n"
    )
    assert told(run(terminal, text)) == {"names": ["/a.csv", "/inner/b.csv"], "text": "x,y\n1,2\n"}


def test_datasets_of_a_run_configuration_are_in_variables_of_the_script(terminal: Terminal) -> None:
    """As those among the arguments are: their names are those of variables, with the path or the id."""
    (terminal.folder / "data").mkdir()
    (terminal.folder / "data" / "a.csv").write_text("x,y\n1,2\n")
    (terminal.folder / "train.py").write_text(
        "import os\nfrom azureml.core import Dataset, Run\nrun = Run.get_context()\n"
        "for name in ('AZUREML_DATAREFERENCE_made', 'plain', 'AZURE_ML_INPUT_argument', 'AZUREML_DATAREFERENCE_old'):\n"
        "    run.log_list(name, os.listdir(os.environ[name]))\n"
        "assert run.input_datasets['made'] == os.environ['made']\n"
        "table = Dataset.get_by_id(run.experiment.workspace, os.environ['table'])\n"
        "run.log('rows', len(table.take(9)._rows))\n"
    )
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset, ScriptRunConfig\n"
        "from azureml.core.runconfig import Data, RunConfiguration\n"
        "store = ws.get_default_datastore()\nstore.upload('data', target_path='in', overwrite=True)\n"
        "files = Dataset.File.from_files((store, 'in'))\n"
        "table = Dataset.Tabular.from_delimited_files((store, 'in/a.csv'))\nconfiguration = RunConfiguration()\n"
        "configuration.data = {'made': Data.create(files.as_named_input('made').as_mount()),\n"
        "    'plain': files.as_named_input('plain').as_download(), 'table': table.as_named_input('table')}\n"
        "configuration.data_references = {'old': store.path('in', 'old').to_config()}\n"
        "config = ScriptRunConfig('.', 'train.py', [files.as_named_input('argument').as_mount()], configuration)\n"
        "run = Experiment(ws, 'inputs').submit(config)\nrun.wait_for_completion(show_output=True)\n"
        "told = [run.get_metrics()]\n"
        "for wrong in (files, 7):\n"
        "    configuration.data['made'] = wrong\n"
        "    try:\n        Experiment(ws, 'inputs').submit(config)\n"
        "    except Exception as error:\n        told.append(str(error.message))\n"
        "print(json.dumps(told))\n"
    )
    metrics, unnamed, wrong = told(run(terminal, text))
    names = ("AZUREML_DATAREFERENCE_made", "plain", "AZURE_ML_INPUT_argument", "AZUREML_DATAREFERENCE_old")
    assert metrics == {**{name: ["a.csv"] for name in names}, "rows": 1}
    assert "as_named_input" in unnamed
    assert wrong == "int cannot be used as input."


def test_data_of_a_configuration_may_be_named_and_outputs_may_stand_in_it(terminal: Terminal) -> None:
    (terminal.folder / "data").mkdir()
    (terminal.folder / "data" / "a.csv").write_text("x\n1\n")
    (terminal.folder / "train.py").write_text(
        "import os, sys\nfrom azureml.core import Run\nrun = Run.get_context()\n"
        "for name in ('by_id', 'by_name', 'place'):\n    run.log_list(name, os.listdir(os.environ[name]))\n"
        "assert run.input_datasets['by_id'] == os.environ['by_id']\n"
        "assert sorted(run.output_datasets) == ['made', 'other', 'plain'], run.output_datasets\n"
        "for folder in run.output_datasets.values():\n    open(folder + '/b.csv', 'w').close()\n"
        "run.log_list('given', [os.listdir(word.partition('=')[2])[0] if word[0] == '-' else word[:9]\n"
        "    for word in sys.argv[1:]])\n"
    )
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset, ScriptRunConfig\n"
        "from azureml.core.runconfig import Data, DataLocation, DataPath, OutputData, RunConfiguration\n"
        "from azureml.core import runconfig\nfrom azureml.data import OutputFileDatasetConfig\n"
        "store = ws.get_default_datastore()\nstore.upload('data', target_path='raw', overwrite=True)\n"
        "files = Dataset.File.from_files((store, 'raw')).register(ws, 'named', create_new_version=True)\n"
        "by_id, by_name = runconfig.Dataset(dataset_id=files.id), runconfig.Dataset(dataset_name='named')\n"
        "configuration = RunConfiguration()\nplace = DataPath(store.name, 'raw')\n"
        "configuration.data = {\n"
        "    'key': Data(DataLocation(by_id), mechanism='Mount', environment_variable_name='by_id'),\n"
        "    'by_name': Data(data_location=DataLocation(dataset=by_name), mechanism='download'),\n"
        "    'place': Data(DataLocation(data_path=place), mechanism='mount')}\n"
        "plain = OutputFileDatasetConfig('plain')\n"
        "configuration.output_data = {'made': OutputFileDatasetConfig(destination=(store, 'made-of-it')),\n"
        "    'other': OutputFileDatasetConfig(source='here'), 'plain': plain}\n"
        "configuration.data_references = {'old': store.path('raw', 'old').to_config()}\n"
        "arguments = [f\"--old={store.path('raw', 'old')}\", plain, f\"{files.as_named_input('x').as_mount()}\"]\n"
        "config = ScriptRunConfig('.', command=['sh', '-c', 'mkdir here; python train.py \"$@\"', 'x', *arguments],"
        " run_config=configuration)\n"
        "run = Experiment(ws, 'named').submit(config)\nrun.wait_for_completion(show_output=True)\n"
        "metrics = run.get_metrics()\nmessages = []\n"
        "for wrong in (lambda: 7, OutputData):\n    try:\n        configuration.output_data['made'] = wrong()\n"
        "        Experiment(ws, 'named').submit(config)\n"
        "    except Exception as error:\n        messages.append(str(error.message))\n"
        "print(json.dumps([metrics, os.listdir(store.path('made-of-it')._here()), messages]))\n"
    )
    done = run(terminal, text.replace("import json\n", "import json, os\n", 1))
    metrics, files, messages = told(done)
    assert metrics.pop("given")[::2] == ["a.csv", "<azureml."], metrics
    assert metrics == {name: ["a.csv"] for name in ("by_id", "by_name", "place")}
    assert files == ["b.csv"]
    assert messages[0] == "int cannot be used as output."
    assert "an OutputFileDatasetConfig" in messages[1]
    assert "the text of the DatasetConsumptionConfig is not a path" in done.stderr


def test_rows_are_split_and_columns_chosen(terminal: Terminal) -> None:
    rows = "".join(f"{number},{number * 2},a\n" for number in range(100))
    (terminal.folder / "table.csv").write_text("x,y,z\n" + rows)
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset\n"
        "table = Dataset.Tabular.from_delimited_files('table.csv').register(ws, 'to split', create_new_version=True)\n"
        "table = Dataset.get_by_name(ws, 'to split')\n"
        "one, other = table.random_split(percentage=0.7, seed=123)\n"
        "same, _ = table.random_split(0.7, 123)\n"
        "kept = table.keep_columns(['x', 'y']).drop_columns('y').take(2)._rows\n"
        "failed = []\n"
        "for call in (lambda: table.keep_columns('none'), lambda: table.random_split(7)):\n"
        "    try:\n        call()\n    except Exception as error:\n        failed.append(str(error.message))\n"
        "print(json.dumps([len(one._rows) + len(other._rows), 50 < len(one._rows) < 90, one._rows == same._rows, kept,"
        " len(table.with_timestamp_columns('x').take(200)._rows), failed]))\n"
    )
    assert told(run(terminal, text)) == [
        100,
        True,
        True,
        [json.dumps({"x": 0}), json.dumps({"x": 1})],
        100,
        ["The dataset has no column none; it has x, y, z.", "The share 7 is not between 0 and 1."],
    ]


def test_an_estimator_is_a_script_with_arguments_by_name(terminal: Terminal) -> None:
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(
        "import argparse, sys\nfrom azureml.core import Run\nrun = Run.get_context()\n"
        "run.log_list('given', sys.argv[1:])\n"
        "run.log('rows', len(run.input_datasets['table'].take(9)._rows))\n"
        "import markupsafe\n"
    )
    (terminal.folder / "table.csv").write_text("x,y\n1,2\n3,4\n")
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset\nfrom azureml.train.estimator import Estimator\n"
        "from azureml.train.sklearn import SKLearn\n"
        "table = Dataset.Tabular.from_delimited_files('table.csv')\n"
        "estimator = Estimator(source_directory='training', entry_script='train.py', compute_target='local',\n"
        "    script_params={'--rate': 0.1, '--quick': ''}, inputs=[table.as_named_input('table')],\n"
        "    conda_packages=['markupsafe'])\n"
        "run = Experiment(ws, 'estimators').submit(config=estimator)\nrun.wait_for_completion(show_output=True)\n"
        "made = SKLearn('training', entry_script='train.py').environment.python.conda_dependencies\n"
        "packages = list(made.pip_packages)\n"
        "print(json.dumps([run.get_metrics(), run.status, packages]))\n"
    )
    assert told(run(terminal, text)) == [
        {"given": ["--rate", "0.1", "--quick"], "rows": 2},
        "Completed",
        ["scikit-learn==0.20.3", "scipy==1.2.1", "joblib==0.13.2", "pandas", "azureml-defaults"],
    ]


def test_a_table_of_another_encoding_is_told_and_read_by_its_name(terminal: Terminal) -> None:
    """Names of encodings as the SDK has them."""
    text = "id;name\n1;José\n2;Müller\n"
    for name, encoding in (("latin", "cp1252"), ("wide", "utf-16"), ("marked", "utf-8-sig")):
        (terminal.folder / f"{name}.csv").write_bytes(text.encode(encoding))
    script = (
        f"{HEAD}import json\nfrom azureml.core import Dataset\nrows = []\n"
        "for name, kind in (('latin', 'windows1252'), ('wide', 'utf16'), ('marked', 'utf8'), ('marked', 'utf8bom')):\n"
        "    table = Dataset.Tabular.from_delimited_files(name + '.csv', separator=';', encoding=kind)\n"
        "    rows.append(table._rows)\n"
        "print(json.dumps([rows == 4 * rows[:1], rows[0]]))\n"
    )
    assert told(run(terminal, script)) == [
        True,
        ['{"id": 1, "name": "Jos\\u00e9"}', '{"id": 2, "name": "M\\u00fcller"}'],
    ]
    done = run(terminal, f"{HEAD}from azureml.core import Dataset\nDataset.Tabular.from_delimited_files('latin.csv')\n")
    assert done.returncode == 1
    assert "latin.csv cannot be read as UTF-8: line 2" in done.stderr
    assert "encoding='windows1252'" in done.stderr


def test_datastores_and_names_are_those_of_azure(terminal: Terminal) -> None:
    (terminal.folder / "data" / "raw").mkdir(parents=True)
    (terminal.folder / "data" / "raw" / "a.csv").write_text("x,y\n1,2\n")
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(
        "import os, sys\nfrom azureml.core import Run\n"
        "blobs, files = sorted(os.listdir(sys.argv[2])), os.listdir(sys.argv[4])\n"
        "Run.get_context().log_list('given', [sys.argv[1], *blobs, len(files)])\n"
    )
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset, Datastore\n"
        "from azureml.train.estimator import Estimator\n"
        "ws.set_default_datastore('workspacefilestore')\n"
        "assert Datastore.get_default(ws).name == ws.get_default_datastore().name == 'workspacefilestore'\n"
        "Datastore.get(ws, 'workspaceblobstore').set_as_default()\n"
        "store, other = ws.get_default_datastore(), Datastore.get(ws, 'workspacefilestore')\n"
        "store.upload(src_dir='.\\\\data\\\\raw', target_path='in\\\\raw', show_progress=False)\n"
        "store.upload_files(['data\\\\raw\\\\a.csv'], target_path='flat', show_progress=False)\n"
        "table = Dataset.Tabular.from_delimited_files((store, 'in\\\\raw\\\\a.csv'))\n"
        "table = table.register(ws, 'Sales (2021)', create_new_version=True)\n"
        "run = Experiment(ws, 'stores').submit(Estimator('training', entry_script='train.py', compute_target='local',\n"
        "    user_managed=True, script_params={'--blobs': store, '--files': other}))\n"
        "run.wait_for_completion(show_output=True)\n"
        "again = Dataset.get_by_name(ws, 'Sales (2021)', version=1)\n"
        "print(json.dumps([run.get_metrics()['given'], again.take(1)._rows,"
        " sorted(ws.datastores), other.path('x')._here() == store.path('x')._here()]))\n"
    )
    assert told(run(terminal, text)) == [
        ["--blobs", "flat", "in", 0],
        ['{"x": 1, "y": 2}'],
        ["workspaceartifactstore", "workspaceblobstore", "workspacefilestore", "workspaceworkingdirectory"],
        False,
    ]


def test_a_dataset_of_files_takes_a_line_of_any_length(terminal: Terminal) -> None:
    (terminal.folder / "config.json").write_text(json.dumps({"text": "x" * 2_900_000}))
    (terminal.folder / "many.txt").write_text("line\n" * 100_001)
    text = (
        f"{HEAD}import json, os\nfrom azureml.core import Dataset\n"
        "made = Dataset.File.from_files(['config.json', 'many.txt']).register(ws, 'of files')\n"
        "found = Dataset.get_by_name(ws, 'of files')\n"
        "print(json.dumps([found.to_path(), os.path.getsize(found.download('copied')[0])]))\n"
    )
    assert told(run(terminal, text)) == [["/config.json", "/many.txt"], 2_900_012]


def test_a_registered_dataset_is_shown_by_its_registration(terminal: Terminal) -> None:
    (terminal.folder / "table.csv").write_text("x,y\n1,2\n3,4\n")
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset\n"
        "Dataset.Tabular.from_delimited_files('table.csv').register(ws, 'shown', description='of a test')\n"
        "Dataset.File.from_files('table.csv').register(ws, 'files')\n"
        "shown = [str(Dataset.get_by_name(ws, name)).partition('\\n') for name in ('shown', 'files')]\n"
        "import datetime\nnow = datetime.datetime.now(datetime.timezone.utc)\n"
        "ages = [(now - each.data_changed_time).total_seconds() for each in Dataset.get_all(ws).values()]\n"
        "assert len(ages) == 2 and all(0 <= each < 60 for each in ages), ages\n"
        "print(json.dumps([[kind, json.loads(text)['registration']] for kind, _, text in shown]))\n"
    )
    (table, shown), (files, _) = told(run(terminal, text))
    assert (table, files) == ("TabularDataset", "FileDataset")
    assert (shown["id"], shown["version"], shown["description"]) == ("shown:1", 1, "of a test"), shown
    assert shown["workspace"].startswith("Workspace.create(name=")


def test_what_a_workspace_has_not_is_looked_for_there(terminal: Terminal) -> None:
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset, Environment, Workspace\nmessages = []\n"
        "other = Workspace.create('other-ones', exist_ok=True)\n"
        "for kind, each in ((Dataset.get_by_name, Workspace.get('local')), (Dataset.get_by_name, other),\n"
        "        (Environment.get, other)):\n"
        "    try:\n        kind(each, 'Iris')\n"
        "    except Exception as error:\n        messages.append(error.short)\n"
        "print(json.dumps(messages))\n"
    )
    end = "to see the registered ones."
    assert told(run(terminal, text)) == [
        f"The workspace has no dataset Iris. Run `scoredock dataset list` {end}",
        f"The workspace other-ones has no dataset Iris. Run `scoredock dataset list -w other-ones` {end}",
        f"The workspace other-ones has no environment Iris. Run `scoredock environment list -w other-ones` {end}",
    ]


NAMED = "from azureml.core import Dataset\nfrom azureml.data.dataset_factory import PromoteHeadersBehavior\n"


@pytest.mark.parametrize(
    ("lines", "header", "columns", "first"),
    [
        ("R&D Spend,Sales?\n1,2\n", "True", ["R&D Spend", "Sales?"], [1, 2]),
        (",a,a\n0,1,2\n", "True", ["Column1", "a", "a_1"], [0, 1, 2]),
        # One number for all repeated names: read with azureml-dataprep 5.5.
        ("A,B,A,B,A,C\n0,1,2,3,4,5\n", "True", ["A", "B", "A_1", "B_2", "A_3", "C"], [0, 1, 2, 3, 4, 5]),
        ("1,2\n3,4\n", "PromoteHeadersBehavior.NO_HEADERS", ["Column1", "Column2"], [1, 2]),
        ("1.5,b\n3,4,5\n", "False", ["Column1", "Column2", "Column3"], [1.5, "b", None]),
        ("age\n1\n2\n", "True", ["age"], [1]),
        ("body\n[1, 2]\n", "True", ["Column1"], ["[1, 2]"]),
    ],
)
def test_lines_of_several_columns_are_a_table_whatever_their_names_are(
    terminal: Terminal, lines: str, header: str, columns: list[str], first: list[Any]
) -> None:
    (terminal.folder / "table.csv").write_text(lines)
    text = (
        f"{HEAD}{NAMED}import json\n"
        f"frame = Dataset.Tabular.from_delimited_files('table.csv', header={header}).to_pandas_dataframe()\n"
        "row = json.loads(frame.to_json(orient='values'))[0]\nprint(json.dumps([list(frame.columns), row]))\n"
    )
    assert told(run(terminal, text)) == [columns, first]


def test_rows_are_chosen_by_conditions_and_by_time_and_files_by_their_number(terminal: Terminal) -> None:
    rows = "".join(f"2026-01-0{day},{day},{'' if day == 3 else 'x'}\n" for day in range(1, 6))
    (terminal.folder / "table.csv").write_text("day,count,note\n" + rows)
    for name in ("a", "b", "c"):
        (terminal.folder / f"{name}.txt").write_text("1\n2\n")
    text = (
        f"{HEAD}import json\nfrom datetime import datetime, timedelta\nfrom azureml.core import Dataset\n"
        "table = Dataset.Tabular.from_delimited_files('table.csv').with_timestamp_columns('day')\n"
        "table.register(ws, 'of days')\ntable = Dataset.get_by_name(ws, 'of days')\n"
        "def counts(some):\n    return some.to_pandas_dataframe()['count'].tolist()\n"
        "failed = []\n"
        "for call in (lambda: table['none'], lambda: table.drop_columns('day').time_recent(timedelta(1)),\n"
        "        lambda: table.filter(table['count'] > 1 and table['note'] == 'x')):\n"
        "    try:\n        call()\n    except Exception as error:\n"
        "        failed.append(str(getattr(error, 'message', error)))\n"
        "files = Dataset.File.from_files('*.txt')\n"
        "print(json.dumps([counts(table.filter((table['count'] > 1) & ~table['note'].is_null())),\n"
        "    counts(table.time_before(datetime(2026, 1, 2))), counts(table.time_between(datetime(2026, 1, 2),\n"
        "    datetime(2026, 1, 4), include_boundary=False)), len(table.time_recent(timedelta(36500))._rows),\n"
        "    counts(table.filter(table['day'] > datetime(2026, 1, 4))), table.timestamp_columns[0],\n"
        "    open(table.take(1).to_csv_files(';').download()[0]).read(), files.take(2).to_path(),\n"
        "    files.skip(2).to_path(), sum(len(each.to_path()) for each in files.random_split(0.5, 1)), failed]))\n"
    )
    assert told(run(terminal, text)) == [
        [2, 4, 5],
        [1, 2],
        [3],
        5,
        [5],
        "day",
        "day;count;note\n2026-01-01T00:00:00;1;x\n",
        ["/a.txt", "/b.txt"],
        ["/c.txt"],
        3,
        [
            "The dataset has no column none; it has day, count, note.",
            "The dataset has no column that tells the time: name it with with_timestamp_columns(timestamp=...).",
            "Join conditions with & and |, and write ~ for not: and, or and not keep only one of them.",
        ],
    ]
