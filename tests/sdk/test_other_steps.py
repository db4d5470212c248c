"""Steps of pipelines that are not a script: searches and copies. What pipelines do when a step fails, what other
scripts read of them, and schedules."""

from __future__ import annotations

import json

from cli.conftest import Terminal

from .test_scripts import CONNECT, run

HEAD = CONNECT + (
    "import json, os\nfrom azureml.core import Experiment, Run, ScriptRunConfig\n"
    "from azureml.core.experiment import ViewType\nfrom azureml.data import OutputFileDatasetConfig\n"
    "from azureml.data.data_reference import DataReference\n"
    "from azureml.pipeline.core import *\nfrom azureml.pipeline.steps import *\n"
    "from azureml.train.hyperdrive import *\nstore = ws.get_default_datastore()\n"
    "def script(name, *arguments, **others):\n"
    "    return PythonScriptStep(f'{name}.py', name, list(arguments), source_directory='steps', **others)\n"
)
SCRIPTS = {
    "make": "import os\nos.makedirs('outputs/made')\nfor end in ('csv', 'txt'):\n"
    "    open('outputs/made/x.' + end, 'w').write('1')\n",
    "train": "import os, sys\nfrom azureml.core import Run\nassert os.listdir(sys.argv[sys.argv.index('--data') + 1])\n"
    "value = float(sys.argv[sys.argv.index('--a') + 1])\nRun.get_context().log('loss', value)\n"
    "open('outputs/model.txt', 'w').write(str(value))\n",
    "use": "import json, sys\nfrom azureml.core import Run\nrun = Run.get_context()\n"
    "run.log('count', len(json.load(open(sys.argv[1]))))\nrun.log('best', float(open(sys.argv[2]).read()))\n",
    "bad": "raise ValueError('no')\n",
}
PIPELINE = (
    "made = OutputFileDatasetConfig('made', (store, 'made'), source='outputs/made').as_upload(source_globs='*.csv')\n"
    "move = DataTransferStep('move', made, DataReference(store, 'there', 'moved'), compute_target='factory')\n"
    "search = HyperDriveConfig(run_config=ScriptRunConfig('steps', 'train.py'), max_total_runs=2,\n"
    "    hyperparameter_sampling=GridParameterSampling({'--a': choice(3, 1)}), primary_metric_name='loss',\n"
    "    primary_metric_goal=PrimaryMetricGoal.MINIMIZE)\n"
    "metrics = PipelineData('metrics', store, pipeline_output_name='all', training_output=TrainingOutput('Metrics'))\n"
    "best = PipelineData('best', store, training_output=TrainingOutput('Model', model_file='outputs/model.txt'))\n"
    "tune = HyperDriveStep('tune', search, ['--data', made.as_input('data')], outputs=[best], metrics_output=metrics)\n"
    "use = script('use', metrics, best, inputs=[metrics, best])\nmake = script('make', made)\n"
)


def scripts(terminal: Terminal) -> None:
    (terminal.folder / "steps").mkdir()
    for name, text in SCRIPTS.items():
        (terminal.folder / f"steps/{name}.py").write_text(text)


