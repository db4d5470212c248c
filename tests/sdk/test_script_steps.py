"""Pipelines of scripts, and folders that scripts write: what MLOps projects of v1 submit."""

from __future__ import annotations

import ast
import json
import shutil
from typing import Any

from cli.conftest import Terminal

from .test_scripts import CONNECT, run

HEAD = CONNECT + (
    "import json\nfrom azureml.core import Dataset, Experiment, ScriptRunConfig\n"
    "from azureml.core.runconfig import RunConfiguration\nfrom azureml.data import OutputFileDatasetConfig\n"
    "from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter, StepSequence\n"
    "from azureml.pipeline.steps import PythonScriptStep\nstore = ws.get_default_datastore()\n"
)
PREPARE = (
    "import argparse, os\nfrom azureml.core import Run\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument('--out')\nparser.add_argument('--table')\nparser.add_argument('--rate')\n"
    "words = parser.parse_args()\nrun = Run.get_context()\n"
    "assert os.path.isfile(run.input_datasets['raw'] + '/raw.txt')\n"
    "os.makedirs(words.out, exist_ok=True)\n"
    "open(os.path.join(words.out, 'rate.txt'), 'w').write(words.rate)\n"
    "open(os.path.join(words.table, 'rows.csv'), 'w').write('a,b\\n1,2\\n')\nrun.log('rate', float(words.rate))\n"
)
TRAIN = (
    "import os, sys\nfrom azureml.core import Run\nrun = Run.get_context()\n"
    "rate = open(os.path.join(sys.argv[1], 'rate.txt')).read()\n"
    "rows = open(os.path.join(run.input_datasets['table'], 'rows.csv')).read().split()\n"
    "os.makedirs('outputs', exist_ok=True)\nopen('outputs/model.txt', 'w').write(rate)\n"
    "run.upload_file('outputs/m.txt', 'outputs/model.txt')\n"
    "model = run.register_model('of-a-step', 'outputs/m.txt')\nrun.parent.tag('rows', rows[1])\n"
    "print('mode', os.environ['AML_PARAMETER_mode'], run.name)\n"
)
STEPS = (
    "open('raw.txt', 'w').write('1')\nstore.upload_files(['raw.txt'], target_path='raw')\n"
    "raw = Dataset.File.from_files((store, 'raw')).as_named_input('raw').as_mount()\n"
    "rate = PipelineParameter('rate', 1)\nprepared = PipelineData('prepared', datastore=store)\n"
    "table = OutputFileDatasetConfig('table', (store, 'tables/{run-id}')).register_on_complete('table-of-a-step')\n"
    "prepare = PythonScriptStep('prepare.py', 'prepare', ['--out', prepared, '--table', table, '--rate', rate],\n"
    "    compute_target='cpu', inputs=[raw], outputs=[prepared], source_directory='steps', allow_reuse=False)\n"
    "train = PythonScriptStep(script_name='train.py', name='train', arguments=[prepared], inputs=[prepared,\n"
    "    table.as_input('table')], source_directory='steps', runconfig=RunConfiguration(), params={'mode': rate})\n"
)


def answer_of(terminal: Terminal, text: str) -> Any:
    process = run(terminal, HEAD + text)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


def steps(terminal: Terminal) -> None:
    (terminal.folder / "steps").mkdir(exist_ok=True)
    (terminal.folder / "steps/prepare.py").write_text(PREPARE)
    (terminal.folder / "steps/train.py").write_text(TRAIN)


def test_scripts_run_one_after_the_other_with_the_folders_of_those_before(terminal: Terminal) -> None:
    steps(terminal)
    assert answer_of(
        terminal,
        f"{STEPS}pipeline = Pipeline(ws, steps=[train])\npublished = pipeline.publish('p')\n"
        "run = published.submit(ws, 'e', {'rate': 3})\nrun.wait_for_completion(show_output=True)\n"
        "first, second = (run.find_step_run(name)[0] for name in ('prepare', 'train'))\n"
        "first.get_output_data('prepared').download('got')\nimport glob\n"
        "print(json.dumps([run.status, first.get_metrics(), second.parent.id == run.id, run.get_tags(),\n"
        "    [each.name for each in run.get_steps()], len(glob.glob('got/**/rate.txt', recursive=True)),\n"
        "    Dataset.get_by_name(ws, 'table-of-a-step').to_path(), ws.models['of-a-step'].run_id == second.id]))\n",
    ) == ["Completed", {"rate": 3.0}, True, {"rows": "1,2"}, ["train", "prepare"], 1, ["/rows.csv"], True]


