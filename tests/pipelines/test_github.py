"""What GitHub Actions documents of values, contexts and expressions, as a workflow sees it here."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import Any

import pytest

from cli.conftest import Terminal
from pipelines.conftest import put, ran, results

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
EXPRESSIONS: dict[str, str] = {
    "1 && 'yes' || 'no'": "yes",
    "0 && fromJSON('no JSON')": "0",
    "'' || fromJSON('{\"a\": [1, 2.50]}').a[1]": "2.5",
    "case(false, fromJSON('x'), true, 'two', 'three')": "two",
    "'ABC' == 'abc'": "true",
    "'A' < 'b'": "true",
    "null == 0": "true",
    "true == '1'": "true",
    "'' == false": "true",
    "'a' == 0": "false",
    "NaN == NaN": "false",
    "!NaN": "true",
    "-Infinity < Infinity": "true",
    "'0x10' == 16": "true",
    "1 < 2 == true": "true",
    "0.1": "0.1",
    "1234567.5": "1234567.5",
    "123456789012345678": "1.23456789012346E+17",
    "0.00001": "1E-05",
    "0xff": "255",
    ".5": "0.5",
    "fromJSON('{\"a\": 1}')": "Object",
    "fromJSON('[1]')": "Array",
    "fromJSON('[1]') == fromJSON('[1]')": "false",
    "fromJSON('[[1, 2], [3]]').*[0]": "Array",
    "join(fromJSON('[[1, 2], [3]]').*[0], '+')": "1+3",
    'join(fromJSON(\'{"x": {"n": 1}, "y": {"n": 2}, "z": {}}\').*.n)': "1,2",
    'join(fromJSON(\'{"x": {"a": 1}, "y": {"b": 2}}\').*.*, \'\')': "12",
    "fromJSON('{\"Name\": 7}').nAME": "7",
    'fromJSON(\'{"1": "one"}\')[1]': "one",
    "fromJSON('[\"a\", \"b\"]')['1']": "b",
    "fromJSON('[\"a\"]')[1].x": "",
    "contains('Hello', 'LL')": "true",
    "contains(fromJSON('[1, \"2\"]'), 2)": "true",
    "contains(fromJSON('{\"a\": 1}'), 'a')": "false",
    "startsWith('Hello', 'he')": "true",
    "endsWith(123, 23)": "true",
    "format('{{Hello {0}}}', 'you')": "{Hello you}",
    "format('{1}{0}{1}', true, null)": "true",
    "toJSON('é')": '"é"',
    'toJSON(fromJSON(\'[1, {"a": [], "b": null}, 2.5]\'))': '[\n  1,\n  {\n    "a": [],\n    "b": null\n  },\n  2.5\n]',
    "hashFiles('no/such/*')": "",
    "hashFiles('b.lock', '!**/a.lock', 'c/**')": sha256(sha256(b"b").digest() + sha256(b"c").digest()).hexdigest(),
    "env.FROM_WORKFLOW": "3.1",
    "env.FROM_JOB": "true",
    "env.TEN": "10",
    "job.status": "success",
    "strategy.job-total": "1",
    "vars.GIVEN": "by hand",
    "runner.os == 'Linux' || runner.os == 'macOS'": "true",
    "github.event.repository.name != ''": "true",
}
"""With what stands in their place in a text."""
REFUSED = {
    "format('{2}', 'a')": "has no value",
    "format('{0', 'a')": "has no value",
    "fromJSON('')": "is not JSON",
    "TRUE": "uses “TRUE”",
    "unknown.x": "uses “unknown”",
    "case(1, 2, 3)": "case()",
    "hashFiles()": "no pattern",
    "contains('a')": "cannot be read",
    "'open": "is not part of one",
    "needs.a.b": "",
}
WORKFLOW = """\
on: push
env: {{FROM_WORKFLOW: 3.10}}
jobs:
  a:
    runs-on: x
    env: {{FROM_JOB: True, TEN: 010}}
    steps:
      - env:
{env}
        shell: python
        run: |
          import json, os
          json.dump(dict(os.environ), open("seen.json", "w"))