def test_a_search_and_a_copy_are_steps_and_another_script_reads_what_they_left(terminal: Terminal) -> None:
    scripts(terminal)
    first = run(
        terminal,
        f"{HEAD}{PIPELINE}pipeline = Pipeline(ws, [move, use])\nprint(pipeline.submit('e').id)\n"
        "pipeline.publish('kept')\n",
    )
    assert first.returncode == 0, first.stderr
    assert "by this script only" not in first.stderr
    run_id = first.stdout.split()[-1]
    second = run(
        terminal,
        f"{HEAD}one = PipelineRun(Experiment(ws, 'e'), '{run_id}')\none.wait_for_completion(False)\n"
        "steps = {each.name: each for each in one.get_steps()}\nresult = steps['use'].get_metrics()\n"
        "tuned = HyperDriveStepRun(step_run=one.find_step_run('tune')[0])\n"
        "place = one.get_pipeline_output('all')\nplace.download('got')\n"
        "kinds = [type(Run.get(ws, id)).__name__ for id in (one.id, steps['make'].id)]\n"
        "print(json.dumps([sorted(steps), result, tuned.get_best_run_by_primary_metric().get_metrics(),\n"
        "    len(json.load(open('got/' + place.path_on_datastore))), os.listdir(store._folder + '/moved'),\n"
        "    kinds, [each.name for each in PublishedPipeline.list(ws)]]))\n",
    )
    assert second.returncode == 0, second.stderr
    assert json.loads(second.stdout.splitlines()[-1]) == [
        ["make", "move", "tune", "use"],
        {"count": 2, "best": 1.0},
        {"loss": 1.0},
        2,
        ["x.csv"],
        ["PipelineRun", "StepRun"],
        ["kept"],
    ]
    third = run(
        terminal,
        f"{CONNECT}own = next(ws.experiments['e'].get_runs())\n"
        "print(type(own).__name__, own.find_step_run('use')[0].id)\n"
        "print(own.publish_pipeline('later', 'as it ran', '2').name)\n",
    )
    assert third.stdout.startswith("PipelineRun "), f"a script that imports azureml.core alone: {third.stderr}"
    (terminal.folder / "steps/use.py").write_text("raise ValueError('the script as it is now')")
    fourth = run(
        terminal,
        f"{HEAD}later = next(each for each in PublishedPipeline.list(ws) if each.name == 'later')\n"
        "run = later.submit(ws, 'e')\nrun.wait_for_completion(False)\n"
        "print(later.version, run.status, run.find_step_run('use')[0].get_metrics())\n",
    )
    assert fourth.stdout.splitlines()[-1] == "2 Completed {'count': 2, 'best': 1.0}", fourth.stderr


def test_steps_that_need_nothing_of_one_that_failed_run_where_the_pipeline_goes_on(terminal: Terminal) -> None:
    scripts(terminal)
    process = run(
        terminal,
        f"{HEAD}bad, after, other = script('bad'), script('make'), script('make')\nafter.run_after(bad)\n"
        "after.name, other.name = 'after', 'other'\npipeline = Pipeline(ws, [bad, after, other])\nnames = []\n"
        "published = pipeline.publish('p')\nendpoint = PipelineEndpoint.publish(ws, 'p', pipeline=published)\n"
        "submissions = (lambda: pipeline.submit('e', continue_on_step_failure=False),\n"
        "    lambda: pipeline.submit('e', continue_on_step_failure=True),\n"
        "    lambda: published.submit(ws, 'e', continue_on_step_failure=True), lambda: published.submit(ws, 'e'),\n"
        "    lambda: endpoint.submit('e', continue_on_step_failure=True),\n"
        "    lambda: Experiment(ws, 'e').submit(endpoint, continue_on_step_failure=True))\n"
        "for submit in submissions:\n    one = submit()\n"
        "    one.wait_for_completion(False, raise_on_error=False)\n"
        "    names.append([one.status, *(each.name for each in one.get_steps())])\nprint(json.dumps(names))\n",
    )
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout.splitlines()[-1]) == [
        ["Failed", "bad"] if stops else ["Failed", "other", "bad"] for stops in (True, False, False, True, False, False)
    ]


def test_a_schedule_is_kept_and_says_that_nothing_runs_it_and_experiments_have_tags(terminal: Terminal) -> None:
    process = run(
        terminal,
        f"{HEAD}recurrence = ScheduleRecurrence('Day', 1)\n"
        "one = Schedule.create(ws, 'daily', pipeline_id='p', experiment_name='e', recurrence=recurrence)\n"
        "same = Schedule.get(ws, one.id)\nbefore = [each.name for each in Schedule.list(ws, pipeline_id='p')]\n"
        "same.disable()\nexperiment = Experiment(ws, 'e')\nexperiment.start_logging(outputs=False).complete()\n"
        "experiment.set_tags({'a': 1, 'b': 2})\nexperiment.remove_tags(['a'])\nexperiment.archive()\n"
        "names = [[each.name for each in Experiment.list(ws, view_type=view, tags='b')]\n"
        "    for view in (ViewType.ActiveOnly, ViewType.All)]\nexperiment.reactivate()\n"
        "print(json.dumps([before, same.recurrence.frequency, Schedule.list(ws), names, Experiment(ws, 'e').tags,\n"
        "    'e' in ws.experiments]))\n",
    )
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout.splitlines()[-1]) == [
        ["daily"],
        "Day",
        [],
        [[], ["e"]],
        {"b": "2"},
        True,
    ]
    assert "The schedule daily is kept, and nothing on this machine runs it." in process.stderr