def test_a_table_that_a_script_leaves_is_one_for_the_scripts_behind_it(terminal: Terminal) -> None:
    (terminal.folder / "make.py").write_text(
        "import sys\nopen(sys.argv[1] + '/a.csv', 'w').write('a,b\\n1,2\\n3,4\\n')\n"
    )
    (terminal.folder / "read.py").write_text(
        "from azureml.core import Run\nrun = Run.get_context()\n"
        "for each in run.input_datasets:\n    run.log(each, str(run.input_datasets[each]._loaded()))\n"
    )
    whole, first, second, other, kept = answer_of(
        terminal,
        "files = OutputFileDatasetConfig('files', (store, 'tables/{run-id}'))\n"
        "table = files.read_delimited_files().register_on_complete('rows-of-a-step')\n"
        "first, second = table.drop_columns('b').random_split(0.5)\nplain = PipelineData('plain', store)\n"
        "steps = [PythonScriptStep('read.py', inputs=[table.as_input('whole'), first.as_input('first'),\n"
        "    second.as_input('second'), plain.as_dataset().parse_delimited_files().as_named_input('other')]),\n"
        "    PythonScriptStep('make.py', arguments=[plain], outputs=[plain]),\n"
        "    PythonScriptStep('make.py', arguments=[table])]\n"
        "run = Pipeline(ws, steps).submit('e')\nrun.wait_for_completion(False)\n"
        "logged = run.find_step_run('read.py')[0].get_metrics()\n"
        "print(json.dumps([logged[each] for each in ('whole', 'first', 'second', 'other')]\n"
        "    + [ws.datasets['rows-of-a-step']._loaded()]))\n",
    )
    assert whole == other == str(kept) == str(['{"a": 1, "b": 2}', '{"a": 3, "b": 4}'])
    assert sorted(ast.literal_eval(first) + ast.literal_eval(second)) == ['{"a": 1}', '{"a": 3}']


ROOT = (
    "from azureml.core import Run\nrun = Run.get_context()\npipeline_run = Run(run.experiment, run._root_run_id)\n"
    "open('m.txt', 'w').write(run._experiment.workspace._workspace_name)\n"
    "pipeline_run.upload_file('outputs/root/m.txt', 'm.txt')\n"
    "pipeline_run.register_model('of-a-root', 'outputs/root')\nassert run._run_id == run.id != run._root_run_id\n"
)


def test_a_step_registers_a_model_with_the_run_of_its_pipeline_by_the_private_name(terminal: Terminal) -> None:
    steps(terminal)
    (terminal.folder / "steps/root.py").write_text(ROOT)
    assert answer_of(
        terminal,
        "step = PythonScriptStep('root.py', compute_target='cpu', source_directory='steps')\n"
        "run = Experiment(ws, 'e').submit(Pipeline(ws, [step]))\nrun.wait_for_completion(show_output=True)\n"
        "print(json.dumps([ws.models['of-a-root'].run_id == run.id == run._root_run_id, run.get_file_names()]))\n",
    ) == [True, ["outputs/root/m.txt"]]


def test_a_script_that_fails_ends_the_pipeline_with_its_cause(terminal: Terminal) -> None:
    steps(terminal)
    (terminal.folder / "steps/prepare.py").write_text("raise ValueError('no rows')\n")
    process = run(terminal, f"{HEAD}{STEPS}Experiment(ws, 'e').submit(Pipeline(ws, [train])).wait_for_completion()\n")
    assert process.returncode == 1
    assert "StepRun( train )" not in process.stdout, process.stdout
    assert "ValueError: no rows" in process.stderr


def test_steps_run_in_the_order_that_is_said(terminal: Terminal) -> None:
    (terminal.folder / "say.py").write_text("import sys\nopen(sys.argv[1], 'a').write(sys.argv[2])\n")
    path = terminal.folder / "order.txt"
    for order in (
        "third.run_after(second)\nsecond.run_after(first)\nsteps = [third]\n",
        "steps = StepSequence(steps=steps)\n",
    ):
        path.write_text("")
        answer_of(
            terminal,
            f"steps = first, second, third = [PythonScriptStep('say.py', arguments=[{str(path)!r}, each], name=each)"
            f" for each in '123']\n{order}run = Pipeline(ws, steps).submit('e')\nrun.wait_for_completion(False)\n"
            "print(0)\n",
        )
        assert path.read_text() == "123"