"""


def values_of(terminal: Terminal, name: str = "seen.json") -> Any:
    return json.loads((terminal.folder / name).read_text())


def test_expressions_have_the_values_that_github_documents(terminal: Terminal) -> None:
    put(terminal.folder, {"b.lock": "b", "d/a.lock": "a", "c/e/f": "c"})
    names = {f"V{number}": expression for number, expression in enumerate(EXPRESSIONS)}
    lines = [f"          {name}: {json.dumps('${{ ' + expression + ' }}')}" for name, expression in names.items()]
    put(terminal.folder, {"w.yml": WORKFLOW.format(env="\n".join(lines))})
    ran(terminal, "w.yml", "--variable", "GIVEN=by hand")
    environment = values_of(terminal)
    assert {expression: environment[name] for name, expression in names.items()} == EXPRESSIONS


def test_what_an_expression_cannot_be_is_told(terminal: Terminal) -> None:
    lines = [f"echo {json.dumps('${{ ' + text + ' }}')}" for text in REFUSED]
    steps = "\n".join(
        f"      - name: {number}\n        continue-on-error: true\n        run: {line}"
        for number, line in enumerate(lines)
    )
    put(terminal.folder, {"w.yml": f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}\n"})
    run = ran(terminal, "w.yml")
    told = {step["name"]: step["message"] for step in run["jobs"][0]["steps"]}
    for number, (text, part) in enumerate(REFUSED.items()):
        assert part in told[str(number)], text
        assert bool(told[str(number)]) == bool(part), text


FIXED = {"quoted": False, "version": "3.1"}
INPUTS = """\
on:
  {event}:
    inputs:
      publish: {{type: boolean, default: false}}
      forgotten: {{type: boolean}}
      quoted: {{type: boolean, default: "false"}}
      version: {{type: string, default: 3.10}}
      count: {{type: number, default: 3}}
      level: {{type: choice, options: [low, high], default: low}}
      text: {{type: string, default: 'false'}}
jobs:
  publish:
    if: inputs.publish
    runs-on: x
    steps: [{{run: touch published}}]
  off:
    if: ${{{{ !inputs.publish && inputs.forgotten == false }}}}
    runs-on: x
    steps: [{{run: exit 0}}]
  many:
    if: inputs.count > 3 || inputs.quoted
    runs-on: x
    steps: [{{run: exit 0}}]
  text:
    if: inputs.text
    runs-on: x
    steps:
      - if: github.event.inputs.publish == 'true' || inputs.publish != github.event.inputs.publish
        run: exit 0
      - run: |
          echo '${{{{ toJSON(inputs) }}}}' > seen.json
          cp "$GITHUB_EVENT_PATH" event.json
