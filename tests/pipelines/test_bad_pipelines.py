"""Pipelines that are wrong, hostile or interrupted: told with place and cause, and nothing is left of a run."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.conftest import Terminal
from pace import patience
from pipelines.conftest import put, ran

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
LARGE = (
    f"parameters: [{{name: xs, type: object, default: [{', '.join('a' * 300)}]}}]\nsteps:\n"
    "  - ${{ each x in parameters.xs }}:\n    - ${{ each y in parameters.xs }}:\n      - script: echo ${{ y }}\n"
)
HEAD = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"


def workflow(terminal: Terminal, steps: str, name: str = "w.yml") -> str:
    put(terminal.folder, {name: HEAD + steps})
    return name


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("on: push\njobs:\n\ta: 1\n", 3, "tab"),
        ("just: this\n", 1, "is not a pipeline"),
        ("- 1\n", 1, "is not a pipeline"),
        ("steps:\n  - template: missing.yml\n", 2, "The template “missing.yml” is not there."),
        ("steps:\n  - template: azure-pipelines.yml\n", 2, "too deeply"),
        ("steps:\n  - script: ${{ nothing(1) }}\n", 2, "calls nothing(), which does not exist here"),
        ("steps:\n  - script: ${{ eq( }}\n", 2, "cannot be read"),
        ("steps:\n  - script: ${{ unknown.x }}\n", 2, "uses “unknown”"),
        ("parameters: [{name: a}]\nsteps: [{script: x}]\n", 1, "The parameter “a” has no value."),
        ("parameters: [{name: a, default: z, values: [x, y]}]\nsteps: [{script: x}]\n", 1, "may be “x”, “y” only"),
        ("pool: x\njobs: []\n", 1, "no jobs"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_with_its_line(terminal: Terminal, text: str, line: int, said: str) -> None:
    put(terminal.folder, {"azure-pipelines.yml": text})
    refused = terminal.refused("pipeline", "show", "azure-pipelines.yml")
    assert refused["code"] == "pipeline-invalid"
    assert said in refused["message"], refused["message"]
    assert abs(refused["place"]["line"] + 1 - line) <= 1


@pytest.mark.parametrize("here", [".", "team", "team/pipelines"])
def test_the_root_is_where_the_templates_are_that_a_file_names_from_there(terminal: Terminal, here: str) -> None:
    """Without git, and with a folder that is called as the one of a platform is."""
    files = {
        "team/pipelines/deploy.yml": "steps:\n  - template: /shared/steps.yml\n",
        "shared/steps.yml": "steps:\n  - script: echo shared\n",
    }
    put(terminal.folder, files)
    file = terminal.folder / "team" / "pipelines" / "deploy.yml"
    elsewhere = dataclasses.replace(terminal, folder=terminal.folder / here)
    assert "echo shared" in elsewhere.ok("pipeline", "show", str(file))
    (terminal.folder / "shared" / "steps.yml").unlink()
    refused = elsewhere.refused("pipeline", "show", str(file))
    assert "The template “/shared/steps.yml” is not there." in refused["message"]


def test_names_that_are_not_there_are_refused_before_anything_runs(terminal: Terminal) -> None:
    file = workflow(terminal, "      - name: Touch\n        run: touch ran\n")
    for words, code in (
        (("--job", "b"), "pipeline-job-missing"),
        (("--skip", "Other"), "pipeline-step-missing"),
        (("--replace", "Other=w.yml"), "pipeline-step-missing"),
        (("--replace", "Touch=missing.sh"), "pipeline-file-missing"),
        (("--secret", "NOT_SET_ANYWHERE"), "pipeline-secret-missing"),
        (("--artifact", "a=missing"), "pipeline-file-missing"),
    ):
        assert terminal.refused("pipeline", "run", file, *words)["code"] == code
    assert terminal.refused("pipeline", "run", "missing.yml")["code"] == "pipeline-file-missing"
    (terminal.folder / "other").mkdir()
    assert terminal.refused("pipeline", "run", file, "--root", "other")["code"] == "pipeline-file-missing"
    assert terminal.run("pipeline", "run", file, "--timeout", "0").returncode == 2
    assert not (terminal.folder / "ran").exists()
    ran(terminal, file, "--skip", "Touch")
    assert not (terminal.folder / "ran").exists()


def test_steps_get_nothing_of_the_shell_but_what_is_given(terminal: Terminal) -> None:
    terminal.env |= {"MY_TOKEN": "very-secret", "GIVEN": "this-is-given"}
    file = workflow(
        terminal, "      - run: env > seen.txt; echo '${{ secrets.GIVEN }}' | rev; echo ${{ secrets.GIVEN }}\n"
    )
    done = terminal.run("pipeline", "run", file, "--secret", "GIVEN")
    assert done.returncode == 0
    seen = (terminal.folder / "seen.txt").read_text()
    assert "very-secret" not in seen
    assert "this-is-given" not in done.stdout + done.stderr
    assert "   ***\n" in done.stdout


def test_a_script_in_the_place_of_a_step_gets_its_inputs_and_is_read_first(terminal: Terminal) -> None:
    steps = (
        "      - name: Publish\n        uses: someone/publishes@v2\n        with: {api key: a, chart-path: ./charts}\n"
    )
    file = workflow(terminal, steps)
    put(terminal.folder, {"own.sh": 'echo "$INPUT_API_KEY and $(env | sed -n s/^INPUT_CHART-PATH=//p)" > seen.txt\n'})
    ran(terminal, file, "--replace", "Publish=own.sh")
    assert (terminal.folder / "seen.txt").read_text() == "a and ./charts\n"
    (terminal.folder / "own.sh").write_bytes(b"\xff\xfe\x00")
    refused = terminal.refused("pipeline", "run", file, "--replace", "Publish=own.sh")
    assert (refused["code"], refused["place"]["path"]) == ("file-unreadable", str(terminal.folder / "own.sh"))


def test_refusals_name_the_file_and_a_line(terminal: Terminal) -> None:
    file = workflow(terminal, "      - run: touch ran\n")
    for words in (("--job", "b"), ("--skip", "Other")):
        place = terminal.refused("pipeline", "run", file, *words)["place"]
        assert place["path"] == str(terminal.folder / file)
        assert isinstance(place["line"], int)
    (terminal.folder / "binary.yml").write_bytes(b"on: push\n\xff\xfe")
    refused = terminal.refused("pipeline", "run", "binary.yml")
    assert (refused["code"], refused["place"]["line"]) == ("file-unreadable", 1)
    assert "line 2 is not UTF-8" in refused["message"]
    (terminal.folder / "powershell.yml").write_bytes("on: push\n".encode("utf-16-le"))
    assert "it is in UTF-16 without a mark" in terminal.refused("pipeline", "show", "powershell.yml")["message"]


def test_a_deployment_job_gets_the_artifacts_by_itself(terminal: Terminal) -> None:
    text = """