def test_a_submitted_script_writes_into_the_folder_of_a_datastore(terminal: Terminal) -> None:
    (terminal.folder / "write.py").write_text("import sys\nopen(sys.argv[1] + '/a.txt', 'w').write('a')\n")
    assert answer_of(
        terminal,
        "out = OutputFileDatasetConfig('o', (store, 'written/{run-id}')).as_upload().register_on_complete('written')\n"
        "run = Experiment(ws, 'e').submit(ScriptRunConfig('.', 'write.py', [out]))\nrun.wait_for_completion()\n"
        "store.download('got', f'written/{run.id}')\nimport os\n"
        "print(json.dumps([os.listdir(f'got/written/{run.id}'), ws.datasets['written'].to_path()]))\n",
    ) == [["a.txt"], ["/a.txt"]]


def test_what_is_wrong_with_a_step_is_told_where_it_is_made(terminal: Terminal) -> None:
    process = run(terminal, f"{HEAD}Pipeline(ws, [PythonScriptStep('missing.py', source_directory='.')])\n")
    assert "missing.py doesn't exist in the source directory" in process.stderr
    process = run(terminal, f"{HEAD}PythonScriptStep('p.py', runconfig=ScriptRunConfig('.'))\n")
    assert "The runconfig of the step p.py is a ScriptRunConfig" in process.stderr
    assert "Give its run_config. [sdk-argument-invalid]" in process.stderr


def test_a_script_without_configuration_is_in_the_workspace_of_the_script_that_submitted_it(terminal: Terminal) -> None:
    (terminal.folder / "train").mkdir()
    (terminal.folder / "train/train.py").write_text(
        "from azureml.core import Run, Workspace\nws = Workspace.from_config()\n"
        "assert ws.name == Run.get_context().experiment.workspace.name\nopen('outputs/m.txt', 'w').write(ws.name)\n"
        "from azureml.core.model import Model\nModel.register(ws, 'outputs/m.txt', 'of-a-submitted-script')\n"
    )
    assert answer_of(
        terminal,
        "run = Experiment(ws, 'e').submit(ScriptRunConfig('train', 'train.py'))\n"
        "run.wait_for_completion(show_output=True)\n"
        "run.download_file('outputs/m.txt', 'm.txt')\n"
        "print(json.dumps([open('m.txt').read() == ws.name != 'local', 'of-a-submitted-script' in ws.models]))\n",
    ) == [True, True]


def test_a_path_of_the_datastore_may_be_another_one_each_time(terminal: Terminal) -> None:
    (terminal.folder / "count.py").write_text(
        "import os, sys\nfrom azureml.core import Run\nassert sys.argv[1] == '--data'\n"
        "Run.get_context().log('files', len(os.listdir(sys.argv[2])))\n"
    )
    assert answer_of(
        terminal,
        "from azureml.data.datapath import DataPath, DataPathComputeBinding\n"
        "open('a.txt', 'w').write('a')\nopen('b.txt', 'w').write('b')\n"
        "store.upload_files(['a.txt'], target_path='one')\nstore.upload_files(['a.txt', 'b.txt'], target_path='two')\n"
        "path = PipelineParameter('path', DataPath(store, 'one'))\n"
        "given = (path, DataPathComputeBinding(mode='mount'))\n"
        "step = PythonScriptStep('count.py', arguments=['--data', given], inputs=[given], compute_target='cpu')\n"
        "pipeline = Pipeline(ws, [step])\ncounts = []\n"
        "for values in ({}, {'path': DataPath(datastore=store, path_on_datastore='two')}):\n"
        "    run = Experiment(ws, 'e').submit(pipeline, pipeline_parameters=values)\n"
        "    run.wait_for_completion(show_output=False)\n"
        "    counts.append(run.find_step_run('count.py')[0].get_metrics()['files'])\n"
        "try:\n    DataPathComputeBinding('direct')\n"
        "except Exception as error:\n    counts.append(type(error).__name__)\n"
        "print(json.dumps(counts))\n",
    ) == [1, 2, "UserErrorException"]