"""


@pytest.mark.parametrize("event", ["workflow_dispatch", "workflow_call"])
def test_inputs_have_their_types(terminal: Terminal, event: str) -> None:
    put(terminal.folder, {"w.yml": INPUTS.format(event=event)})
    run = ran(terminal, "w.yml")
    assert {job["id"]: job["result"] for job in run["jobs"]} == {
        "publish": "skipped", "off": "success", "many": "skipped", "text": "success",
    }  # fmt: skip
    assert not (terminal.folder / "published").exists()
    assert values_of(terminal) == {
        "publish": False,
        "forgotten": False,
        "count": 3,
        "level": "low",
        "text": "false",
        **FIXED,
    }
    assert values_of(terminal, "event.json")["inputs"]["publish"] == "false"
    for word, expected in (("publish=false", "skipped"), ("publish=True", "success")):
        run = ran(terminal, "w.yml", "--parameter", word, "--parameter", "count=10", "--parameter", "level=high")
        states = {job["id"]: job["result"] for job in run["jobs"]}
        assert (states["publish"], states["many"]) == (expected, "success")
    assert values_of(terminal) | {"forgotten": None} == {
        "publish": True, "forgotten": None, "count": 10, "level": "high", "text": "false", **FIXED,
    }  # fmt: skip


def test_a_value_that_is_not_of_its_type_is_refused(terminal: Terminal) -> None:
    put(terminal.folder, {"w.yml": INPUTS.format(event="workflow_dispatch")})
    for word, part in (
        ("publish=yes", "is of the type boolean, and “yes” is none."),
        ("count=many", "is of the type number, and “many” is none."),
        ("level=middle", "may be “low”, “high” only"),
        (
            "other=1",
            "There is no parameter “other”. There are: publish, forgotten, quoted, version, count, level, text.",
        ),
    ):
        for verb in ("show", "run"):
            refused = terminal.refused("pipeline", verb, "w.yml", "--parameter", word)
            assert (refused["code"], part in refused["message"]) == ("pipeline-invalid", True), refused
    assert not (terminal.folder / "published").exists()


def test_only_a_start_that_brings_inputs_has_some(terminal: Terminal) -> None:
    text = INPUTS.format(event="workflow_dispatch").replace("default: false", "default: true, required: true", 1)
    put(terminal.folder, {"w.yml": text.replace("on:\n", "on:\n  push:\n", 1)})
    ran(terminal, "w.yml", "--job", "publish", "--event", "push")
    assert not (terminal.folder / "published").exists()
    ran(terminal, "w.yml", "--job", "publish")
    assert (terminal.folder / "published").exists()
    put(terminal.folder, {"w.yml": text.replace("default: true, ", "", 1)})
    assert "The input “publish” is required" in terminal.refused("pipeline", "run", "w.yml")["message"]
    ran(terminal, "w.yml", "--parameter", "publish=false")


NEEDS = """\
on: push
jobs:
  one: {runs-on: x, steps: [{run: exit 1}]}
  two: {runs-on: x, steps: [{run: exit 0}]}
  after_one:
    if: always()
    needs: one
    runs-on: x
    steps: [{run: exit 0}]
  far:
    needs: after_one
    runs-on: x
    steps: [{run: exit 0}]
  rescue:
    if: failure()
    needs: after_one
    runs-on: x
    steps: [{run: exit 0}]
  some:
    if: always() && contains(needs.*.result, 'failure')
    needs: [one, two]
    runs-on: x
    steps: [{run: exit 0}]
  all_good:
    if: "!failure() && !cancelled()"
    needs: [two]
    runs-on: x
    steps: [{run: exit 0}]
  said:
    if: github.ref != 'failure()'
    needs: [one]
    runs-on: x
    steps: [{run: exit 0}]
  beside:
    if: ${{ github.ref }} == 'refs/heads/other'
    runs-on: x
    steps: [{run: exit 0}]
  of_env:
    if: env.X != 'a'
    runs-on: x
    steps: [{run: exit 0}]
"""


def test_jobs_see_how_all_before_them_went(terminal: Terminal) -> None:
    put(terminal.folder, {"w.yml": NEEDS})
    run = ran(terminal, "w.yml", "--branch", "main", code=1)
    states = {job["id"]: job["result"] for job in run["jobs"]}
    assert states == {
        "one": "failure", "two": "success", "after_one": "success", "far": "skipped", "rescue": "success",
        "some": "success", "all_good": "success", "said": "skipped", "beside": "failure", "of_env": "failure",
    }  # fmt: skip
    reasons = {job["id"]: job["reason"] for job in run["jobs"]}
    assert "it would always hold" in reasons["beside"]
    assert "uses “env”" in reasons["of_env"]


STEPS = """\
on: push
env: {SHARED: workflow}
jobs:
  a:
    runs-on: x
    env: {SHARED: job}
    outputs: {version: "${{ steps.made.outputs.version }}"}
    steps:
      - id: made
        env:
          S: ${{ format('{0}-1', env.SHARED) }}
        if: env.S == 'job-1'
        run: |
          echo "version=${{ env.S }}" >> "$GITHUB_OUTPUT"
          echo "SHARED=written" >> "$GITHUB_ENV"
      - id: passed
        if: github.ref == 'refs/heads/none'
        run: exit 1
      - id: bad
        continue-on-error: ${{ env.SHARED == 'written' }}
        run: exit 3
      - name: seen
        run: |
          echo '${{ toJSON(steps) }}' > seen.json
          echo "::stop-commands::again"
          echo "::add-mask::written"
          echo "::again::"
          echo "$SHARED" > shared
      - name: set
        continue-on-error: true
        run: echo "::set-env name=A::b"
      - name: line
        continue-on-error: true
        run: echo "no value" >> "$GITHUB_ENV"
      - name: secret
        if: secrets.X == ''
        run: exit 0
  b:
    needs: a
    if: always()
    runs-on: x
    steps:
      - run: test '${{ needs.a.outputs.version }}' = job-1