stages:
  - stage: make
    jobs:
      - job: make
        steps:
          - script: echo 1 > one.txt
          - publish: one.txt
            artifact: numbers
  - stage: deploy
    jobs:
      - deployment: with
        strategy: {runOnce: {deploy: {steps: [{script: test -f $(Pipeline.Workspace)/numbers/one.txt}]}}}
      - deployment: without
        strategy:
          runOnce:
            deploy:
              steps:
                - download: none
                - script: test -f $(Pipeline.Workspace)/numbers/one.txt
"""
    put(terminal.folder, {"azure-pipelines.yml": text})
    run = ran(terminal, "azure-pipelines.yml")
    first, *_ = next(job for job in run["jobs"] if job["id"] == "with")["steps"]
    assert (first["name"], first["kind"], first["result"]) == ("Download the artifacts", "stand-in", "success")
    names = [step["name"] for job in run["jobs"] if job["id"] == "without" for step in job["steps"]]
    assert "Download the artifacts" not in names


def test_a_masked_text_does_not_show(terminal: Terminal) -> None:
    lines = ('echo "::add-mask::tell-nobody"', 'echo "it is tell-nobody"', "exit 3")
    steps = "      - run: |\n" + "".join(f"          {line}\n" for line in lines)
    run = ran(terminal, workflow(terminal, steps), code=1)
    (step,) = run["jobs"][0]["steps"]
    assert step["exitCode"] == 3
    assert step["output"][-1] == "it is ***"
    assert "tell-nobody" not in json.dumps([step["output"], step["message"]])


def test_a_step_that_takes_too_long_is_ended_with_what_it_started(terminal: Terminal) -> None:
    steps = (
        "      - name: Slow\n        run: |\n          sleep 600 &\n          echo $! > pid\n          wait\n"
        "      - if: always()\n        run: touch behind\n"
    )
    run = ran(terminal, workflow(terminal, steps), "--timeout", "2", code=1)
    slow, behind = run["jobs"][0]["steps"]
    assert slow["message"] == "The step “Slow” took more than 2 seconds and was ended."
    assert behind["result"] == "success"
    assert _ended(int((terminal.folder / "pid").read_text()))


def test_an_interrupt_ends_the_run_and_leaves_nothing(terminal: Terminal, tmp_path: Path) -> None:
    places = tmp_path / "temporary"
    places.mkdir()
    terminal.env["TMPDIR"] = str(places)
    terminal.ordinary = True
    file = workflow(
        terminal, "      - run: |\n          echo $$ > pid\n          sleep 600\n      - run: touch behind\n"
    )
    process = terminal.start("pipeline", "run", file)
    pid = terminal.folder / "pid"
    deadline = time.monotonic() + patience(60)
    while not (pid.exists() and pid.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=patience(60)) == 130
    assert _ended(int(pid.read_text()))
    assert not (terminal.folder / "behind").exists()
    assert not list(places.glob("scoredock-pipeline-*"))


def _ended(pid: int) -> bool:
    deadline = time.monotonic() + patience(20)
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


JOB = "{runs-on: x, needs: NEEDS, steps: [{run: touch ran}]}"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "w.yml",
            "on: push\njobs:\n  round: {0}\n  trip: {1}\n  behind: {1}\n".format(
                JOB.replace("NEEDS", "trip"), JOB.replace("NEEDS", "round")
            ),
            "The jobs wait for one another: round → trip → round.",
        ),
        ("w.yml", f"on: push\njobs:\n  a: {JOB.replace('NEEDS', 'a')}\n", "The jobs wait for one another: a → a."),
        (
            "w.yml",
            f"on: push\njobs:\n  a: {JOB.replace('NEEDS', '[other]')}\n",
            "The job “a” needs “other”, which is not there.",
        ),
        (
            "azure-pipelines.yml",
            "jobs:\n- {job: a, dependsOn: other, steps: [{script: touch ran}]}\n",
            "The job “a” needs “other”, which is not there.",
        ),
        (
            "azure-pipelines.yml",
            "stages:\n- {stage: A, dependsOn: B, jobs: [{job: a, steps: [{script: touch ran}]}]}\n"
            "- {stage: B, dependsOn: A, jobs: [{job: b, steps: [{script: touch ran}]}]}\n",
            "The jobs wait for one another: a → b → a.",
        ),
        (
            ".gitlab-ci.yml",
            "a: {script: [x], needs: [b]}\nb: {script: [x], needs: [a]}\n",
            "The jobs wait for one another: a → b → a.",
        ),
    ],
    ids=("circle", "itself", "nobody", "azure-nobody", "azure-stages", "gitlab"),
)
def test_jobs_that_wait_for_one_another_or_for_nothing_are_refused(
    terminal: Terminal, name: str, text: str, said: str
) -> None:
    put(terminal.folder, {name: text})
    refused = terminal.refused("pipeline", "run" if "git" not in name else "show", name)
    assert (refused["code"], "line" in refused["place"]) == ("pipeline-invalid", True)
    assert refused["message"].endswith(f": {said}")
    assert not (terminal.folder / "ran").exists()


def test_a_matrix_of_a_job_that_is_not_waited_for_is_told(terminal: Terminal) -> None:
    text = """on: push