def test_a_published_pipeline_is_submitted_by_a_request(terminal: Terminal) -> None:
    steps(terminal)
    assert answer_of(
        terminal,
        "import requests\nfrom azureml.core.authentication import InteractiveLoginAuthentication\n"
        "from azureml.pipeline.core import PipelineEndpoint, PipelineRun, PublishedPipeline\n"
        f"{STEPS}published = Pipeline(ws, steps=[train]).publish('p')\n"
        "endpoint = PipelineEndpoint.publish(ws, 'latest', pipeline=published)\n"
        "headers = InteractiveLoginAuthentication().get_authentication_header()\n"
        "body = {'ExperimentName': 'by-request', 'ParameterAssignments': {'rate': 7}, 'tags': {'BuildId': 3}}\n"
        "answers = []\n"
        "for address in (published.endpoint, endpoint.endpoint):\n"
        "    response = requests.post(address, headers=headers, json=body)\n    response.raise_for_status()\n"
        "    run = PipelineRun(ws.experiments['by-request'], response.json()['Id'])\n"
        "    run.wait_for_completion(show_output=False)\n"
        "    answers.append(run.find_step_run('prepare')[0].get_metrics()['rate'])\n"
        "    assert run.get_tags()['BuildId'] == '3'\n"
        "answers.append(requests.post(published.endpoint, json={}).status_code)\n"
        "answers.append(requests.post(published.endpoint + 'x', json=body).status_code)\npublished.disable()\n"
        "refused = requests.post(published.endpoint, json=body)\n"
        "print(json.dumps([*answers, refused.status_code, refused.json()['error']['message']]))\n",
    ) == [7.0, 7.0, 400, 404, 400, "The published pipeline p is disabled."]


def test_commands_and_estimators_are_steps_as_scripts_are(terminal: Terminal) -> None:
    steps(terminal)
    (terminal.folder / "steps" / "note.py").write_text(
        "import os, sys\nfrom azureml.core import Run\nos.makedirs(sys.argv[1], exist_ok=True)\n"
        "open(sys.argv[1] + '/said.txt', 'a').write(sys.argv[2])\n"
        "Run.get_context().log('secret', os.environ['OF_THE_VAULT'] + os.environ.get('WORLD_SIZE', ''))\n"
    )
    answer = answer_of(
        terminal,
        "from azureml.core.runconfig import MpiConfiguration, PyTorchConfiguration\n"
        "from azureml.pipeline.steps import CommandStep, EstimatorStep\n"
        "from azureml.train.estimator import Estimator, Mpi\n"
        "vault = ws.get_default_keyvault()\nvault.set_secret('of-the-vault', 'kept')\n"
        "assert vault.get_secret(name='of-the-vault') == 'kept' and len(vault.list_secrets()) == 1\n"
        "said, config = PipelineData('said', datastore=store), RunConfiguration()\n"
        "config.environment.python.user_managed_dependencies = True\n"
        "first = CommandStep(['python', 'note.py', said, 'one'], 'first', 'cpu', config, outputs=[said],\n"
        "    source_directory='steps')\n"
        "trainer = Estimator('steps', entry_script='note.py', compute_target='cpu', user_managed=True,\n"
        "    distributed_training=Mpi(process_count_per_node=2))\n"
        "second = EstimatorStep('second', trainer, [said, 'two'], inputs=[said], compute_target='cpu')\n"
        "run = Pipeline(ws, [second]).submit('e')\nrun.wait_for_completion(show_output=True)\n"
        "run.find_step_run('first')[0].get_output_data('said').download('got')\nimport glob\n"
        "text = open(glob.glob('got/**/said.txt', recursive=True)[0]).read()\n"
        "alone = ScriptRunConfig('steps', 'note.py', ['out', 'x'], config,\n"
        "    distributed_job_config=PyTorchConfiguration(process_count=4))\n"
        "alone = Experiment(ws, 'e').submit(alone)\nalone.wait_for_completion()\n"
        "above = Experiment(ws, 'e').start_logging()\n"
        "below = above.submit_child(ScriptRunConfig('steps', 'note.py', ['out', 'x'], config))\n"
        "below.wait_for_completion()\nabove.complete()\n"
        "from azureml.core.compute import ComputeInstance, ComputeTarget\n"
        "lab = ComputeTarget.create(ws, 'lab', ComputeInstance.provisioning_configuration(vm_size='x'))\n"
        "lab.stop()\nlog = run.find_step_run('second')[0].get_stdout_log()\n"
        "print(json.dumps([run.status, text, alone.get_metrics()['secret'], MpiConfiguration().node_count,\n"
        "    below.parent.id == above.id, lab.get_status().state, isinstance(log, str)]))\n",
    )
    assert answer == ["Completed", "onetwo", "kept1", 1, True, "Stopped", True]


