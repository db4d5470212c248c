"""What goes wrong in a batch job: each cause is told with its mini-batch, and nothing of the others is lost."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from scoredock.contrib.batch.domain.work.jobs import JobFolder
from scoredock.images.environment_images import IMAGES

from batch.conftest import Terminal, until
from kubeconfigs import NOBODY, write_kubeconfig

HEAD = "import os\n\n\ndef init():\n    pass\n\n\n"
NAMES = HEAD + "def run(mini_batch):\n    return [os.path.basename(path) for path in mini_batch]\n"
GATE = (
    HEAD + "import time\n\n\ndef run(mini_batch):\n    print('has ' + os.path.basename(mini_batch[0]), flush=True)\n"
    "    while not os.path.exists(os.environ['GO']):\n        time.sleep(0.01)\n"
    "    return [os.path.basename(path) for path in mini_batch]\n"
)


def words(name: str = "the-job", *more: str, output: str = "out") -> list[str]:
    head = ["batch", "run", "--name", name, "--entry-script", "batch_score.py", "--conda-file", "plain.txt"]
    return [*head, "--input", "in", "--output-path", output, *more]


def files(terminal: Terminal, count: int, script: str) -> None:
    (terminal.folder / "in").mkdir()
    for number in range(count):
        (terminal.folder / "in" / f"f{number}.txt").write_text(f"{number}\n")
    terminal.write(batch_score__py=script)


def output(terminal: Terminal, folder: str = "out") -> str:
    return (terminal.folder / folder / "parallel_run_step.txt").read_text()


def gate(terminal: Terminal) -> list[str]:
    """Options for GATE: run() waits until the file is there."""
    return ["--env", f"GO={terminal.folder / 'go'}", "--no-wait", "--mini-batch-size", "1"]


def await_log(terminal: Terminal, text: str, name: str = "the-job") -> None:
    for _ in until(60, f"“{text}” in the log"):
        if any(text in line for line in terminal.json("batch", "logs", name)["lines"]):
            return


def await_end(terminal: Terminal, name: str = "the-job") -> dict[str, object]:
    for _ in until(60, "the end of the job"):
        job = terminal.json("batch", "show", name)["job"]
        if job["state"] not in ("Queued", "Running"):
            return dict(job)
    raise AssertionError


def test_the_interpreter_crashes(terminal: Terminal) -> None:
    script = NAMES.replace(
        "    return", "    if 'f1.txt' in mini_batch[0]:\n        os.kill(os.getpid(), 11)\n    return"
    )
    files(terminal, 3, script)
    details = terminal.json(*words("the-job", "--mini-batch-size", "1", "--run-max-try", "2"))
    (failure,) = details["failures"]
    assert (failure["cause"], failure["tries"], failure["name"]) == ("crashed", 2, "f1.txt")
    assert "SIGSEGV" in failure["message"]
    assert output(terminal) == "f0.txt\nf2.txt\n"


def test_the_script_ends_its_process(terminal: Terminal) -> None:
    files(terminal, 1, HEAD + "def run(mini_batch):\n    os._exit(7)\n    return mini_batch\n")
    terminal.refused(*words("the-job", "--run-max-try", "1"))
    (failure,) = terminal.json("batch", "show", "the-job")["failures"]
    assert (failure["cause"], "exit code 7" in failure["message"]) == ("crashed", True)


def test_a_failure_has_its_line_and_its_inputs(terminal: Terminal) -> None:
    files(terminal, 2, HEAD + "def run(mini_batch):\n    raise ValueError('a bad one')\n")
    terminal.refused(*words("the-job", "--run-max-try", "1"))
    (failure,) = terminal.json("batch", "show", "the-job")["failures"]
    assert (failure["message"], failure["place"]) == ("ValueError: a bad one", "batch_score.py:9")
    found = terminal.json("batch", "outputs", "the-job")
    (line,) = Path(found["quarantine"]).read_text().splitlines()
    quarantined = json.loads(line)
    assert [Path(path).name for path in quarantined["inputs"]] == ["f0.txt", "f1.txt"]
    assert "raise ValueError" in quarantined["traceback"]


def test_each_try_that_failed_is_told(terminal: Terminal) -> None:
    script = NAMES.replace(
        "    return",
        "    tries = os.path.join(os.environ['TRIES'], os.path.basename(mini_batch[0]))\n"
        "    with open(tries, 'a') as stream:\n        stream.write('x')\n"
        "    number = os.path.getsize(tries)\n"
        "    if 'f0.txt' in mini_batch[0] and number == 1:\n        raise KeyError('not yet')\n"
        "    if 'f1.txt' in mini_batch[0] and number == 2:\n        os.kill(os.getpid(), 11)\n"
        "    if 'f1.txt' in mini_batch[0]:\n        raise ValueError(f'wrong\\ntry {number}')\n"
        "    return",
    )
    files(terminal, 2, script)
    (terminal.folder / "tries").mkdir()
    begin = time.time()
    more = ("--mini-batch-size", "1", "--env", f"TRIES={terminal.folder / 'tries'}")
    (failure,) = terminal.json(*words("the-job", *more))["failures"]
    assert (failure["name"], failure["tries"]) == ("f1.txt", 3)
    assert "try 3" in failure["message"]
    first, second = failure["earlier"]
    assert (first["cause"], first["place"], second["cause"]) == ("run-failed", "batch_score.py:18", "crashed")
    assert "try 1" in first["message"]
    assert "SIGSEGV" in second["message"]
    assert begin < first["time"] < second["time"] < time.time()

    lines = terminal.json("batch", "logs", "the-job")["lines"]
    assert lines == sorted(lines)
    told = [each.partition("] [")[2] for each in lines if "] Try " in each]
    assert [each[: each.index(" failed: ")] for each in sorted(told)] == [
        "mini-batch 0] Try 1 of 3",
        "mini-batch 1] Try 1 of 3",
        "mini-batch 1] Try 2 of 3",
        "mini-batch 1] Try 3 of 3",
    ]
    assert "KeyError: 'not yet'" in next(each for each in told if each.startswith("mini-batch 0"))
    shown = terminal.run("batch", "show", "the-job").stdout
    assert shown.count("batch_score.py:18: ValueError: wrong") == 3, "the sentence of the job has the last as well"
    assert shown.count("SIGSEGV") == 1


def test_a_script_that_cannot_start(terminal: Terminal) -> None:
    files(
        terminal,
        1,
        "def init():\n    raise RuntimeError('no model')\n\n\ndef run(mini_batch):\n    return mini_batch\n",
    )
    error = terminal.refused(*words())
    assert error["code"] == "batch-script-failed"
    assert "batch_score.py:2: RuntimeError: no model" in error["message"]
    assert "raise RuntimeError" in terminal.json("batch", "show", "the-job")["traceback"]


def test_a_file_that_vanishes(terminal: Terminal) -> None:
    files(terminal, 6, GATE)
    terminal.json(*words("the-job", *gate(terminal), "--process-count", "1"))
    await_log(terminal, "has f0.txt")
    (terminal.folder / "in" / "f3.txt").unlink()
    (terminal.folder / "in" / "f4.txt").write_text("another text\n")
    (terminal.folder / "go").touch()
    assert await_end(terminal)["state"] == "CompletedWithErrors"
    failures = terminal.json("batch", "show", "the-job")["failures"]
    assert [(each["name"], each["cause"], each["tries"]) for each in failures] == [
        ("f3.txt", "input", 0),
        ("f4.txt", "input", 0),
    ]
    assert "has changed" in failures[1]["message"]
    assert output(terminal) == "f0.txt\nf1.txt\nf2.txt\nf5.txt\n"


def test_columns_that_change(terminal: Terminal) -> None:
    (terminal.folder / "in").mkdir()
    (terminal.folder / "in" / "a.csv").write_text("id,x\n1,2\n")
    (terminal.folder / "in" / "b.csv").write_text("id,y\n1,2\n")
    terminal.write(batch_score__py=HEAD + "def run(mini_batch):\n    return mini_batch\n")
    run = [each if each != "plain.txt" else "pandas.txt" for each in words("the-job", "--input-format", "csv")]
    (failure,) = terminal.json(*run)["failures"]
    assert "id, y" in failure["message"]
    assert output(terminal) == "1 2\n"


def test_an_empty_folder(terminal: Terminal) -> None:
    files(terminal, 0, NAMES)
    assert terminal.refused(*words())["code"] == "batch-input-empty"
    assert terminal.json("batch", "list")["jobs"] == []


def test_a_missing_input(terminal: Terminal) -> None:
    terminal.write(batch_score__py=NAMES)
    error = terminal.refused(*words())
    assert error["code"] == "batch-input-missing"
    assert error["place"]["path"] == str(terminal.folder / "in")


def test_two_jobs_for_one_folder(terminal: Terminal) -> None:
    files(terminal, 1, GATE)
    terminal.json(*words("first-job", *gate(terminal)))
    await_log(terminal, "has f0.txt", "first-job")
    assert terminal.refused(*words("second-job", *gate(terminal)))["code"] == "batch-output-in-use"
    assert terminal.refused("batch", "resume", "first-job")["code"] == "batch-job-running"
    (terminal.folder / "go").touch()
    assert await_end(terminal, "first-job")["state"] == "Completed"
    assert terminal.refused(*words("second-job", *gate(terminal)))["code"] == "batch-output-exists"
    assert terminal.refused(*words("first-job", output="other"))["code"] == "batch-job-exists"
    assert terminal.refused("batch", "resume", "first-job")["code"] == "batch-job-complete"
    terminal.json(*words("second-job", "--overwrite", "--env", f"GO={terminal.folder / 'go'}"))
    assert output(terminal) == "f0.txt\n"


def test_a_flood_of_output_is_bounded(terminal: Terminal) -> None:
    files(
        terminal, 1, NAMES.replace("    return", "    for _ in range(300):\n        print('x' * 100_000)\n    return")
    )
    terminal.json(*words())
    assert output(terminal) == "f0.txt\n"
    logs = terminal.jobs / "the-job" / "logs"
    assert sum(each.stat().st_size for each in logs.iterdir()) < 15_000_000
    # A line is stored in parts of 16,384 bytes; those that are not kept are counted.
    lines = terminal.json("batch", "logs", "the-job")["lines"]
    before = re.search(r"\[after line (\d+)\] Lines of this worker", lines[0])
    assert before is not None, lines[0][:200]
    assert int(before.group(1)) + sum("[after line " not in line for line in lines) == 300 * 7


def test_a_threshold_in_the_middle_keeps_what_is_done(terminal: Terminal) -> None:
    script = NAMES.replace(
        "    return",
        "    if 'f3.txt' in mini_batch[0] and not os.path.exists(os.environ['GO']):\n        1 / 0\n    return",
    )
    files(terminal, 6, script)
    run = [*words("the-job", *gate(terminal), "--process-count", "1", "--error-threshold", "0", "--run-max-try", "1")]
    run.remove("--no-wait")
    assert terminal.refused(*run)["code"] == "batch-threshold-passed"
    assert not (terminal.folder / "out" / "parallel_run_step.txt").exists()
    job = terminal.json("batch", "show", "the-job")["job"]
    assert (job["state"], job["completed"], job["failed"]) == ("Failed", 3, 1)
    (terminal.folder / "go").touch()
    details = terminal.json("batch", "resume", "the-job")
    assert (details["job"]["completed"], details["job"]["failed"], details["failures"]) == (6, 0, [])
    assert output(terminal) == "".join(f"f{number}.txt\n" for number in range(6))


def test_cancel_keeps_what_is_done(terminal: Terminal) -> None:
    files(terminal, 4, GATE)
    terminal.json(*words("the-job", *gate(terminal)))
    await_log(terminal, "has f0.txt")
    assert terminal.json("batch", "cancel", "the-job")["job"]["state"] == "Canceled"
    assert not JobFolder(terminal.jobs / "the-job").is_driven()
    (terminal.folder / "go").touch()
    assert terminal.json("batch", "resume", "the-job")["job"]["state"] == "Completed"
    assert output(terminal) == "".join(f"f{number}.txt\n" for number in range(4))


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_cancels_and_leaves_no_process(terminal: Terminal) -> None:
    files(terminal, 4, GATE)
    run = words("the-job", *gate(terminal))
    run.remove("--no-wait")
    client = terminal.start(*run)
    try:
        folder = JobFolder(terminal.jobs / "the-job")
        for _ in until(60, "a mini-batch under way"):
            if any(each["batch"] is not None for each in folder.written_progress().workers):
                break
        workers = [int(each["pid"]) for each in folder.written_progress().workers]
        os.killpg(client.pid, signal.SIGINT)
        assert client.wait(60) == 130
    finally:
        client.kill()
        _, errors = client.communicate()
    assert b"scoredock batch resume the-job" in errors
    assert folder.progress().state == "Canceled"
    assert not any(psutil.pid_exists(pid) for pid in workers)


def test_names_and_options_that_are_refused(terminal: Terminal) -> None:
    files(terminal, 1, NAMES)
    for options, code in (
        (words("No"), "batch-name-invalid"),
        (words("the-job", "--mini-batch-size", "1TB"), "batch-option-invalid"),
        (words("the-job", "--mini-batch-size", "1KB"), "batch-option-invalid"),
        (words("the-job", "--run-max-try", "0"), "batch-option-invalid"),
        (words("the-job", "--append-row-file-name", "a/b"), "batch-option-invalid"),
        (words("the-job", "--partition-format", "{user}/{name}.txt"), "batch-option-invalid"),
        (words("the-job", "--cpu-cores", "1"), "batch-option-invalid"),
        (words("the-job", "--compute", "nowhere", "--memory-gb", "-1"), "batch-option-invalid"),
        (words("the-job", "--compute", "nowhere", "--cpu-cores", "nan"), "batch-option-invalid"),
        (words("the-job", "--compute", "nowhere", "--cpu-cores", "1"), "compute-missing"),
        (["batch", "show", "no-job"], "batch-job-not-found"),
    ):
        assert terminal.refused(*options)["code"] == code, options
    assert terminal.run("batch", "run", "--name", "the-job").returncode == 2


def test_parquet_in_rows(terminal: Terminal) -> None:
    """Written and read by pyarrow, in row groups that mini-batches cross."""
    terminal.write(
        arrow__txt="azureml-defaults\npandas\npyarrow\n",
        make__py="import sys\nimport pyarrow as pa\nimport pyarrow.parquet as pq\n"
        "pq.write_table(pa.table({'id': list(range(10))}), 'in.parquet', row_group_size=4)\n",
        batch_score__py=HEAD + "def run(mini_batch):\n    return list(mini_batch['id'])\n",
        one__py=NAMES,
    )
    (terminal.folder / "first").write_text("")
    first = ["batch", "run", "--name", "first", "--entry-script", "one.py", "--conda-file", "arrow.txt"]
    terminal.json(*first, "--input", "first", "--output-path", "first-out")
    python = JobFolder(terminal.jobs / "first").job().python
    subprocess.run([python, "make.py"], cwd=terminal.folder, check=True, timeout=100)
    run = ["batch", "run", "--name", "the-job", "--entry-script", "batch_score.py", "--conda-file", "arrow.txt"]
    run += ["--input", "in.parquet", "--input-format", "parquet", "--mini-batch-size", "3", "--output-path", "out"]
    assert terminal.json(*run)["job"]["completed"] == 4
    assert output(terminal) == "".join(f"{number}\n" for number in range(10))


def test_what_was_mended_is_read_when_the_job_goes_on(terminal: Terminal) -> None:
    """What has a result stays, whatever becomes of its file."""
    files(terminal, 3, HEAD + "def run(mini_batch):\n    return [10 * int(open(path).read()) for path in mini_batch]\n")
    broken, gone = (terminal.folder / "in" / name for name in ("f1.txt", "f2.txt"))
    broken.write_text("one\n")
    gone.write_text("two\n")
    assert terminal.json(*words("the-job", "--mini-batch-size", "1"))["job"]["failed"] == 2
    broken.write_text("111\n")
    gone.unlink()
    (terminal.folder / "in" / "f0.txt").write_text("7\n")
    details = terminal.json("batch", "resume", "the-job")
    assert (details["job"]["completed"], details["job"]["failed"]) == (2, 1)
    assert "No such file" in details["failures"][0]["message"]
    gone.write_text("2\n")
    assert terminal.json("batch", "resume", "the-job")["job"]["state"] == "Completed"
    assert output(terminal) == "0\n1110\n20\n"


def test_a_cluster_that_does_not_answer_is_told_before_any_image_is_touched(terminal: Terminal) -> None:
    files(terminal, 1, NAMES)
    config = write_kubeconfig(terminal.folder / "kubeconfig", {"prod": NOBODY})
    place = ("--context", "prod", "--kubeconfig", str(config), "--namespace", "models")
    terminal.json("compute", "attach", "aks", *place, "--registry", "127.0.0.1:1/team")
    done = terminal.run(*words("there", "--compute", "aks"))
    assert done.returncode == 1
    assert "cluster-unreachable" in done.stderr
    assert "Asking the cluster of aks" in done.stderr
    workspace = terminal.jobs.parent
    assert not (workspace / IMAGES).exists()
    assert not list(terminal.jobs.glob("*"))

    # Nor is anything asked of a cluster that images cannot get to.
    terminal.json("compute", "attach", "bare", *place)
    assert terminal.refused(*words("there", "--compute", "bare"))["code"] == "compute-invalid"
    assert not (workspace / IMAGES).exists()


def test_arguments_that_argparse_refuses_are_told(terminal: Terminal) -> None:
    script = (
        "import argparse\n\n\ndef init():\n    argparse.ArgumentParser().parse_args()\n\n\n"
        "def run(mini_batch):\n    return mini_batch\n"
    )
    terminal.write(batch_score__py=script, one__txt="1\n")
    words = ["batch", "run", "--name", "the-job", "--entry-script", "batch_score.py", "--conda-file", "plain.txt"]
    failure = terminal.refused(*words, "--input", "one.txt", "--output-path", "out")
    assert failure["code"] == "batch-script-failed"
    assert "batch_score.py:5: SystemExit: 2 (unrecognized arguments: --logging_level INFO)" in failure["message"]


def test_files_that_are_no_part_of_the_output_are_told(terminal: Terminal) -> None:
    script = (
        "import os\nfrom azureml_user.parallel_run import EntryScript\n\n\ndef init():\n"
        "    os.makedirs('./outputs/data', exist_ok=True)\n\n\ndef run(mini_batch):\n    for path in mini_batch:\n"
        "        name = os.path.basename(path)\n        folders = [EntryScript().output_dir]\n"
        "        folders += ['./outputs/data'] * LOST\n"
        "        for folder in folders:\n            with open(os.path.join(folder, name), 'w') as stream:\n"
        "                stream.write(name)\n    return list(mini_batch)\n"
    )
    files(terminal, 3, f"LOST = True\n{script}")
    assert "outputs/data" in terminal.run(*words()).stdout
    (note,) = terminal.json("batch", "show", "the-job")["notes"]
    assert "3 files" in note
    assert str(terminal.jobs / "the-job" / "azureml-app" / "outputs" / "data") in note
    assert "EntryScript().output_dir" in note
    assert note in terminal.run("batch", "show", "the-job").stdout

    terminal.write(batch_score__py=f"LOST = False\n{script}")
    assert terminal.json(*words("another", output="another"))["notes"] == []
