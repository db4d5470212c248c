"""What older scripts describe a run with: targets that are attached, files of a datastore, files of configurations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.conftest import Terminal

from .test_scripts import CONNECT, run

HEAD = CONNECT + "import json\nfrom azureml.core import Experiment, ScriptRunConfig\n"
SUBMIT = "run = Experiment(ws, 'e').submit(config)\nrun.wait_for_completion(show_output=True)\n"


def answer_of(terminal: Terminal, text: str) -> Any:
    process = run(terminal, HEAD + text)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("kind", "configuration", "type"),
    [
        ("RemoteCompute", "attach_configuration('me', address='1.2.3.4', ssh_port=22)", "VirtualMachine"),
        ("HDInsightCompute", "attach_configuration(username='me', cluster_name='c')", "HDInsight"),
        ("DatabricksCompute", "attach_configuration('group', 'workspace', access_token='t')", "Databricks"),
        ("DataFactoryCompute", "provisioning_configuration(location='here')", "DataFactory"),
        ("KubernetesCompute", "attach_configuration(resource_id='/a/b', namespace='n')", "Kubernetes"),
    ],
)
def test_what_a_script_attaches_is_a_name_for_this_machine(
    terminal: Terminal, kind: str, configuration: str, type: str
) -> None:
    (terminal.folder / "step.py").write_text("print('here')\n")
    assert answer_of(
        terminal,
        f"from azureml.core.compute import ComputeTarget, {kind}\n"
        f"target = ComputeTarget.attach(ws, 'far-{kind.lower()}', {kind}.{configuration})\n"
        "assert target._wait_for_completion(show_output=True) == ('Succeeded', None)\n"
        "again = ws.compute_targets[target.name]\n"
        f"config = ScriptRunConfig('.', 'step.py', compute_target=target)\n{SUBMIT}"
        f"print(json.dumps([isinstance(again, {kind}), again.type, again.get_status(), run.status]))\n",
    ) == [True, type, "Succeeded", "Completed"]


def test_arguments_of_a_target_are_those_of_azure(terminal: Terminal) -> None:
    assert answer_of(
        terminal,
        "from azureml.core.compute import RemoteCompute\ntry:\n    RemoteCompute.attach_configuration(user='me')\n"
        "except TypeError as error:\n    print(json.dumps(str(error)))\n",
    )


def test_a_reference_to_a_datastore_is_its_folder_for_the_script(terminal: Terminal) -> None:
    (terminal.folder / "rows.csv").write_text("a,b\n")
    (terminal.folder / "copy_of.py").write_text("import shutil, sys\nshutil.copy(sys.argv[1], sys.argv[2])\n")
    assert answer_of(
        terminal,
        "from azureml.core.runconfig import DataReferenceConfiguration, RunConfiguration\n"
        "from azureml.data.data_reference import DataReference\n"
        "store = ws.get_default_datastore()\nstore.upload_files(['rows.csv'], target_path='in', overwrite=True)\n"
        "source = DataReference(datastore=store, data_reference_name='rows', path_on_datastore='in/rows.csv')\n"
        "target = store.path('out/of').as_upload()\nplain = RunConfiguration()\n"
        "named = DataReferenceConfiguration(store.name, path_on_datastore='in/rows.csv')\n"
        "plain.data_references = {'rows': source.to_config(), 'named': named}\n"
        "for first in (source.as_download(), str(source), '$AZUREML_DATAREFERENCE_named'):\n"
        "    config = ScriptRunConfig('.', 'copy_of.py', [first, target], run_config=plain)\n"
        f"    {SUBMIT.replace(chr(10), chr(10) + '    ').rstrip()}\n"
        "store.download('.', 'out/of', show_progress=False)\n"
        "print(json.dumps([str(source), run.status, open('out/of/rows.csv').read()]))\n",
    ) == ["$AZUREML_DATAREFERENCE_rows", "Completed", "a,b\n"]


def test_a_configuration_of_a_run_is_read_as_it_was_written(terminal: Terminal) -> None:
    assert (
        answer_of(
            terminal,
            "from azureml.core.conda_dependencies import CondaDependencies\n"
            "from azureml.core.runconfig import RunConfiguration\n"
            "packages = CondaDependencies.create(pip_packages=['numpy'])\n"
            "one = RunConfiguration(script='a.py', conda_dependencies=packages)\n"
            "one.target, one.environment_variables = 'cpu', {'a_b': '1'}\n"
            "one.save('.', 'x.runconfig')\none.save('other.yml', separate_environment_yaml=True)\n"
            "def of(each):\n    packages = list(each.environment.python.conda_dependencies.pip_packages)\n"
            "    return [each.script, each.target, each.environment_variables, packages]\n"
            "print(json.dumps([of(RunConfiguration.load('.', 'x')), of(RunConfiguration.load('other.yml'))]))\n",
        )
        == [["a.py", "cpu", {"a_b": "1"}, ["numpy"]]] * 2
    )


def test_a_configuration_of_azure_is_read_and_one_that_is_missing_is_named(terminal: Terminal) -> None:
    folder = terminal.folder / "aml_config"
    folder.mkdir()
    (folder / "conda.yml").write_text("dependencies:\n- python=3.8\n- pip:\n  - pandas==1.0\n")
    (folder / "train.runconfig").write_text(
        "script: train.py\ntarget: gpu\nframework: Python\nnodeCount: 2\nenvironment:\n"
        "  environmentVariables: {EXAMPLE_VAR: value}\n  python:\n    userManagedDependencies: false\n"
        "    condaDependenciesFile: aml_config/conda.yml\n  docker: {enabled: true, baseImage: null}\n"
    )
    assert answer_of(
        terminal,
        "from azureml.core.runconfig import RunConfiguration\none = RunConfiguration.load(path='.', name='train')\n"
        "try:\n    RunConfiguration.load('.', 'none')\nexcept Exception as error:\n    message = error.message\n"
        "print(json.dumps([one.target, one.node_count, one.environment.environment_variables,"
        " list(one.environment.python.conda_dependencies.pip_packages), message]))\n",
    ) == [
        "gpu",
        2,
        {"EXAMPLE_VAR": "value"},
        ["pandas==1.0"],
        "Failed to load RunConfiguration from path=. name=none",
    ]


def test_runs_of_an_experiment_are_counted(terminal: Terminal) -> None:
    assert answer_of(
        terminal,
        "lab = Experiment(ws, 'counted')\nruns = [lab.start_logging() for _ in range(2)]\n"
        "child = runs[1].child_run()\nfor each in (child, *runs):\n    each.complete()\n"
        "print(json.dumps([each.number for each in (*runs, child)]))\n",
    ) == [1, 2, 3]


def test_registered_datasets_are_changed_and_mounted(terminal: Terminal) -> None:
    (terminal.folder / "rows.csv").write_text("a,b\n1,2\n")
    assert answer_of(
        terminal,
        "import os\nfrom azureml.core import Dataset\nfiles = Dataset.File.from_files('rows.csv')\n"
        "one = files.register(ws, 'mounted', tags={'old': '1'})\n"
        "with one.mount() as place:\n    names = os.listdir(place.mount_point)\n"
        "one.add_tags({'new': '2'})\none.update(description='described', tags={'last': '3'})\n"
        "again = Dataset.get_by_name(ws, 'mounted')\nseen = [again.tags, again.description]\n"
        "again.unregister_all_versions()\n"
        "print(json.dumps([names, os.path.exists(place.mount_point), seen, 'mounted' in ws.datasets]))\n",
    ) == [["rows.csv"], False, [{"last": "3"}, "described"], False]


def test_everything_of_a_package_that_is_not_here_is_imported_by_a_star(terminal: Terminal) -> None:
    assert (
        answer_of(
            terminal,
            "from azureml.train.hyperdrive import *\nfrom azureml.pipeline.steps import *\n"
            "from azureml.widgets import ParallelRunStepDetails\n"
            "def code_of(use):\n    try:\n        use()\n    except Exception as error:\n        return error.code\n"
            "print(json.dumps([code_of(each) for each in"
            " (SynapseSparkStep, AutoMLStep, DatabricksStep, ParallelRunStepDetails)]))\n",
        )
        == ["sdk-not-here"] * 4
    )


def test_the_space_of_a_search_is_a_value(terminal: Terminal) -> None:
    script = (
        "from azureml.train.hyperdrive import choice, randint, uniform\n"
        "from azureml.train.hyperdrive.parameter_expressions import qlognormal\n"
        "space = [choice(1, 2), choice([3]), choice(range(2)), choice('a'), randint(9), uniform(0, 1.5),"
        " qlognormal(0, 1, 2)]\n"
    )
    assert answer_of(terminal, f"{script}print(json.dumps(space))\n") == [
        ["choice", [[1, 2]]],
        ["choice", [[3]]],
        ["choice", [[0, 1]]],
        ["choice", [["a"]]],
        ["randint", [9]],
        ["uniform", [0, 1.5]],
        ["qlognormal", [0, 1, 2]],
    ]
    (terminal.folder / "search.py").write_text(f"{script}import azureml.pipeline.steps as s\ns.AutoMLStep()\n")
    findings = terminal.run("check", "search.py").stdout
    assert "“AutoMLStep”" in findings
    assert "choice" not in findings
    assert "uniform" not in findings


def test_a_package_of_a_script_has_no_finding_of_our_own_file(terminal: Terminal) -> None:
    (terminal.folder / "model.pkl").write_bytes(b"1")
    (terminal.folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    process = run(
        terminal,
        HEAD + "from azureml.core.environment import Environment\n"
        "from azureml.core.model import InferenceConfig, Model\nmodel = Model.register(ws, 'model.pkl', 'packed')\n"
        "config = InferenceConfig('score.py', environment=Environment('plain'))\n"
        "package = Model.package(ws, [model], config, generate_dockerfile=True)\n"
        "package.wait_for_creation(show_output=True)\n",
    )
    assert "Package creation Succeeded" in process.stdout, process.stderr
    assert "inferenceconfig.json" not in process.stdout


def test_packages_count_however_a_run_configuration_gets_them(terminal: Terminal) -> None:
    assert answer_of(
        terminal,
        "from azureml.core.conda_dependencies import CondaDependencies\n"
        "from azureml.core.runconfig import RunConfiguration\n"
        "none, put, added, refused = [RunConfiguration() for _ in range(4)]\n"
        "put.environment.python.conda_dependencies = CondaDependencies.create(pip_packages=['six'])\n"
        "added.environment.python.conda_dependencies.add_pip_package('six')\n"
        "refused.environment.python.user_managed_dependencies = False\n"
        "sections = [each.environment.python for each in (none, put, added, refused)]\n"
        "print(json.dumps([each.user_managed_dependencies for each in sections]))\n",
    ) == [True, False, False, False]


def test_a_compute_instance_is_deleted_with_the_arguments_of_azure(terminal: Terminal) -> None:
    assert (
        answer_of(
            terminal,
            "from azureml.core.compute import ComputeInstance, ComputeTarget\n"
            "configuration = ComputeInstance.provisioning_configuration(vm_size='STANDARD_DS3_V2')\n"
            "ComputeTarget.create(ws, 'desk', configuration).delete(wait_for_completion=True, show_output=True)\n"
            "print(json.dumps('desk' in ws.compute_targets))\n",
        )
        is False
    )


def test_a_script_has_the_folders_whose_files_are_kept(terminal: Terminal) -> None:
    (terminal.folder / "train.py").write_text(
        "open('outputs/model.txt', 'w').write('m')\nopen('logs/steps.txt', 'w').write('s')\n"
    )
    assert answer_of(
        terminal,
        f"config = ScriptRunConfig('.', 'train.py')\n{SUBMIT}"
        "print(json.dumps([name in run.get_file_names() for name in ('logs/steps.txt', 'outputs/model.txt')]))\n",
    ) == [True, True]
