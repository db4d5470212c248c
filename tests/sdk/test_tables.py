"""Tables that a script makes of files: what the paths tell, first lines, separators, types and JSON, as Azure has it.

What is expected here was seen in azureml-core 1.61 with azureml-dataprep 5.5.
"""

from __future__ import annotations

import json
from typing import Any

from cli.conftest import Terminal

from .test_runs import HEAD, told
from .test_scripts import run

TABLES = (
    f"{HEAD}import json\nfrom azureml.core import Dataset\n"
    "from azureml.data.dataset_factory import DataType, PromoteHeadersBehavior\n"
    "text, json_lines = Dataset.Tabular.from_delimited_files, Dataset.Tabular.from_json_lines_files\n"
    "def shown(table):\n    frame = table.to_pandas_dataframe()\n"
    "    values = frame.astype(object).where(frame.notnull(), None).values.tolist()\n"
    "    return [list(frame.columns), json.loads(json.dumps(values, default=str))]\n"
    "def refused(call):\n    try:\n        call()\n    except Exception as error:\n        return error.message\n"
)
DAYS = "/{department}/{day:yyyy/MM}/data.csv"


def test_paths_tell_columns_and_keys_of_partitions(terminal: Terminal) -> None:
    for place, lines in (("Sales/2019/02", "1,x"), ("Stock/2020/11", "2,y")):
        folder = terminal.folder / "data" / place
        folder.mkdir(parents=True)
        (folder / "data.csv").write_text(f"count,note\n{lines}\n")
        (folder / "data.jsonl").write_text('{"count": 3}\n')
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(
        "from azureml.core import Run\nrun = Run.get_context()\ntable = run.input_datasets['table']\n"
        "run.log_list('given', [*table.partition_keys, len(table.get_partition_key_values(['department']))])\n"
    )
    text = (
        f"{TABLES}from azureml.core import ScriptRunConfig\n"
        f"form, answers = {DAYS!r}, []\n"
        "table = text('data/**/*.csv', partition_format=form, include_path=True)\n"
        "table.register(ws, 'parts')\ntable = Dataset.get_by_name(ws, 'parts')\n"
        "answers.append([list(table.take(1).to_pandas_dataframe().columns), table.partition_keys,\n"
        "    table.to_pandas_dataframe()['Path'].str.endswith('/data.csv').all().item()])\n"
        "kept = table.keep_columns(['count', 'department'])\n"
        "answers.append([*shown(kept.filter(kept['department'] == 'Stock')), kept.partition_keys])\n"
        "answers.append([str(each['day']) for each in table.get_partition_key_values()])\n"
        "answers.append(shown(json_lines('data/**/*.jsonl', partition_format='/{year}/{month}/data.jsonl')))\n"
        "answers.append(shown(text('data/**/*.csv', partition_format='/{none}/x/{n}.csv').keep_columns(['none'])))\n"
        "files = Dataset.File.from_files('data/**/*.csv', partition_format=form)\n"
        "files = files.register(ws, 'files of parts')\n"
        "answers.append([files.partition_keys, files.filter(files['department'] == 'Stock').to_path()])\n"
        "answers.append(refused(lambda: text('data/**/*.csv', partition_format='/{day:MM}/data.csv')))\n"
        "config = ScriptRunConfig('training', 'train.py', arguments=[table.as_named_input('table')])\n"
        "run = Experiment(ws, 'parts').submit(config)\nrun.wait_for_completion()\n"
        "answers.append(run.get_metrics()['given'])\nprint(json.dumps(answers))\n"
    )
    assert told(run(terminal, text)) == [
        [["Path", "department", "day", "count", "note"], ["department", "day"], True],
        [["department", "count"], [["Stock", 2]], ["department", "day"]],
        ["2019-02-01 00:00:00", "2020-11-01 00:00:00"],
        [["count", "year", "month"], [[3, "2019", "02"], [3, "2020", "11"]]],
        [["none"], [[None], [None]]],
        [["department", "day"], ["/Stock/2020/11/data.csv"]],
        'Invalid partition_format "/{day:MM}/data.csv": the date day has no yyyy. [sdk-argument-invalid]',
        ["department", "day", 2],
    ]


CALLS: list[tuple[str, Any]] = [
    ("text('h', header='COMBINE_ALL_FILES_HEADERS')", [["A", "B", "C"], [[1, "x", None], [3, "z", "q"]]]),
    (
        "text('h', header=PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS)",
        [["A", "B", "Column3"], [["1", "x", None], ["B", "A", "C"], ["z", "3", "q"]]],
    ),
    ("text('h')", [["A", "B", "Column3"], [["1", "x", None], ["z", "3", "q"]]]),
    ("text('late.csv').skip(298)", [["n", "b"], [[298, True], [299, True], [1, None]]]),
    ("text('spaces.csv')", [["A", "B"], [[1, " x"], [2, "a\n\nb"]]]),
    ("text('longer.csv')", [["A", "Column2"], [[1, 2], [3, None]]]),
    (
        "json_lines('rows.jsonl', invalid_lines='drop', set_column_types={'a': DataType.to_string()})",
        [["a", "b", "c"], [["1", "x", None], ["2", None, {"d": [1]}]]],
    ),
    (
        "json_lines('rows.jsonl')",
        "Line 2 of FOLDER/rows.jsonl is not JSON: Expecting value: line 1 column 1 (char 0). Correct it, or give"
        " invalid_lines='drop' to leave such lines out.",
    ),
    ("text('late.csv', separator='::')", "Only a single character can be the separator, not '::'."),
    ("text('head.csv', validate=False)", [[], []]),
    (
        "text('head.csv')",
        "Failed to validate the data: no row is in head.csv. The first line of a file with delimiters names the"
        " columns; with header=False it is a row, and with validate=False a dataset may be empty.",
    ),
    (
        "Dataset.Tabular.register_pandas_dataframe(pandas.DataFrame({'x': [1 / 3, 1e-20], 't':"
        " pandas.to_datetime(['2020-01-02', None])}), ws.get_default_datastore(), 'digits')",
        [["x", "t"], [[1 / 3, "2020-01-02 00:00:00"], [1e-20, None]]],
    ),
]