"""


def test_steps_see_their_variables_and_how_the_others_went(terminal: Terminal) -> None:
    put(terminal.folder, {"w.yml": STEPS})
    run = ran(terminal, "w.yml", "--branch", "main", code=1)
    assert values_of(terminal) == {
        "made": {"outputs": {"version": "job-1"}, "outcome": "success", "conclusion": "success"},
        "passed": {"outputs": {}, "outcome": "skipped", "conclusion": "skipped"},
        "bad": {"outputs": {}, "outcome": "failure", "conclusion": "success"},
    }
    assert (terminal.folder / "shared").read_text() == "written\n"
    told = {step["name"]: step["message"] for step in run["jobs"][0]["steps"]}
    assert "“::set-env::”" in told["set"]
    assert "“no value” is neither NAME=VALUE nor NAME<<END." in told["line"]
    assert "uses “secrets”" in told["secret"]
    assert results(run, "b") == {"test 'job-1' = job-1": "success"}


MATRIX = """\
on: push
jobs:
  plain:
    continue-on-error: ${{ matrix.experimental || false }}
    strategy:
      fail-fast: false
      matrix:
        fruit: [apple, pear]
        animal: [cat, dog]
        include:
          - color: green
          - color: pink
            animal: cat
          - fruit: apple
            shape: circle
          - fruit: banana
          - fruit: banana
            animal: cat
        exclude:
          - {fruit: pear, animal: dog}
    runs-on: x
    steps:
      - run: |
          cat >> seen.txt <<'EOF'
          ${{ strategy.job-index }}/${{ strategy.job-total }} ${{ join(matrix.*, ' ') }}
          EOF
  make:
    runs-on: x
    outputs: {m: "${{ steps.m.outputs.m }}", none: "[]"}
    steps:
      - id: m
        run: |
          echo 'm={"n": [1, 2.5, true], "o": [{"p": "q"}]}' >> "$GITHUB_OUTPUT"
  made:
    needs: make
    strategy: {matrix: "${{ fromJSON(needs.make.outputs.m) }}"}
    runs-on: x
    steps:
      - if: matrix.n == 2.5 || matrix.n == true || matrix.o.p == 'Q'
        run: echo '${{ toJSON(matrix.n) }} ${{ matrix.o.p }}' >> made.txt
  partly:
    needs: make
    strategy:
      matrix:
        n: [0, "${{ fromJSON(needs.make.outputs.m).n }}"]
    runs-on: x
    steps: [{run: exit 0}]
  empty:
    needs: make
    strategy: {matrix: {n: "${{ fromJSON(needs.make.outputs.none) }}"}}
    runs-on: x
    steps: [{run: exit 0}]
  fast:
    strategy: {matrix: {n: [1, 2, 3]}}
    runs-on: x
    steps: [{run: "test ${{ matrix.n }} = 1 || exit 1"}]
  tolerant:
    continue-on-error: ${{ matrix.experimental }}
    strategy:
      matrix:
        include: [{v: 3.10, experimental: false}, {v: '3.10', experimental: true}]
    runs-on: x
    steps: [{run: "test ${{ matrix.v }} = 3.1"}]
  behind:
    needs: tolerant
    runs-on: x
    steps: [{run: exit 0}]
"""


def test_a_matrix_has_the_runs_that_github_documents(terminal: Terminal) -> None:
    put(terminal.folder, {"w.yml": MATRIX})
    run = ran(terminal, "w.yml", code=1)
    assert (terminal.folder / "seen.txt").read_text().splitlines() == [
        "0/5 apple cat pink circle", "1/5 apple dog green circle", "2/5 pear cat pink", "3/5 banana", "4/5 banana cat",
    ]  # fmt: skip
    assert (terminal.folder / "made.txt").read_text().splitlines() == ["1 q", "2.5 q", "true q"]
    runs = {
        name: [(job["run"], job["result"]) for job in run["jobs"] if job["id"] == name]
        for name in ("partly", "fast", "tolerant", "behind")
    }
    assert [text for text, _ in runs["partly"]] == ["0", "1", "2.5", "true"]
    assert [result for _, result in runs["fast"]] == ["success", "failure", "skipped"]
    assert runs["tolerant"] == [("3.1, false", "success"), ("3.10, true", "failure")]
    assert runs["behind"] == [("", "success")]
    assert [job["reason"] for job in run["jobs"] if job["id"] == "empty"] == ["The matrix has no values for “n”."]
    shown = terminal.json("pipeline", "show", "w.yml")
    (made,) = [job for job in shown["jobs"] if job["id"] == "made"]
    assert "made when the jobs before it have ended" in made["notes"][0]


def test_a_matrix_of_257_runs_is_refused_also_where_a_job_makes_it(terminal: Terminal) -> None:
    text = """\