def test_a_published_pipeline_is_there_for_other_scripts(terminal: Terminal) -> None:
    steps(terminal)
    published = answer_of(
        terminal,
        "from azureml.core.compute import AmlCompute, ComputeTarget\n"
        "from azureml.pipeline.core import PipelineEndpoint\n"
        "cpu = ComputeTarget.create(ws, 'cpu', AmlCompute.provisioning_configuration(vm_size='x'))\n"
        f"{STEPS}train._target = cpu\npublished = Pipeline(ws, steps=[train]).publish('nightly', version='2')\n"
        "other = Pipeline(ws, steps=[train]).publish('off')\nother.disable()\n"
        "endpoint = PipelineEndpoint.publish(ws, 'latest', pipeline=other)\nendpoint.add_default(published)\n"
        "unusual = PythonScriptStep('prepare.py', 'p', [PipelineParameter('x', lambda: 1)], source_directory='steps')\n"
        "Pipeline(ws, steps=[unusual]).publish('unusual')\nprint(json.dumps(published.id))\n",
    )
    shutil.rmtree(terminal.folder / "steps")
    (terminal.folder / "raw.txt").unlink()
    assert answer_of(
        terminal,
        "from azureml.pipeline.core import PipelineEndpoint, PublishedPipeline\n"
        "found = [each for each in PublishedPipeline.list(ws) if each.name == 'nightly']\n"
        f"assert [each.id for each in found] == [{published!r}], found\n"
        "runs = [found[0].submit(ws, 'later', {'rate': 5}), PipelineEndpoint.get(ws, name='latest').submit('later')]\n"
        "rates = []\nfor each in runs:\n    each.wait_for_completion(show_output=True)\n"
        "    rates.append(each.find_step_run('prepare')[0].get_metrics()['rate'])\n"
        "refused = []\nfor call in (lambda: PublishedPipeline.get(ws, 'none'),\n"
        "        lambda: PipelineEndpoint.get(ws, name='x'),\n"
        "        lambda: PipelineEndpoint.get(ws, name='latest').submit('later', pipeline_version='0'),\n"
        "        lambda: [each for each in PublishedPipeline.list(ws) if each.name == 'unusual'][0].submit(ws, 'e')):\n"
        "    try:\n        call()\n    except Exception as error:\n        refused.append(error.message)\n"
        "print(json.dumps([rates, found[0].version, [each.split(' Run')[0] for each in refused[:3]],\n"
        "    'is made of is not in this workspace' in refused[3]]))\n",
    ) == [
        [5.0, 1.0],
        "2",
        [
            "The published pipeline none is not in this workspace.",
            "The pipeline endpoint x is not in this workspace.",
            "The published pipeline off is disabled.",
        ],
        True,
    ]


def test_what_a_script_was_submitted_with_can_be_restored(terminal: Terminal) -> None:
    (terminal.folder / "train").mkdir()
    (terminal.folder / "train/train.py").write_text("open('outputs/a.txt', 'w').write('1')\n")
    answer = answer_of(
        terminal,
        "import os, zipfile\nconfig = ScriptRunConfig('train', 'train.py')\n"
        "first, second = (Experiment(ws, 'e').submit(config) for _ in range(2))\n"
        "first.wait_for_completion()\nopen('train/train.py', 'w').write('changed')\n"
        "path = first.restore_snapshot(path='.')\n"
        "text = zipfile.ZipFile(path).read('train.py').decode()\n"
        "own = Experiment(ws, 'e').start_logging(snapshot_directory=None)\nown.take_snapshot('train/train.py')\n"
        "later = zipfile.ZipFile(ws.get_run(own.id).restore_snapshot()).read('train.py').decode()\nown.complete()\n"
        "print(json.dumps([first.get_snapshot_id() == second.get_snapshot_id(), os.path.basename(path) ==\n"
        "    first.get_snapshot_id() + '.zip', zipfile.ZipFile(path).namelist(), text, later]))\n",
    )
    assert answer == [True, True, ["train.py"], "open('outputs/a.txt', 'w').write('1')\n", "changed"]


