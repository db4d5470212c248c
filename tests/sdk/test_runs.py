"""Runs that scripts log: kept in the workspace, found again by the next process, shown and written out."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli.conftest import Terminal
from events.receivers import listening

from .conftest import PYTHON
from .test_scripts import CONNECT, run

HEAD = CONNECT + "from azureml.core import Experiment, Run\n"
LOGGING = HEAD + (
    "import io, os\nexperiment = Experiment(workspace=ws, name='first-lab')\n"
    "run = experiment.start_logging(snapshot_directory=None)\n"
    "run.log('observations', 10000)\n"
    "for loss in (0.5, 0.25):\n    run.log('loss', loss)\n"
    "run.log('note', 'kept')\nrun.log_list('ages', [21, 22.5, 23])\n"
    "for name, size in (('orange', 10), ('lime', 3)):\n    run.log_row('citrus', fruit=name, size=size)\n"
    "run.log_table('table', {'x': [1, 2], 'y': [0.1, 0.2]})\n"
    "open('plot.png', 'wb').write(b'\\x89PNG\\r\\n')\nrun.log_image('plot', path='plot.png')\n"
    "matrix = {'schema_type': 'confusion_matrix', 'schema_version': '1.0.0',"
    " 'data': {'class_labels': ['0'], 'matrix': [[3]]}}\nrun.log_confusion_matrix('matrix', matrix)\n"
    "os.makedirs('new', exist_ok=True)\nopen('new/a.txt', 'w').write('a')\n"
    "run.upload_file('outputs/sample.json', 'plain/model.json')\nrun.upload_file('stream.txt', io.BytesIO(b'bytes'))\n"
    "run.upload_folder('folder', 'new')\nrun.upload_files(['b.txt'], ['new/a.txt'])\n"
    "run.tag('stage', 'lab')\nrun.set_tags({'a': 1})\nrun.remove_tags(['a'])\nrun.add_properties({'p': 'q'})\n"
)


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_what_was_logged_is_there_for_the_next_script(terminal: Terminal) -> None:
    done = run(terminal, f"{LOGGING}run.complete()\nprint(run.id, run.get_status())\n")
    assert done.stdout.split()[1:] == ["Completed"], done.stderr
    id = done.stdout.split()[0]
    found = told(
        run(
            terminal,
            f"{HEAD}import json, os\nrun = next(Experiment(ws, 'first-lab').get_runs())\n"
            "run.download_file('stream.txt', 'copy.txt')\nrun.download_files('folder', 'there')\n"
            "run.download_file('./stream.txt', 'again.txt')\nrun.download_files('./folder', 'again')\n"
            "assert open('again.txt').read() == 'bytes' and os.path.isfile('again/folder/a.txt')\n"
            "run.download_files('folder', 'below', append_prefix=False)\nassert os.path.isfile('below/a.txt')\n"
            "statuses = [len(list(Run.list(run.experiment, status=each))) for each in ('Completed', 'Failed')]\n"
            "assert statuses == [1, 0], statuses\n"
            "print(json.dumps([run.id, run.get_metrics(), run.get_file_names(), run.get_tags(), run.get_properties(),"
            " run.get_details()['status'], open('copy.txt').read(), open('there/folder/a.txt').read(),"
            f" Run.get(ws, '{id}').experiment.name, [e.name for e in Experiment.list(ws)], ws.get_run('{id}').id]))\n",
        )
    )
    artifact = f"aml://artifactId/ExperimentRun/dcid.{id}/"
    assert found == [
        id,
        {
            "observations": 10000,
            "loss": [0.5, 0.25],
            "note": "kept",
            "ages": [21, 22.5, 23],
            "citrus": {"fruit": ["orange", "lime"], "size": [10, 3]},
            "table": {"x": [1, 2], "y": [0.1, 0.2]},
            "plot": f"{artifact}plot.png",
            "matrix": f"{artifact}matrix",
        },
        [
            "b.txt",
            "folder/a.txt",
            "matrix",
            "outputs/sample.json",
            "outputs/sklearn_mnist_model.pkl",  # written before the run began, as files of an earlier cell are
            "plot.png",
            "stream.txt",
        ],
        {"stage": "lab"},
        {"p": "q"},
        "Completed",
        "bytes",
        "a",
        "first-lab",
        ["first-lab", "iris"] if "iris" in found[9] else found[9],
        id,
    ]
    assert "first-lab" in found[9]


def test_the_command_line_lists_them_beside_those_of_mlflow_and_registers_their_models(
    terminal: Terminal, tmp_path: Path
) -> None:
    done = run(terminal, f"{LOGGING}run.complete()\nprint(run.id, ws._record['id'])\n")
    id, workspace = done.stdout.split()
    stores = terminal.json("-w", workspace, "run", "stores")["stores"]
    assert [each["kind"] for each in stores] == ["workspace", "folder"]
    listed = terminal.json("-w", workspace, "run", "list", "workspace", "first-lab")["runs"]
    assert [(each["id"], each["status"]) for each in listed] == [(id, "FINISHED")]
    assert listed[0]["metrics"]["table.y"] == 0.2
    assert f"{id}" in terminal.ok("-w", workspace, "run", "list")
    assert "first-lab" in terminal.ok("-w", workspace, "run", "show", id)
    made = terminal.json(
        "-w", workspace, "run", "register", "workspace", id, "--name", "of-the-run", "--path", "outputs/sample.json"
    )
    assert made["runId"] == id


def test_a_block_ends_its_run_and_children_know_their_parent(terminal: Terminal) -> None:
    text = HEAD + (
        "import json\nexperiment = Experiment(ws, 'blocks')\n"
        "with experiment.start_logging(outputs='made', display_name='shown') as parent:\n"
        "    import os\n    open('made/x.txt', 'w').write('x')\n"
        "    with parent.child_run(name='one') as child:\n        child.log('score', 1)\n"
        "    others = parent.create_children(tag_key='fold', tag_values=['a', 'b'])\n"
        "    for each in others:\n        each.log('score', 2)\n        each.complete()\n"
        "try:\n    with experiment.start_logging() as broken:\n        raise ValueError('no data')\n"
        "except ValueError:\n    pass\n"
        "canceled = experiment.start_logging()\ncanceled.cancel()\n"
        "failed = experiment.start_logging()\nfailed.fail('why', 'E1')\n"
        "print(json.dumps([parent.status, child.status, child.parent.id == parent.id, parent.parent, broken.status,"
        " broken.get_details()['error']['error']['message'], canceled.status, failed.get_details()['error'],"
        " parent.get_file_names(), sorted(len(m) for m in parent.get_metrics(recursive=True).values()),"
        " len(list(parent.get_children())), [r.tags for r in parent.get_children(tags={'fold': 'b'})],"
        " len(list(experiment.get_runs())), len(list(experiment.get_runs(include_children=True)))]))\n"
    )
    assert told(run(terminal, text)) == [
        "Completed",
        "Completed",
        True,
        None,
        "Failed",
        "ValueError: no data",
        "Canceled",
        {"error": {"code": "UserError", "message": "E1: why"}},
        ["made/x.txt"],
        [0, 1, 1, 1],
        3,
        [{"fold": "b"}],
        4,
        7,
    ]


REFUSED = {
    "run.log('x', [1, 2])": ("run.log does not support list type. Use run.log_list instead", "run-value-invalid"),
    "run.log('', 1)": ("is not the name of a metric", "run-value-invalid"),
    "run.log('x', 10 ** 400)": ("64 bits", "run-value-invalid"),
    "run.log_list('x', [1, object()])": ("of type object", "run-value-invalid"),
    "run.log_row('x', a=[1])": ("type list is not supported", "run-value-invalid"),
    "run.log_table('x', {'a': [1], 'b': [1, 2]})": ("the same length", "run-value-invalid"),
    "run.log_table('x', [1])": ("dict[string]", "run-value-invalid"),
    "run.log_image('x')": ("Neither path nor plot", "run-value-invalid"),
    "run.log_image('x', path='conda.yml')": ("is not an image", "run-value-invalid"),
    "run.log_confusion_matrix('x', {'data': 1})": ("has no schema_type", "run-value-invalid"),
    "run.upload_file('../x', 'conda.yml')": ("cannot be the name of a file", "run-value-invalid"),
    "run.upload_file('x', 1)": ("supported input types", "run-value-invalid"),
    "run.upload_file('x', 'conda.yml', datastore_name='blobs')": ("is in Azure", "sdk-not-here"),
    "run.upload_file('twice', 'conda.yml'); run.upload_file('twice', 'conda.yml')": ("already", "run-file-exists"),
    "run.add_properties({'k': '1'}); run.add_properties({'k': '2'})": ("do not change", "run-value-invalid"),
    "run.restore_snapshot()": ("has no snapshot", "run-artifact-missing"),
    "Experiment(ws, 'no spaces').start_logging()": ("name of an experiment", "run-value-invalid"),
    f"Run.get(ws, '{'a' * 32}').log('x', 1)": ("is not the run store of a workspace", "run-not-of-workspace"),
    "ScriptRunConfig('.', 'score.py', resume_from=run)": ("ScriptRunConfig(resume_from)", "sdk-not-here"),
    "ScriptRunConfig('.', 'missing.py')": ("script missing.py doesn't exist", "file-not-found"),
    "ScriptRunConfig('.', 'score.py', arguments=[Dataset.Tabular.from_json_lines_files('x.jsonl')])": (
        "The argument TabularDataset",
        "sdk-not-here",
    ),
}


def test_what_cannot_be_logged_or_submitted_is_refused_at_its_call(terminal: Terminal) -> None:
    (terminal.folder / "x.jsonl").write_text('{"a": 1}\n')
    tries = "".join(
        f"try:\n    exec({text.replace('ScriptRunConfig', 'submit')!r})\nexcept Exception as error:\n"
        f"    told[{text!r}] = [str(error), getattr(error, 'code', '')]\n"
        for text in REFUSED
    )
    text = (
        f"{HEAD}import json\nfrom azureml.core import Dataset, ScriptRunConfig\ntold = {{}}\n"
        "experiment = Experiment(ws, 'refused')\nrun = experiment.start_logging()\n"
        "def submit(*args, **kwargs):\n    experiment.submit(ScriptRunConfig(*args, **kwargs))\n"
        f"{tries}print(json.dumps([told, len(list(experiment.get_runs()))]))\n"
    )
    found, begun = told(run(terminal, text))
    for call, (words, code) in REFUSED.items():
        assert (words in found.get(call, [""])[0], found.get(call, ["", ""])[1]) == (True, code), (
            call,
            found.get(call),
        )
    assert begun == 1


TRAIN = (
    "import argparse, os\nfrom azureml.core import Run\nrun = Run.get_context()\n"
    "parser = argparse.ArgumentParser()\nparser.add_argument('--rate', type=float)\nrate = parser.parse_args().rate\n"
    "print('training with', rate)\nrun.log('rate', rate)\nos.makedirs('outputs', exist_ok=True)\n"
    "open('outputs/model.json', 'w').write('{}')\nprint(type(run).__name__, run.experiment.name)\n"
    "if rate > 1:\n    raise ValueError('too fast')\nrun.complete()\n"
)
SUBMIT = (
    "from azureml.core import ScriptRunConfig\nfrom azureml.exceptions import ActivityFailedException\n"
    "config = ScriptRunConfig(source_directory='training', script='train.py', arguments=['--rate', RATE])\n"
    "run = Experiment(ws, 'scripts').submit(config)\n"
)


SLOW = (
    "import os\n"
    "with open(os.environ['PIPES'] + '/begun', 'w') as pipe:\n    pipe.write(os.getcwd())\n"
    "open(os.environ['PIPES'] + '/go').close()\n"
    "with open(os.environ['PIPES'] + '/left', 'w') as pipe:\n    pipe.write(' '.join(sorted(os.listdir('.'))))\n"
)


def test_the_folder_of_a_script_that_goes_on_without_who_submitted_it_stays(terminal: Terminal, tmp_path: Path) -> None:
    """The submitting process is killed: what works in the folder has it to its own end, and no longer."""
    (tmp_path / "tmp").mkdir()
    for name in ("begun", "go", "left"):
        os.mkfifo(tmp_path / name)
    terminal.env |= {"TMPDIR": str(tmp_path / "tmp"), "PIPES": str(tmp_path)}
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(SLOW)
    (terminal.folder / "training" / "rows.csv").write_text("1\n")
    (terminal.folder / "submit.py").write_text(f"{HEAD}{SUBMIT.replace('RATE', '0')}run.wait_for_completion()\n")
    words = [sys.executable, "-m", "scoredock.cli", "sdk", "run", "submit.py"]
    submitter = subprocess.Popen(words, cwd=terminal.folder, env=terminal.environment())
    own = Path((tmp_path / "begun").read_text()).parent
    assert own.parent == tmp_path / "tmp"
    lock = os.open(own, os.O_RDONLY)
    submitter.kill()
    submitter.wait()
    terminal.ok("workspace", "gc")
    (tmp_path / "go").write_text("")
    assert (tmp_path / "left").read_text() == "logs outputs rows.csv train.py"
    fcntl.flock(lock, fcntl.LOCK_EX)  # which comes with the end of the script
    os.close(lock)
    terminal.ok("workspace", "gc")
    assert not own.exists()


def test_a_script_is_run_in_a_copy_of_its_folder_and_leaves_its_outputs(terminal: Terminal) -> None:
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(TRAIN)
    text = (
        f"{HEAD}import json\n{SUBMIT.replace('RATE', '0.1')}details = run.wait_for_completion(show_output=True)\n"
        "run.register_model('of-a-script', '././outputs/model.json')\n"
        "model = run.register_model('of-a-script', '/outputs/model.json')\n"
        "for each in ('.', './'):\n    run.register_model('whole', model_path=each).download(f'down{len(each)}')\n"
        "print(json.dumps([details['status'], run.get_metrics(), run.get_file_names(), model.run_id == run.id]))\n"
    )
    done = run(terminal, text)
    files = ["azureml-logs/70_driver_log.txt", "outputs/model.json", "user_logs/std_log.txt"]
    for copy in (terminal.folder / "down1", terminal.folder / "down2"):
        assert sorted(str(each.relative_to(copy)) for each in copy.rglob("*") if each.is_file()) == files[:2]
    assert told(done) == ["Completed", {"rate": 0.1}, files, True]
    assert "training with 0.1\n_SubmittedRun scripts\n" in done.stdout
    assert not (terminal.folder / "training" / "outputs").exists()
    fast = f"{HEAD}{SUBMIT.replace('RATE', '2')}" + (
        "try:\n    run.wait_for_completion()\nexcept ActivityFailedException as error:\n"
        "    print('too fast' in str(error), run.get_status())\n"
        "print('ValueError: too fast' in run.get_details_with_logs()['logFiles']['azureml-logs/70_driver_log.txt'])\n"
    )
    done = run(terminal, fast)
    assert done.stdout.split() == ["True", "Failed", "True"], done.stderr
    (terminal.folder / "old.yml").write_text("dependencies:\n  - python=2.7\n  - pip:\n    - azureml-defaults\n")
    (terminal.folder / "training" / "train.py").write_text("raise ValueError('first line\\nand another')\n")
    text = f"{HEAD}{SUBMIT.replace('RATE', '2')}" + (
        "run.wait_for_completion(raise_on_error=False)\nprint(run.get_details()['error']['error']['message'])\n"
        "from azureml.core import Environment\n"
        "config.run_config.environment = Environment.from_conda_specification('old-one', 'old.yml')\n"
        "run = Experiment(ws, 'scripts').submit(config)\nrun.wait_for_completion(raise_on_error=False)\n"
        "print(run.get_details()['error']['error']['message'])\n"
    )
    lines = run(terminal, text).stdout.splitlines()
    assert lines[0] == "The script ended with exit code 1: ValueError: first line"
    assert lines[1].startswith("The environment asks for Python 2.7, but scripts need Python 3.6 or later.")


def test_a_script_below_its_source_directory_imports_from_the_root_of_it(terminal: Terminal) -> None:
    below = terminal.folder / "training" / "jobs"
    below.mkdir(parents=True)
    (below.parent / "rates.py").write_text("RATE = 0.5\n")
    (below / "rates_here.py").write_text("RATE = 2\n")
    (below / "train.py").write_text("import rates, rates_here\nprint('rate', rates.RATE * rates_here.RATE)\n")
    text = f"{HEAD}{SUBMIT.replace('RATE', '0').replace('train.py', 'jobs/train.py')}"
    done = run(terminal, text + "run.wait_for_completion(show_output=True)\n")
    assert "rate 1.0\n" in done.stdout, done.stderr


def test_a_run_that_is_not_there_is_the_exception_of_the_service_and_a_store_has_no_account(terminal: Terminal) -> None:
    text = (
        f"{HEAD}from azureml.exceptions import ServiceException\n"
        "for find in (lambda: ws.get_run('none'), lambda: Run(Experiment(ws, 'a'), 'none')):\n"
        "    try:\n        find()\n    except ServiceException as error:\n        print('RunNotFound' in str(error))\n"
        "store = ws.get_default_datastore()\nprint(store.datastore_type, store.account_name, store.container_name)\n"
    )
    assert run(terminal, text).stdout.splitlines()[-3:] == ["True", "True", "Local None None"]


TARGETS = (
    "from azureml.core import RunConfiguration, ScriptRunConfig\n"
    "from azureml.core.compute import AmlCompute, ComputeTarget\n"
    "from azureml.core.compute_target import ComputeTargetException\n"
    "try:\n    target = ComputeTarget(ws, 'made')\nexcept ComputeTargetException:\n"
    "    target = ComputeTarget.create(ws, 'made', AmlCompute.provisioning_configuration(vm_size='x'))\n"
    "config = RunConfiguration()\nconfig.target = target\nconfig.amlcompute.vm_size = 'STANDARD_D2_V2'\n"
    "targets = (target, 'made', 'named', 'ray')\n"
    "configs = [ScriptRunConfig('training', 'train.py', compute_target=each) for each in targets]\n"
    "configs.append(ScriptRunConfig('training', 'train.py', run_config=config))\n"
    "for each in configs:\n    try:\n        run = Experiment(ws, 'scripts').submit(each)\n"
    "        run.wait_for_completion()\n        print(each.run_config.target, run.get_status())\n"
    "    except ComputeTargetException as error:\n        print(each.run_config.target, error.code)\n"
)


def test_a_target_that_is_a_name_is_this_machine_and_one_that_is_attached_is_not(terminal: Terminal) -> None:
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text("")
    workspace = run(terminal, f"{CONNECT}print(ws._record['id'])\n").stdout.split()[-1]
    terminal.ok("-w", workspace, "compute", "attach", "ray", "--ray", "http://127.0.0.1:9")
    done = run(terminal, f"{HEAD}{TARGETS}")
    here = [f"{name} Completed" for name in ("made", "made", "named")]
    assert done.stdout.splitlines() == [*here, "ray sdk-not-here", "made Completed"], done.stderr
    assert [done.stderr.count(f"{name} stands for this machine") for name in ("made", "named", "ray")] == [1, 1, 0]
    done = terminal.run("sdk", "run", "--compute", "local", *PYTHON, "deploy.py")
    assert done.stdout.splitlines() == [*here, "ray Completed", "made Completed"], done.stderr
    assert done.stderr.count("ray stands for this machine") == 1


def test_a_workspace_without_compute_targets_is_told_how_one_gets_into_the_list(terminal: Terminal) -> None:
    asked = "from azureml.core.compute import ComputeTarget\nprint(list(ws.compute_targets))\n"
    done = run(terminal, f"{HEAD}{asked}ComputeTarget.list(ws)\nComputeTarget.list(ws)[0]\n")
    assert (done.stdout.strip(), done.stderr.count("The workspace has no compute target. ")) == ("[]", 1)
    done = run(terminal, f"{HEAD}{asked}ComputeTarget(ws, 'cluster')\nprint(ComputeTarget.list(ws)[0].name)\n")
    assert done.stdout.split() == ["[]", "cluster"], done.stderr
    assert "has no compute target" not in done.stderr


def test_a_cluster_whose_name_is_still_to_be_filled_in_is_this_machine_in_a_whole_sentence(terminal: Terminal) -> None:
    named = TARGETS.partition("config = ")[0].replace("'made'", "''")
    done = run(terminal, f"{HEAD}{named}print(target.provisioning_state)\n")
    assert done.stdout.split() == ["Succeeded"], done.stderr
    assert "\nA compute target without a name stands for this machine: " in f"\n{done.stderr}"


def test_a_script_that_nobody_waits_for_is_waited_for_at_the_end(terminal: Terminal) -> None:
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(TRAIN)
    done = run(terminal, f"{HEAD}{SUBMIT.replace('RATE', '0.5')}print(run.id)\n")
    assert "Waiting for the run scripts_" in done.stderr
    id = done.stdout.split()[0]
    again = run(terminal, f"{HEAD}print(Run.get(ws, {id!r}).status)\n")
    assert again.stdout.split() == ["Completed"], again.stderr


def test_a_killed_script_leaves_what_it_logged_and_a_run_that_does_not_respond(terminal: Terminal) -> None:
    text = f"{LOGGING}print(run.id, flush=True)\nimport signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    done = run(terminal, text)
    assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), done.stderr
    id = done.stdout.split()[0]
    find = f"{HEAD}import json\nrun = Run.get(ws, {id!r})\n"
    text = find + (
        "told = [run.status, run.get_metrics()['loss']]\n"
        "run.log('loss', 0.125)\nrun.complete()\nprint(json.dumps([*told, run.status, run.get_metrics()['loss']]))\n"
    )
    assert told(run(terminal, text)) == ["NotResponding", [0.5, 0.25], "Completed", [0.5, 0.25, 0.125]]


def test_runs_go_into_a_backup_and_damage_is_told(terminal: Terminal, tmp_path: Path) -> None:
    done = run(terminal, f"{LOGGING}run.complete()\nprint(run.id, ws._record['id'], ws._record['path'])\n")
    id, workspace, path = done.stdout.split()
    terminal.ok("-w", workspace, "workspace", "verify", "--deep")
    terminal.ok("-w", workspace, "workspace", "backup", str(tmp_path / "all.tar"))
    name = f"back-{os.getpid()}"
    terminal.ok("workspace", "restore", str(tmp_path / "all.tar"), "--name", name)
    shown = terminal.json("-w", name, "run", "show", "workspace", id)
    assert shown["run"]["metrics"]["loss"] == 0.25
    stored = Path(path) / "runs" / id / "files" / "b.txt"
    stored.write_text("b")
    problem = terminal.run("-w", workspace, "--json", "workspace", "verify", "--deep")
    assert "is damaged" in problem.stdout
    stored.unlink()
    journal = Path(path) / "runs" / id / "journal.jsonl"
    journal.write_bytes(b"[]\n" + journal.read_bytes())
    assert "cannot be read" in terminal.run("-w", workspace, "--json", "workspace", "verify").stdout


def test_export_writes_the_form_of_mlflow(terminal: Terminal) -> None:
    done = run(terminal, f"{LOGGING}run.child_run().complete()\nrun.complete()\nprint(run.id, ws._record['id'])\n")
    id, workspace = done.stdout.split()
    made = terminal.json("-w", workspace, "run", "export", "out/mlruns")
    assert id in made["runs"]
    again = terminal.json("-w", workspace, "run", "export", "out/mlruns", "--run", id)
    assert (again["runs"], len(again["skipped"])) == ([], 2)
    store = str(terminal.folder / "out" / "mlruns")
    shown = terminal.json("run", "show", store, id)
    assert shown["experiment"]["name"] == "first-lab"
    assert (shown["run"]["status"], shown["run"]["params"], shown["run"]["metrics"]["ages"]) == (
        "FINISHED",
        {"p": "q"},
        23,
    )
    assert shown["run"]["tags"]["citrus.fruit"] == "lime"
    assert terminal.json("run", "artifacts", store, id, "outputs")["artifacts"][0]["path"] == "outputs/sample.json"


def test_the_message_of_a_script_that_failed_is_that_of_the_sdk(terminal: Terminal) -> None:
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(
        "from azureml.core import Workspace\nWorkspace.from_config('no-such.json')\n"
    )
    text = f"{HEAD}{SUBMIT.replace('RATE', '2')}" + (
        "run.wait_for_completion(raise_on_error=False)\nprint(run.get_details()['error']['error']['message'])\n"
    )
    message = run(terminal, text).stdout.strip()
    assert message.startswith("The script ended with exit code 1: azureml.exceptions.UserErrorException: ")
    assert "UserErrorException: The workspace configuration file" in message


def test_runs_of_a_script_are_told_to_a_receiver(terminal: Terminal) -> None:
    with listening() as receiver:
        assert run(terminal, CONNECT).returncode == 0, "the workspace is there"
        identity = json.loads((terminal.folder / ".file-path" / "ws_config.json").read_text())
        words = ("--workspace", identity["workspace_name"], "--type", "Run*", "--max-pause", "0.1")
        done = terminal.run("event", "subscribe", "ci", "--url", receiver.url, *words)
        assert done.returncode == 0, done.stderr
        done = run(
            terminal,
            f"{HEAD}experiment = Experiment(workspace=ws, name='told')\n"
            "for end in ('complete', 'fail', 'cancel'):\n"
            "    run = experiment.start_logging(snapshot_directory=None)\n    run.tag('stage', 'lab')\n"
            "    getattr(run, end)()\n    print(run.id)\n",
        )
        assert done.returncode == 0, done.stderr
        ids = done.stdout.split()
        receiver.await_count(6)
        found = [(each["type"].rpartition(".")[2], each["subject"], each["data"]) for each in receiver.events()]
    by_run = {id: [(kind, data.get("runStatus")) for kind, _, data in found if data["runId"] == id] for id in ids}
    begun = ("RunStatusChanged", "Running")
    assert list(by_run.values()) == [
        [begun, ("RunCompleted", None)],
        [begun, ("RunStatusChanged", "Failed")],
        [begun, ("RunStatusChanged", "Canceled")],
    ]
    assert {subject for _, subject, _ in found} == {f"experiments/told/runs/{id}" for id in ids}
    assert {data["experimentName"] for _, _, data in found} == {"told"}
    assert found[1][2]["runTags"] == {"stage": "lab"}


def test_a_run_says_its_target_and_its_log_is_found_by_either_name(terminal: Terminal) -> None:
    (terminal.folder / "job").mkdir()
    (terminal.folder / "job" / "train.py").write_text("print('said')\n")
    text = HEAD + (
        "import json\nfrom azureml.core import ScriptRunConfig\n"
        "config = ScriptRunConfig('job', command='python train.py && echo afterwards', compute_target='cpu-cluster')\n"
        "run = Experiment(ws, 'jobs').submit(config)\nrun.wait_for_completion()\n"
        "run.download_file('user_logs/std_log.txt', 'log.txt')\nlogs = run.get_details_with_logs()['logFiles']\n"
        "print(json.dumps([run.get_details()['target'], run.get_file_names(), open('log.txt').read(),"
        " logs['user_logs/std_log.txt'], list(logs)]))\n"
    )
    log, said = "azureml-logs/70_driver_log.txt", "said\nafterwards\n"
    assert told(run(terminal, text)) == ["cpu-cluster", [log, "user_logs/std_log.txt"], said, said, [log]]


def test_what_is_not_there_is_caught_as_scripts_of_azure_catch_it(terminal: Terminal) -> None:
    text = HEAD + (
        "from azureml.core import ComputeTarget, Datastore\nfrom msrest.exceptions import HttpOperationError\n"
        "try:\n    Datastore.get(ws, 'mine')\n"
        "except HttpOperationError as error:\n    print(error.response.status_code, error.code)\n"
        "try:\n    ComputeTarget.create(None, 'cpu', None)\n"
        "except Exception as error:\n    print(type(error).__name__, error.message)\n"
    )
    done = run(terminal, text)
    assert done.stdout.splitlines()[0] == "404 sdk-not-here", done.stderr
    assert "ComputeTargetException The workspace is None. Give the workspace" in done.stdout


SAVED = (
    "import json, os\ndef save_explanation(explanation, path):\n    os.makedirs(path + '/features')\n"
    "    json.dump(explanation.values, open(path + '/features/values.json', 'w'))\n"
    "def load_explanation(path):\n    return json.load(open(path + '/features/values.json'))\n"
)


def test_explanations_are_files_of_the_run_that_another_script_reads(terminal: Terminal) -> None:
    package = terminal.folder / "interpret_community/explanation"
    package.mkdir(parents=True)
    (package / "explanation.py").write_text(SAVED)
    script = (
        f"{HEAD}import json, types\nfrom azureml.contrib.interpret.explanation.explanation_client"
        " import ExplanationClient\n"
    )
    made = told(
        run(
            terminal,
            f"{script}one = Experiment(ws, 'e').start_logging(outputs=False)\n"
            "client = ExplanationClient.from_run(one)\n"
            "for name in ('first', 'last'):\n"
            "    client.upload_model_explanation(types.SimpleNamespace(values=[name], id=name), comment=name)\n"
            "one.complete()\nprint(json.dumps(one.id))\n",
        )
    )
    assert told(
        run(
            terminal,
            f"{script}from azureml.interpret import ExplanationClient\n"
            f"client = ExplanationClient.from_run_id(ws, 'e', '{made}')\ntry:\n"
            "    client.download_model_explanation(raw=True)\n"
            "except Exception as error:\n    sentence = error.message\n"
            "try:\n    client.download_model_explanation(top_k=1)\n"
            "except Exception as error:\n    assert 'get_feature_importance_dict(top_k=...)' in error.message\n"
            "print(json.dumps([[each['comment'] for each in client.list_model_explanations()],\n"
            "    client.download_model_explanation(), client.download_model_explanation(comment='first'),\n"
            "    sentence]))\n",
        )
    ) == [["first", "last"], ["last"], ["first"], f"The run {made} has no such explanation of a model."]


def test_a_script_that_waits_for_its_own_run_is_told_and_ends(terminal: Terminal) -> None:
    begun = f"{HEAD}run = Experiment(ws, 'own').start_logging()\n"
    done = run(terminal, f"{begun}run.wait_for_completion(show_output=True)\n")
    assert done.returncode == 1, done.stdout
    assert "cannot end while the script waits for it. Call complete() of the run first." in done.stderr
    ended = "import threading\nthreading.Timer(1, run.complete).start()\nprint(run.wait_for_completion()['status'])\n"
    assert run(terminal, begun + ended).stdout.split() == ["Completed"], "another thread ends it"
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(
        "from azureml.core import Run\nRun.get_context().wait_for_completion()\n"
    )
    text = f"{HEAD}{SUBMIT.replace('RATE', '2')}" + (
        "run.wait_for_completion(raise_on_error=False)\nprint(run.get_details()['error']['error']['message'])\n"
    )
    assert "Leave the call out." in run(terminal, text).stdout
