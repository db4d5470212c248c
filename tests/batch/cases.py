"""The cases of docs/internals/batch-contract.md: what goes in, how it is configured, and what comes out.

The page has the same names in the same order; `test_cases.py` compares both. An input is a mapping of file names to
texts; `input` is what the command is given of it. Scripts are bodies of run(), unless they begin with a whole script.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    script: str
    files: Mapping[str, str | bytes]
    options: tuple[str, ...] = ()
    input: tuple[str, ...] = ("in",)
    output: str | None = None
    """The text of the output file; None where there is none."""
    file_name: str = "parallel_run_step.txt"
    code: str = ""
    """Of the failure; empty for a job that completes."""
    is_refused: bool = False
    """Whether it fails before it begins, and leaves no job."""
    says: str = ""
    """What the sentence has that tells of what failed; empty for a job without failures."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """Fields of the details, and of their `job`."""
    causes: tuple[str, ...] = ()
    """Of the mini-batches that failed, in the order of the input."""
    log: str = ""
    """What a line of the log has."""
    needs_pandas: bool = False

    @property
    def state(self) -> str:
        """Of the job, on the wire."""
        return "Failed" if self.code else "CompletedWithErrors" if self.says else "Completed"


def run(body: str, head: str = "") -> str:
    """A script whose run() has that body."""
    lines = "\n".join("    " + line for line in body.splitlines())
    return f"import os\n{head}\n\ndef init():\n    pass\n\n\ndef run(mini_batch):\n{lines}\n"


def texts(count: int, first: int = 0) -> dict[str, str]:
    """`in/f0.txt` and so on, each with its number."""
    return {f"in/f{number}.txt": f"{number}\n" for number in range(first, first + count)}


def table(rows: int, name: str = "in.csv") -> dict[str, str]:
    return {name: "id,x\n" + "".join(f"{number},{number * 2}\n" for number in range(rows))}


NAMES = run("return [os.path.basename(path) for path in mini_batch]")
FRAME = run("frame = mini_batch.copy()\nframe['y'] = frame['x'] + 1\nreturn frame")
FAILS_AT_2 = run(
    "names = [os.path.basename(path) for path in mini_batch]\n"
    "if 'f2.txt' in names:\n    raise ValueError('two')\nreturn names"
)
DROPS = run("return [os.path.basename(path) for path in mini_batch if not path.endswith('2.txt')]")
LINES = "".join(f"f{number}.txt\n" for number in range(4))
BY_ONE = ("--mini-batch-size", "1")
CSV = ("--input-format", "csv")
ONCE = ("--run-max-try", "1")
NOTHING = "batch-nothing-scored"
FAILS = run("raise ValueError('no')")
AT_2 = (
    "1 mini-batch failed, 1 item without a result. The first that failed, f2.txt: batch_score.py:11: ValueError: two."
)
PARQUET = base64.b64decode(
    "UEFSMRUAFSwVLCwVBBUAFQYVBhwAAAACAAAABAEBAAAAAAAAAAIAAAAAAAAAFQQZLDUAGAZzY2hlbWEVAgAVBCUCGAJpZAAWBBkcGRwmABwVBBklBgAZ"
    "GAJpZBUAFgQWUhZSJghJHBUAFQAVAgA8KQYZJgAEAAAAFlIWBCYIFlIAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAHwAAABQ"
    "QVIx"
)
"""A column `id` with two rows, as pyarrow 26 writes it."""

CASES: tuple[Case, ...] = (
    Case(
        "files-as-list",
        run("return [str(type(mini_batch).__name__)] * len(mini_batch)"),
        texts(2),
        output="list\nlist\n",
    ),
    Case(
        "files-in-tens",
        run("return [len(mini_batch)] * len(mini_batch)"),
        texts(12),
        output="10\n" * 10 + "2\n" * 2,
    ),
    Case(
        "rows-as-frame",
        run("return [type(mini_batch).__name__] * len(mini_batch)"),
        table(2),
        CSV,
        ("in.csv",),
        output="DataFrame\nDataFrame\n",
        needs_pandas=True,
    ),
    Case("list-result", NAMES, texts(4), output=LINES),
    Case(
        "tuple-result",
        run("return tuple(os.path.basename(path) for path in mini_batch)"),
        texts(4),
        output=LINES,
    ),
    Case(
        "frame-result",
        FRAME,
        table(3),
        CSV,
        ("in.csv",),
        output="0 0 1\n1 2 3\n2 4 5\n",
        needs_pandas=True,
    ),
    Case(
        "frame-of-texts",
        run("return mini_batch.assign(t=['a b', 'c'])"),
        table(2),
        CSV,
        ("in.csv",),
        output='0 0 "a b"\n1 2 c\n',
        needs_pandas=True,
    ),
    Case(
        "array-result",
        run("return mini_batch['x'].to_numpy()"),
        table(3),
        CSV,
        ("in.csv",),
        output="0\n2\n4\n",
        needs_pandas=True,
    ),
    Case(
        "item-of-several-values",
        run("return [[1, 'a']] * len(mini_batch)"),
        texts(2),
        output="[1, 'a']\n[1, 'a']\n",
    ),
    Case(
        "no-result",
        run("return None"),
        texts(1),
        ("--skip-checks",),
        code=NOTHING,
        says="f0.txt: run() returned NoneType",
        causes=("result-type",),
    ),
    Case(
        "text-as-result",
        run("return 'done'"),
        texts(1),
        ("--skip-checks",),
        code=NOTHING,
        says="f0.txt: run() returned",
        causes=("result-type",),
    ),
    Case(
        "fewer-results",
        DROPS,
        texts(4),
        output="f0.txt\nf1.txt\nf3.txt\n",
        says="1 item without a result: run() returned fewer results than items in 1 mini-batch.",
        facts={"failedItems": 1, "fewer": 1, "failed": 0},
    ),
    Case(
        "more-results",
        run("return [1] * (len(mini_batch) + 1)"),
        texts(2),
        output="1\n1\n1\n",
        facts={"failedItems": 0, "more": 1},
    ),
    Case(
        "error-threshold-kept",
        DROPS,
        texts(4),
        ("--error-threshold", "1"),
        says="1 item without a result",
        output="f0.txt\nf1.txt\nf3.txt\n",
    ),
    Case(
        "error-threshold-passed",
        DROPS,
        texts(4),
        ("--error-threshold", "0"),
        code="batch-threshold-passed",
    ),
    Case(
        "error-threshold-over-whole-input",
        run("return []"),
        texts(4),
        (*BY_ONE, "--error-threshold", "3"),
        code="batch-threshold-passed",
    ),
    Case(
        "error-threshold-ignores",
        FAILS_AT_2,
        texts(4),
        (*BY_ONE, "--error-threshold", "-1", "--run-max-try", "1"),
        says=AT_2,
        output="f0.txt\nf1.txt\nf3.txt\n",
        causes=("run-failed",),
    ),
    Case(
        "error-threshold-counts-rows",
        run("return mini_batch.head(1)"),
        table(5),
        (*CSV, "--mini-batch-size", "5", "--error-threshold", "3"),
        ("in.csv",),
        code="batch-threshold-passed",
        needs_pandas=True,
    ),
    Case(
        "error-threshold-counts-all-items-of-a-failed-mini-batch",
        FAILS_AT_2,
        texts(4),
        ("--error-threshold", "3", "--run-max-try", "1"),
        code="batch-threshold-passed",
    ),
    Case(
        "allowed-failed-count-kept",
        FAILS_AT_2,
        texts(4),
        (*BY_ONE, "--allowed-failed-count", "1", "--run-max-try", "1"),
        says=AT_2,
        output="f0.txt\nf1.txt\nf3.txt\n",
        facts={"failed": 1},
    ),
    Case(
        "allowed-failed-count-passed",
        FAILS_AT_2,
        texts(4),
        (*BY_ONE, "--allowed-failed-count", "0", "--run-max-try", "1"),
        code="batch-threshold-passed",
        says="allowed_failed_count allows 0. The first that failed, f2.txt: batch_score.py:",
    ),
    Case(
        "mini-batch-error-threshold-counts-short-ones",
        DROPS,
        texts(4),
        (*BY_ONE, "--mini-batch-error-threshold", "0"),
        code="batch-threshold-passed",
    ),
    Case(
        "allowed-failed-percent-kept",
        FAILS_AT_2,
        texts(4),
        (*BY_ONE, "--allowed-failed-percent", "25", "--run-max-try", "1"),
        says=AT_2,
        output="f0.txt\nf1.txt\nf3.txt\n",
    ),
    Case(
        "allowed-failed-percent-passed",
        FAILS_AT_2,
        texts(4),
        (*BY_ONE, "--allowed-failed-percent", "24", "--run-max-try", "1"),
        code="batch-threshold-passed",
    ),
    Case(
        "summary-only",
        NAMES,
        texts(4),
        ("--output-action", "summary_only"),
        facts={"results": 4},
    ),
    Case(
        "summary-only-counts-failures",
        DROPS,
        texts(4),
        ("--output-action", "summary_only", "--error-threshold", "0"),
        code="batch-threshold-passed",
    ),
    Case(
        "append-row-file-name",
        NAMES,
        texts(4),
        ("--append-row-file-name", "scores.csv"),
        output=LINES,
        file_name="scores.csv",
    ),
    Case(
        "timeout",
        run("import time\nif mini_batch[0].endswith('f1.txt'):\n    time.sleep(600)\nreturn [1]"),
        texts(3),
        (*BY_ONE, "--run-invocation-timeout", "2", "--run-max-try", "1"),
        says="The first that failed, f1.txt: run() took longer than 2 seconds.",
        output="1\n1\n",
        causes=("timeout",),
    ),
    Case(
        "tried-three-times",
        run("print('call of run')\nraise ValueError('no')"),
        texts(1),
        code=NOTHING,
        says="batch_score.py:10: ValueError: no.",
        facts={"failed": 1, "retried": 2},
        causes=("run-failed",),
        log="call of run",
    ),
    Case(
        "second-try-succeeds",
        run(
            "mark = os.path.join(EntryScript().output_dir, 'tried')\n"
            "if not os.path.exists(mark):\n    open(mark, 'w').close()\n    raise ValueError('once')\nreturn [1]",
            "from azureml_user.parallel_run import EntryScript",
        ),
        texts(1),
        ("--error-threshold", "0"),
        output="1\n",
        facts={"failed": 0, "retried": 1},
    ),
    Case(
        "partition-keys",
        "import os\n\n\ndef init():\n    pass\n\n\ndef run(mini_batch, mini_batch_context):\n"
        "    keys = mini_batch_context.partition_key_value\n"
        "    return [keys['user'] + ' ' + os.path.basename(path) for path in mini_batch]\n",
        {"in/u1/fall/a.txt": "", "in/u1/winter/b.txt": "", "in/u2/fall/c.txt": ""},
        (
            "--partition-key",
            "user",
            "--partition-format",
            "in/{user}/{season}/{name}.txt",
        ),
        output="u1 a.txt\nu1 b.txt\nu2 c.txt\n",
        facts={"completed": 2},
    ),
    Case(
        "partition-keys-of-tables",
        "def init():\n    pass\n\n\ndef run(mini_batch, mini_batch_context):\n"
        "    return [mini_batch_context.partition_key_value['user']] * len(mini_batch)\n",
        {"in/user=u1/a.csv": "id\n1\n2\n", "in/user=u2/b.csv": "id\n3\n"},
        (*CSV, "--partition-key", "user"),
        output="u1\nu1\nu2\n",
        facts={"completed": 2},
        needs_pandas=True,
    ),
    Case(
        "size-as-rows",
        run("return [len(mini_batch)] * len(mini_batch)"),
        table(5),
        (*CSV, "--mini-batch-size", "2"),
        ("in.csv",),
        output="2\n2\n2\n2\n1\n",
        needs_pandas=True,
    ),
    Case(
        "size-as-bytes",
        run("return [len(mini_batch)] * len(mini_batch)"),
        {"in.csv": "id,x\n" + "10000,2000\n" * 200},
        (*CSV, "--mini-batch-size", "1KB"),
        ("in.csv",),
        output="94\n" * 188 + "12\n" * 12,
        needs_pandas=True,
    ),
    Case(
        "mini-batches-stay-within-a-file",
        run("return [len(mini_batch)] * len(mini_batch)"),
        {**table(2, "in/a.csv"), **table(3, "in/b.csv")},
        (*CSV, "--mini-batch-size", "100"),
        output="2\n2\n3\n3\n3\n",
        needs_pandas=True,
    ),
    Case(
        "arguments",
        "import argparse\n\n\ndef init():\n    global name\n    parser = argparse.ArgumentParser()\n"
        "    parser.add_argument('--model_name', required=True)\n"
        "    name = parser.parse_known_args()[0].model_name\n\n\ndef run(mini_batch):\n"
        "    return [name] * len(mini_batch)\n",
        texts(1),
        ("--argument=--model_name", "--argument=iris", "--argument=--other"),
        output="iris\n",
    ),
    Case(
        "logging-level-info",
        run(
            "EntryScript().logger.debug('fine')\nEntryScript().logger.info('usual')\nreturn [1]",
            "from azureml_user.parallel_run import EntryScript",
        ),
        texts(1),
        output="1\n",
        log="INFO azureml_user.parallel_run usual",
    ),
    Case(
        "logging-level-debug",
        run(
            "EntryScript().logger.debug('fine')\nreturn [1]",
            "from azureml_user.parallel_run import EntryScript",
        ),
        texts(1),
        ("--logging-level", "DEBUG"),
        output="1\n",
        log="DEBUG azureml_user.parallel_run fine",
    ),
    Case(
        "logging-level-as-argument",
        "import argparse\n\n\ndef init():\n    global level\n    parser = argparse.ArgumentParser()\n"
        "    parser.add_argument('--logging_level', type=str)\n"
        "    level = parser.parse_known_args()[0].logging_level.upper()\n\n\ndef run(mini_batch):\n"
        "    return [level] * len(mini_batch)\n",
        texts(1),
        ("--logging-level", "WARNING", "--argument=--name", "--argument=iris"),
        output="WARNING\n",
    ),
    Case(
        "folders",
        run(
            "entry = EntryScript()\nassert entry is EntryScript()\n"
            "assert entry.output_dir == os.environ['AZUREML_BI_OUTPUT_PATH']\n"
            "assert os.path.isdir(entry.log_dir) and entry.working_dir == os.getcwd()\n"
            "return [entry.agent_name]",
            "from azureml_user.parallel_run import EntryScript",
        ),
        texts(1),
        output="process000\n",
        facts={"failed": 0},
    ),
    Case(
        "shutdown",
        NAMES + "\n\ndef shutdown():\n    print('all is over')\n",
        texts(4),
        output=LINES,
        log="[shutdown] all is over",
    ),
    Case("no-init", "def run(mini_batch):\n    return [1]\n", texts(1), output="1\n"),
    Case(
        "nothing-scored",
        FAILS,
        texts(4),
        (*BY_ONE, *ONCE),
        code=NOTHING,
        says="No mini-batch has a result. The first that failed, f0.txt: batch_score.py:9: ValueError: no.",
        causes=("run-failed",) * 4,
    ),
    Case(
        "nothing-scored-as-a-count-ignores",
        FAILS,
        texts(4),
        (*BY_ONE, *ONCE, "--allowed-failed-count", "-1"),
        says="batch_score.py:9: ValueError: no. The limit allowed_failed_count -1 allows that.",
        output="",
        causes=("run-failed",) * 4,
    ),
    Case(
        "nothing-scored-as-a-threshold-ignores",
        FAILS,
        texts(4),
        (*BY_ONE, *ONCE, "--error-threshold", "-1"),
        says="The limit error_threshold -1 allows that.",
        output="",
    ),
    Case(
        "nothing-scored-as-a-percent-ignores",
        FAILS,
        texts(4),
        (*BY_ONE, *ONCE, "--allowed-failed-percent", "100"),
        says="The limit allowed_failed_percent 100 allows that.",
        output="",
    ),
    Case(
        "nothing-scored-within-a-limit",
        FAILS,
        texts(4),
        (*BY_ONE, *ONCE, "--error-threshold", "10", "--allowed-failed-count", "10"),
        code=NOTHING,
        says="ValueError: no",
    ),
    Case(
        "nothing-returned",
        run("return []"),
        texts(4),
        BY_ONE,
        code=NOTHING,
        says="run() returned no result for 4 items.",
        facts={"failed": 0, "fewer": 4},
    ),
    Case(
        "summary-only-nothing-returned",
        run("return []"),
        texts(4),
        (*BY_ONE, "--output-action", "summary_only"),
        says="run() returned no result for 4 items.",
        facts={"failed": 0, "fewer": 4, "results": 0},
    ),
    Case(
        "summary-only-nothing-scored",
        FAILS,
        texts(4),
        (*ONCE, "--output-action", "summary_only"),
        code=NOTHING,
        says="batch_score.py:9: ValueError: no",
    ),
    Case(
        "worker-ends",
        run("os._exit(7)\nreturn mini_batch"),
        texts(2),
        ONCE,
        code=NOTHING,
        says="exit code 7",
        causes=("crashed",),
    ),
    Case(
        "partition-keys-missing",
        NAMES,
        texts(4),
        ("--partition-key", "user"),
        code="batch-option-invalid",
        is_refused=True,
        says="has the partition keys user",
    ),
    Case(
        "paths-for-a-frame",
        FRAME,
        table(3),
        ONCE,
        ("in.csv",),
        code=NOTHING,
        says="in.csv: batch_score.py:10: TypeError",
        causes=("run-failed",),
    ),
    Case(
        "unreadable-csv",
        FRAME,
        {"in.csv": 'id,x\n1,2\n3,"4\n'},
        (*CSV, *ONCE),
        ("in.csv",),
        code=NOTHING,
        causes=("input",),
        says="in.csv",
        needs_pandas=True,
    ),
    Case(
        "parquet-without-pyarrow",
        FRAME,
        {"in.parquet": PARQUET},
        ("--input-format", "parquet", *ONCE),
        ("in.parquet",),
        code="batch-package-missing",
        is_refused=True,
        says="pyarrow",
        needs_pandas=True,
    ),
    Case("no-rows", FRAME, table(0), CSV, ("in.csv",), output="", facts={"planned": 0}, needs_pandas=True),
)