def test_a_step_reads_the_tags_that_its_pipeline_was_submitted_with(terminal: Terminal) -> None:
    """As templates of MLOps do: published or not, by an experiment, with an experiment's name set before."""
    (terminal.folder / "steps").mkdir(exist_ok=True)
    (terminal.folder / "steps/read.py").write_text(
        "from azureml.core import Run\nrun = Run.get_context()\n"
        "run.parent.tag('read', run.parent.get_tags()['BuildId'])\n"
    )
    answer = answer_of(
        terminal,
        "pipeline = Pipeline(ws, [PythonScriptStep('read.py', source_directory='steps', compute_target='cpu')])\n"
        "pipeline._set_experiment_name\npipeline._set_experiment_name('tagged')\n"
        "read = []\nfor each in (pipeline, pipeline.publish('tagged')):\n"
        "    run = Experiment(ws, 'tagged').submit(each, tags={'BuildId': 7})\n"
        "    run.wait_for_completion(show_output=False)\n    read.append(run.get_tags())\nprint(json.dumps(read))",
    )
    assert answer == [{"BuildId": "7", "read": "7"}] * 2


def test_a_step_that_cancels_its_pipeline_is_the_last_one(terminal: Terminal) -> None:
    """As templates do with a model that is no better: it is not registered by the step behind."""
    (terminal.folder / "steps").mkdir(exist_ok=True)
    (terminal.folder / "steps/look.py").write_text(
        "from azureml.core import Run\nrun = Run.get_context()\nrun.parent.cancel()\n"
    )
    (terminal.folder / "steps/register.py").write_text(
        "from azureml.core import Run\nRun.get_context().parent.tag('registered', 'yes')\n"
    )
    answer = answer_of(
        terminal,
        "steps = [PythonScriptStep(f'{name}.py', name, source_directory='steps', compute_target='cpu')\n"
        "    for name in ('look', 'register')]\n"
        "run = Experiment(ws, 'cancelled').submit(Pipeline(ws, StepSequence(steps)))\n"
        "run.wait_for_completion(show_output=False, raise_on_error=False)\n"
        "print(json.dumps([run.get_status(), run.get_tags(), [each.name for each in run.get_steps()]]))",
    )
    assert answer == ["Canceled", {}, ["look"]]


SEEN = (
    "import os, sys\nclass Seen:\n    def write(self, text):\n        sys.__stderr__.write(text)\n"
    "        if 'Waiting for the run' in text:\n            open('waiting', 'w').close()\n"
    "    def flush(self):\n        sys.__stderr__.flush()\nsys.stderr = Seen()\n"
)
"""Makes a file when the script has begun to wait."""


def test_a_pipeline_that_fails_after_the_last_line_of_the_script_is_named(terminal: Terminal) -> None:
    (terminal.folder / "steps").mkdir(exist_ok=True)
    (terminal.folder / "steps/wrong.py").write_text(
        "import os, sys, time\nwhile not os.path.exists(sys.argv[1]):\n    time.sleep(0.05)\n"
        "raise ValueError('no such column')\n"
    )
    done = run(
        terminal,
        f"{HEAD}{SEEN}step = PythonScriptStep('wrong.py', 'train', [os.path.abspath('waiting')],\n"
        "    source_directory='steps', compute_target='cpu')\n"
        "print('RUN', Experiment(ws, 'left').submit(Pipeline(ws, [step])).id)\n",
    )
    id = done.stdout.rpartition("RUN ")[2].strip()
    (line,) = [each for each in done.stderr.splitlines() if " has failed" in each]
    assert line.startswith(f"The run {id} has failed in its step train: "), done.stderr
    assert ("no such column" in line, done.returncode) == (True, 0), line


def test_a_folder_of_the_arguments_is_an_input_or_an_output(terminal: Terminal) -> None:
    made = (
        "made = PipelineData('made', datastore=store)\n"
        "PythonScriptStep('s.py', arguments=['--out', made], outputs=[made])\n"
        "PythonScriptStep('s.py', arguments=[made.as_mount()], inputs=[made.as_named_input('a')])\n"
        "PythonScriptStep('s.py', name='fit', arguments=['--out', made.as_mount()], inputs=[PipelineData('other')])\n"
    )
    process = run(terminal, HEAD + made)
    assert process.returncode == 1
    assert "Input/Output made appears in arguments list but is not in the input/output lists" in process.stderr
    assert "Add it to the outputs of the step fit" in process.stderr