def test_tables_are_read_as_in_azure(terminal: Terminal) -> None:
    (terminal.folder / "h").mkdir()
    for path, lines in {
        "h/1.csv": "A,B\n1,x\n",
        "h/2.csv": "B,A,C\nz,3,q\n",
        "late.csv": "n,b\n" + "".join(f"{number},Yes\n" for number in range(300)) + "1.5,perhaps\n",
        "spaces.csv": 'A, B\n1, x\n2,"a\n\nb"\n',
        "longer.csv": "A\n1,2\n3\n",
        "head.csv": "A,B\n",
        "rows.jsonl": '{"a": 1, "b": "x"}\nBAD\n{"a": 2, "c": {"d": [1]}}\n',
    }.items():
        (terminal.folder / path).write_text(lines)
    calls = "".join(f"    lambda: {call},\n" for call, _ in CALLS)
    text = (
        f"{TABLES}import pandas\ncalls = [\n{calls}]\n"
        "print(json.dumps([refused(each) or shown(each()) for each in calls]))\n"
    )
    answers = json.loads(json.dumps(told(run(terminal, text))).replace(str(terminal.folder), "FOLDER"))
    for (call, expected), answer in zip(CALLS, answers, strict=True):
        assert answer == expected, call


def test_files_are_scored_by_the_day_of_their_paths(terminal: Terminal) -> None:
    for place in ("north/2019/02/a", "south/2019/02/b", "north/2020/11/c"):
        path = terminal.folder / "in" / f"{place}.txt"
        path.parent.mkdir(parents=True)
        path.write_text("1")
    (terminal.folder / "scripts").mkdir()
    (terminal.folder / "scripts" / "batch.py").write_text(
        "def init():\n    pass\n\n\ndef run(files, mini_batch_context):\n"
        "    return [f\"{mini_batch_context.partition_key_value['day']} {len(files)}\"]\n"
    )
    text = (
        f"{TABLES}from azureml.core import Environment\n"
        "from azureml.pipeline.core import Pipeline, PipelineData\n"
        "from azureml.pipeline.steps import ParallelRunConfig, ParallelRunStep\n"
        "files = Dataset.File.from_files('in', partition_format='/{place}/{day:yyyy/MM}/*.txt')\n"
        "environment = Environment('own')\nenvironment.python.user_managed_dependencies = True\n"
        "store = ws.get_default_datastore()\noutput = PipelineData('days', store)\n"
        "config = ParallelRunConfig(environment, 'batch.py', -1, 'append_row', 'local', 1, partition_keys=['day'],\n"
        "    source_directory='scripts')\n"
        "step = ParallelRunStep('by-day', config, [files.as_named_input('files')], output, allow_reuse=False)\n"
        "run = Experiment(ws, 'days').submit(Pipeline(ws, [step]))\nrun.wait_for_completion()\n"
        "run.find_step_run('by-day')[0].get_output_data('days').download('out')\n"
        "import glob\n(path,) = glob.glob('out/**/parallel_run_step.txt', recursive=True)\n"
        "print(json.dumps(open(path).read().split('\\n')))\n"
    )
    assert sorted(told(run(terminal, text))) == ["", "2019/02 2", "2020/11 1"]


def test_values_that_are_not_of_their_column_fail_where_the_script_wants_that(terminal: Terminal) -> None:
    (terminal.folder / "people.csv").write_text("id,age,born\n1,30,2020-01-02\n2,old,2020-01-03\n3,,9999-12-31\n")
    text = (
        f"{TABLES}table = text('people.csv', set_column_types={{'age': DataType.to_long()}})\n"
        "table.register(ws, 'people')\ntable = Dataset.get_by_name(ws, 'people')\n"
        "def fails(some, **choice):\n    return refused(lambda: some.to_pandas_dataframe(**choice))\n"
        "answers = [shown(table.drop_columns('born')), table.to_pandas_dataframe()['born'].isnull().tolist()]\n"
        "answers.append(fails(table, on_error='fail'))\n"
        "answers.append(fails(table.skip(1).filter(table['id'] == 2), on_error='fail'))\n"
        "answers.append(fails(table, out_of_range_datetime='fail'))\n"
        "answers.append(fails(table, on_error='ignore'))\n"
        "answers.append([fails(each, on_error='fail') for each in (table.take(1), table.keep_columns('id'))])\n"
        "frame = table.with_timestamp_columns('born').take(2).to_pandas_dataframe(out_of_range_datetime='fail')\n"
        "answers.append([str(frame.index[1])[:10], frame.index.name, int(frame.loc['2020-01-03', 'id'])])\n"
        "print(json.dumps(answers))\n"
    )
    wrong = "“old” in the column age, row {row}, is not of the type of its column."
    wrong += " Leave on_error='fail' out to get null there."
    assert told(run(terminal, text)) == [
        [["id", "age"], [[1, 30], [2, None], [3, None]]],
        [False, False, True],
        wrong.format(row=2),
        wrong.format(row=1),
        "9999-12-31T00:00:00 in the column born is not between the years 1677 and 2262, from and to which pandas has"
        " times. Leave out_of_range_datetime='fail' out to get null there.",
        "Expected 'null' or 'fail' as value for on_error, found 'ignore'.",
        [None, None],
        ["2020-01-03", None, 2],
    ]