on: push
jobs:
  make:
    runs-on: x
    outputs: {m: "${{ steps.m.outputs.m }}"}
    steps:
      - id: m
        shell: python
        run: |
          import json, os
          print("m=" + json.dumps(list(range(COUNT))), file=open(os.environ["GITHUB_OUTPUT"], "a"))
  many:
    needs: make
    strategy: {matrix: {n: "${{ fromJSON(needs.make.outputs.m) }}"}}
    runs-on: x
    steps: []
"""
    for count, result in ((256, "success"), (257, "failure")):
        put(terminal.folder, {"w.yml": text.replace("COUNT", str(count))})
        run = ran(terminal, "w.yml", code=int(result == "failure"))
        many = [job for job in run["jobs"] if job["id"] == "many"]
        assert {job["result"] for job in many} == {result}
        assert len(many) == (256 if result == "success" else 1)
    assert "more than 256 jobs" in many[0]["reason"]


ACTION = """\
name: say
inputs:
  word: {default: none}
  flag: {default: "false"}
outputs:
  said: {value: "${{ steps.inner.outputs.said }}"}
runs:
  using: composite
  steps:
    - id: inner
      shell: bash
      env: {WORD: "${{ inputs.word }}"}
      run: |
        echo "said=$WORD of $FROM in $(basename "$GITHUB_ACTION_PATH")" >> "$GITHUB_OUTPUT"
        test "$(cat "${{ github.action_path }}/data.txt")" = beside
    - if: inputs.flag == 'fail'
      shell: bash
      run: exit 4
    - if: failure()
      shell: bash
      run: echo "${{ inputs.word }}" >> rescued.txt
    - shell: bash
      run: touch "through-${{ inputs.word }}"
"""
CALLS = """\
on: push
jobs:
  a:
    runs-on: x
    steps:
      - id: first
        run: echo "v=${{ github.action_path }}." >> "$GITHUB_OUTPUT"
      - id: good
        uses: ./.github/actions/say
        env: {FROM: "${{ steps.first.outputs.v }}"}
        with: {word: "${{ format('w{0}', steps.first.outputs.v) }}"}
      - id: bad
        uses: ./.github/actions/say
        continue-on-error: true
        with: {word: bad, flag: fail}
      - id: not
        if: steps.bad.outcome != 'failure'
        uses: ./.github/actions/say
        with: {word: not}
      - run: exit 1
      - id: always
        if: always()
        uses: ./.github/actions/say
        with: {word: always}
      - if: always()
        run: |
          echo '${{ toJSON(steps) }}' > seen.json
          test -z "$FROM"
"""


def test_an_action_of_the_repository_has_its_own_steps_inputs_and_outcome(terminal: Terminal) -> None:
    folder = ".github/actions/say"
    put(terminal.folder, {"w.yml": CALLS, f"{folder}/action.yml": ACTION, f"{folder}/data.txt": "beside"})
    run = ran(terminal, "w.yml", code=1)
    assert run["jobs"][0]["steps"][-1]["result"] == "success"
    steps = values_of(terminal)
    assert steps["good"]["outputs"] == {"said": "w. of . in say"}
    assert {name: (step["outcome"], step["conclusion"]) for name, step in steps.items()} == {
        "first": ("success", "success"),
        "good": ("success", "success"),
        "bad": ("failure", "success"),
        "not": ("skipped", "skipped"),
        "always": ("success", "success"),
    }
    names = sorted(path.name for path in terminal.folder.glob("through-*"))
    assert names == ["through-always", "through-w."]
    assert (terminal.folder / "rescued.txt").read_text() == "bad\n"


def test_a_variable_that_is_given_comes_before_those_of_the_file(terminal: Terminal) -> None:
    text = """\
on: push
env: {WAIT: "300", KEPT: one}
jobs:
  a:
    runs-on: x
    env: {SIZE: 1}
    steps:
      - run: echo "$WAIT $SIZE $KEPT $OTHER ${{ env.WAIT }} ${{ vars.OTHER }}" > seen.txt
"""
    put(terminal.folder, {"w.yml": text})
    ran(terminal, "w.yml", "--variable", "WAIT=0", "--variable", "SIZE=2", "--variable", "OTHER=o")
    assert (terminal.folder / "seen.txt").read_text() == "0 2 one o 0 o\n"