jobs:
  of_another:
    strategy: {matrix: "${{ fromJSON(needs.x.outputs.y) }}"}
    runs-on: x
    steps: [{run: exit 1}]
"""
    put(terminal.folder, {"w.yml": text})
    run = ran(terminal, "w.yml", code=1)
    assert run["jobs"][0]["reason"] == "fromJSON() was given “”, which is not JSON."


AXIS = "[" + ", ".join(map(str, range(17))) + "]"
DEEP = ", ".join(f"a{number}: [{', '.join('x' * 40)}]" for number in range(120))
GITHUB = (
    "on: push\njobs:\n  many:\n    runs-on: x\n    strategy: {{matrix: {{{matrix}}}}}\n    steps: [{{run: exit 0}}]\n"
)
UNFOLDING = {
    "matrix": {"w.yml": GITHUB.format(matrix=f"a: {AXIS}, b: {AXIS}")},
    "matrix of 30 kB": {"w.yml": GITHUB.format(matrix=DEEP)},
    "matrix that excludes": {"w.yml": GITHUB.format(matrix=f"a: {AXIS}, b: {AXIS}, c: {AXIS}, exclude: [{{a: 1}}]")},
    "includes": {"w.yml": GITHUB.format(matrix="include: [" + ", ".join(f"{{a: {n}}}" for n in range(257)) + "]")},
    "two matrices": {
        "w.yml": GITHUB.format(matrix=f"a: {AXIS}, b: [1, 2, 3, 4, 5, 6, 7, 8, 9]")
        + f"  more:\n    runs-on: x\n    strategy: {{matrix: {{a: {AXIS}, b: [1, 2, 3, 4, 5, 6, 7, 8]}}}}\n"
        + "    steps: [{run: exit 0}]\n"
    },
    "each": {"azure-pipelines.yml": LARGE},
    "each of templates": {
        "azure-pipelines.yml": f"parameters: [{{name: xs, type: object, default: [{', '.join('a' * 300)}]}}]\nsteps:\n"
        "  - ${{ each x in parameters.xs }}:\n    - template: one.yml\n",
        "one.yml": "steps:\n  - script: echo one\n",
    },
    "templates that double": {
        "azure-pipelines.yml": "steps:\n  - template: t0.yml\n",
        **{f"t{n}.yml": f"steps:\n  - template: t{n + 1}.yml\n  - template: t{n + 1}.yml\n" for n in range(15)},
        "t15.yml": "steps:\n  - script: echo one\n",
    },
    "azure parallel": {
        "azure-pipelines.yml": "jobs:\n  - job: a\n    strategy: {parallel: 99999999999}\n    steps: [{script: x}]\n"
    },
    "gitlab parallel": {".gitlab-ci.yml": "a:\n  parallel: 300\n  script: [x]\n"},
    "gitlab matrix": {
        ".gitlab-ci.yml": f"a:\n  parallel:\n    matrix:\n      - {{A: {AXIS}, B: {AXIS}}}\n  script: [x]\n"
    },
    "gitlab includes": {
        ".gitlab-ci.yml": "include: [" + ", ".join(["one.yml"] * 200) + "]\na: {script: [x]}\n",
        "one.yml": "b: {script: [x]}\n",
    },
    "gitlab includes that double": {
        ".gitlab-ci.yml": "include: [t0.yml]\na: {script: [x]}\n",
        **{f"t{n}.yml": f"include: [t{n + 1}.yml, t{n + 1}.yml]\nj{n}: {{script: [x]}}\n" for n in range(9)},
        "t9.yml": "b: {script: [x]}\n",
    },
    "actions that double": {
        "w.yml": HEAD + "      - uses: ./a0\n",
        **{
            f"a{n}/action.yml": f"runs:\n  using: composite\n  steps: [{', '.join([f'{{uses: ./a{n + 1}}}'] * 12)}]\n"
            for n in range(6)
        },
        "a6/action.yml": "runs: {using: composite, steps: [{run: x, shell: bash}]}\n",
    },
    "text that grows": {
        "azure-pipelines.yml": "steps:\n  - script: ${{ "
        + "replace(" * 12
        + "'aaaaaaaaaa'"
        + ", 'a', 'aaaaaaaaaa')" * 12
        + " }}\n"
    },
}


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is held by Linux")
@pytest.mark.parametrize("kind", UNFOLDING)
def test_what_unfolds_is_counted_before_it_is_made(terminal: Terminal, kind: str) -> None:
    """With 1 GB of addresses at most, which the interpreter alone takes a third of."""
    files = UNFOLDING[kind]
    put(terminal.folder, files)
    name = next(iter(files))
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30));"
    code += "from scoredock.cli.main import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "pipeline", "show", name, "--json"]
    began = time.monotonic()
    process = subprocess.run(
        words, cwd=terminal.folder, env=terminal.environment(), capture_output=True, text=True, timeout=patience(60)
    )
    assert process.returncode == 1, (process.stdout[:1000], process.stderr[:3000])
    error = json.loads(process.stderr)["error"]
    assert error["code"] == ("pipeline-invalid" if kind == "text that grows" else "pipeline-too-large"), error
    assert error["place"]["line"] >= 0
    assert time.monotonic() - began < patience(20)


def test_256_jobs_are_shown(terminal: Terminal) -> None:
    axis = str(list(range(16)))
    put(terminal.folder, {"w.yml": GITHUB.format(matrix=f"a: {axis}, b: {axis}")})
    assert len(terminal.json("pipeline", "show", "w.yml")["jobs"]) == 256


def test_copies_of_a_job_are_listed(terminal: Terminal) -> None:
    put(terminal.folder, {".gitlab-ci.yml": "a:\n  parallel: 3\n  script: [x]\n"})
    shown = terminal.json("pipeline", "show", ".gitlab-ci.yml")
    assert [each["run"] for each in shown["jobs"]] == ["1/3", "2/3", "3/3"]


def test_files_outside_of_the_repository_are_not_read(terminal: Terminal) -> None:
    put(terminal.folder.parent, {"outside.yml": "steps: [{script: echo outside}]\n"})
    put(terminal.folder, {"azure-pipelines.yml": "steps:\n  - template: ../outside.yml\n"})
    refused = terminal.refused("pipeline", "show", "azure-pipelines.yml")
    assert "The template “../outside.yml” is not there." in refused["message"]
    file = workflow(terminal, "      - uses: ./../other\n")
    shown = terminal.json("pipeline", "show", file)
    assert shown["jobs"][0]["steps"][0]["kind"] == "left-out"


def test_artifacts_stay_in_their_folder(terminal: Terminal) -> None:
    steps = (
        "      - run: echo 1 > one.txt\n"
        "      - uses: actions/upload-artifact@v4\n        with: {name: ../../up, path: one.txt}\n"
        "      - uses: actions/download-artifact@v4\n        with: {name: ../../up, path: got}\n"
        "      - run: test -f got/one.txt\n"
        "      - uses: actions/download-artifact@v4\n        with: {name: other}\n"
    )
    run = ran(terminal, workflow(terminal, steps), code=1)
    assert [step["result"] for step in run["jobs"][0]["steps"]] == ["success"] * 4 + ["failure"]
    assert run["jobs"][0]["steps"][-1]["message"] == "No job before it has kept the artifact “other”."
    assert not (terminal.folder.parent / "up").exists()


def test_anchors_in_a_circle_are_refused(terminal: Terminal) -> None:
    for text in ("on: push\njobs: &jobs\n  a: {runs-on: x, steps: *jobs}\n", "steps: &steps\n- script: x\n- *steps\n"):
        put(terminal.folder, {"azure-pipelines.yml": text})
        assert terminal.refused("pipeline", "show", "azure-pipelines.yml")["code"] == "pipeline-invalid"


def test_a_template_of_another_repository_that_comes_back_is_not_followed(terminal: Terminal) -> None:
    files = {
        "azure-pipelines.yml": "resources: {repositories: [{repository: other, name: a/b}]}\nsteps:\n"
        "- script: touch ran\n- template: one.yml\n",
        "one.yml": "steps:\n- template: two.yml@other\n- template: two.yml@self\n",
        "two.yml": "steps:\n- template: one.yml@other\n",
    }
    put(terminal.folder, files)
    shown = terminal.json("pipeline", "show", "azure-pipelines.yml")
    assert [(each["file"], each["line"]) for each in shown["unread"]] == [("one.yml", 2), ("two.yml", 2)]
    refused = terminal.refused("pipeline", "run", "azure-pipelines.yml")
    assert (refused["code"], len(refused["details"]["unread"])) == ("pipeline-unread", 2)
    assert not (terminal.folder / "ran").exists()


def test_shells_that_are_not_there_are_named_and_their_scripts_do_not_run(terminal: Terminal) -> None:
    shells = ("pwsh", "powershell", "cmd")
    steps = "".join(f"      - {{name: '{shell}', shell: '{shell}', run: touch ran}}\n" for shell in shells)
    run = ran(terminal, workflow(terminal, steps))
    assert [(step["result"], step["reason"]) for step in run["jobs"][0]["steps"]] == [
        ("left-out", f"Its script is not of bash but of “{shell}”.") for shell in shells
    ]
    run = ran(terminal, workflow(terminal, "      - {shell: 'no-such-shell {0}', run: touch ran}\n"), code=1)
    assert run["jobs"][0]["steps"][0]["message"] == "There is no no-such-shell on PATH."
    assert not (terminal.folder / "ran").exists()
