"""What `pipeline show` makes of the idioms of GitLab CI: the stage of each job, when it runs, what it waits for."""

from __future__ import annotations

import os
from typing import Any

import pytest

from cli.conftest import Terminal
from pipelines.conftest import committed, git, put, with_gitlab_ci_local
from pipelines.gitlab_listing import difference, of_message, of_ours, of_theirs

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
FILE = ".gitlab-ci.yml"
S = "script: [echo]"
"""A job's."""

IDIOMS: dict[str, tuple[str, dict[str, Any]]] = {
    "the first rule that holds": (
        "a:\n  " + S + "\n  rules:\n    - {if: $CI_COMMIT_BRANCH == 'other'}\n    - {if: $CI, when: manual}\n"
        "    - {when: always}\n",
        {"a": "manual"},
    ),
    "no rule holds": (
        "a:\n  " + S + "\n  rules: [{if: $CI_COMMIT_TAG}]\nb: {" + S + "}\n",
        {"a": "never", "b": "on_success"},
    ),
    "a rule that forbids": ("a:\n  " + S + "\n  rules: [{if: $CI, when: never}, {when: always}]\nb: {" + S + "}\n",
                            {"a": "never", "b": "on_success"}),
    "words of when": (
        "".join(f"{word}: {{{S}, when: {word}}}\n" for word in ("on_success", "on_failure", "always"))
        + "delayed: {" + S + ", when: delayed, start_in: 1 minute}\n",
        {"on_success": "on_success", "on_failure": "on_failure", "always": "always", "delayed": "delayed"},
    ),
    "conditions": (
        "variables: {A: one, B: '', P: /^o/}\n"
        + "".join(
            f"j{at}:\n  {S}\n  rules: [{{if: '{text}'}}]\n"
            for at, text in enumerate(
                (
                    '$A == "one" && ($B || $A =~ /^O/i)',
                    '$A == "two" || $B == "" && $A != "two"',
                    "$A !~ /^t/ && $UNSET == null",
                    '$A =~ $P',
                    "$B",
                    '$UNSET == ""',
                    '($A == "two" || $A) && $B',
                    "$UNSET =~ /x/ || $A =~ /^n/",
                )
            )
        ),
        {**{f"j{at}": "on_success" for at in range(4)}, **{f"j{at}": "never" for at in range(4, 8)}},
    ),
    "exists": (
        "".join(f"j{at}:\n  {S}\n  rules: [{{exists: {text}}}]\n" for at, text in enumerate(
            ('["sub/*.txt"]', '["**/deep.txt"]', "{paths: [model.bin]}", '["*.{md,bin}"]', "[missing]")
        )),
        {**{f"j{at}": "on_success" for at in range(4)}, "j4": "never"},
    ),
    "anchors": (
        ".a: &a\n  stage: deploy\n  when: manual\n  " + S + "\n.b: &b\n  when: always\n"
        "a:\n  <<: *a\n  allow_failure: false\n"
        "b:\n  <<: [*b, *a]\n",
        {"a": {"stage": "deploy", "when": "manual", "may fail": False}, "b": {"stage": "deploy", "when": "always"}},
    ),
    "extends": (
        ".x: {" + S + ", stage: build, variables: {A: x, B: x}}\n"
        ".y:\n  extends: .x\n  variables: {B: y}\n  when: always\n"
        ".z: {stage: deploy}\na:\n  extends: [.y, .z]\n  rules: [{if: '$A == \"x\" && $B == \"y\"'}]\n",
        {"a": {"stage": "deploy", "when": "always"}},
    ),
    "references": (
        ".r:\n  rules: [{if: $CI_COMMIT_TAG}]\n  script: [one]\n"
        ".q:\n  rules: [!reference [.r, rules], {when: manual}]\n"
        "a:\n  script: [!reference [.r, script], two]\n  rules: [!reference [.q, rules]]\n",
        {"a": {"when": "manual", "script": "one\ntwo"}},
    ),
    "nested lists": (
        ".p: &p [one, two]\na:\n  before_script: [*p, [three, [four]]]\n  script: [[five]]\n",
        {"a": {"script": "one\ntwo\nthree\nfour\nfive"}},
    ),
    "default and inherit": (
        "default:\n  before_script: [before]\n  after_script: [after]\nvariables: {A: x}\n"
        "a: {script: [a]}\nb: {script: [b], inherit: {default: false}}\n"
        "c: {script: [c], inherit: {default: [after_script]}}\n"
        "d:\n  " + S + "\n  inherit: {variables: false}\n  rules: [{if: $A}]\n"
        "e:\n  " + S + "\n  inherit: {variables: [A]}\n  rules: [{if: $A}]\n",
        {"a": {"script": "before\na"}, "b": {"script": "b"}, "c": {"script": "c"}, "d": "never", "e": "on_success"},
    ),
    "matrix": (
        "a:\n  " + S + "\n  parallel:\n    matrix:\n      - {A: [x, y], B: [1, 2]}\n      - {C: z}\n"
        "b: {" + S + ", parallel: 2}\n"
        "c:\n  " + S + "\n  needs: [{job: a, parallel: {matrix: [{A: x, B: 1}]}}]\n",
        {
            **{f"a: [{each}]": "on_success" for each in ("x,1", "x,2", "y,1", "y,2", "z")},
            "b: [1/2]": "on_success",
            "b: [2/2]": "on_success",
            "c": {"needs": ["a"]},
        },
    ),
    "failures that are allowed": (
        "a: {" + S + ", allow_failure: true}\nb: {" + S + ", allow_failure: {exit_codes: [3, 4]}}\n"
        "c:\n  " + S + "\n  rules: [{if: $CI, allow_failure: true}]\n"
        "d:\n  " + S + "\n  rules: [{if: $CI, when: manual}]\n",
        {"a": {"may fail": True}, "b": {"may fail": "3, 4"}, "c": {"may fail": True},
         "d": {"may fail": False, "when": "manual"}},
    ),
    "stages and needs": (
        "stages: [one, two]\nlast: {" + S + ", stage: .post}\nfirst: {" + S + ", stage: .pre}\n.hidden: {stage: none}\n"
        "a: {" + S + ", stage: two, needs: []}\n"
        "b:\n  " + S + "\n  stage: two\n  needs: [first, {job: absent, optional: true}]\n"
        "c:\n  " + S + "\n  stage: two\n  needs: [a]\n  rules: [{if: $CI, needs: [first]}]\n",
        {"first": {"stage": ".pre"}, "a": {"stage": "two", "needs": []}, "b": {"needs": ["first"]},
         "c": {"needs": ["first"]}, "last": {"stage": ".post"}},
    ),
    "included files": (
        "include:\n  - part.yml\n  - local: parts/**/*.yml\n  - {local: never.yml, rules: [{if: $CI_COMMIT_TAG}]}\n"
        "a: {when: manual, allow_failure: false}\nvariables: {B: mine}\n"
        "b:\n  " + S + "\n  rules: [{if: '$A == \"part\" && $B == \"mine\"'}]\n",
        {"a": {"when": "manual", "script": "of the part"}, "b": "on_success", "c": "on_success"},
    ),
    "variables of rules": (
        "workflow:\n  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n      variables: {A: set}\n"
        "    - when: always\n"
        "a:\n  " + S + "\n  rules: [{if: '$A == \"set\"', variables: {B: set}}]\n",
        {"a": "on_success"},
    ),
}  # fmt: skip
FILES = {
    "sub/one.txt": "",
    "sub/a/deep.txt": "",
    "model.bin": "\0",
    "part.yml": "variables: {A: part, B: part}\na: {script: [of the part], stage: build}\n",
    "parts/below/c.yml": "c: {script: [echo]}\n",
    "parts/above.yml": "above: {script: [echo]}\n",
    "never.yml": "never: {script: [echo]}\n",
}


@pytest.fixture
def repository(terminal: Terminal) -> Terminal:
    put(terminal.folder, FILES)
    committed(terminal.folder)
    git(terminal.folder, "remote", "add", "origin", "git@gitlab.com:gcl/test-project.git")
    return terminal


@pytest.mark.parametrize("idiom", IDIOMS)
def test_an_idiom_is_read_as_gitlab_documents_it(repository: Terminal, idiom: str) -> None:
    text, expected = IDIOMS[idiom]
    put(repository.folder, {FILE: text})
    shown = repository.json("pipeline", "show", FILE)
    scripts = {job["name"]: job["steps"][0]["script"] for job in shown["jobs"]}
    listing = of_message(shown)
    assert listing.keys() == expected.keys()
    for name, each in expected.items():
        for key, value in ({"when": each} if isinstance(each, str) else each).items():
            assert (scripts if key == "script" else listing[name])[name if key == "script" else key] == value, (
                name,
                key,
            )
    assert all(bool(job["reason"]) == (job["condition"] == "never") for job in shown["jobs"])


@pytest.mark.long("one start of Node for each idiom; the gate asks for the same listings without it")
def test_gitlab_ci_local_lists_the_same(repository: Terminal) -> None:
    with_gitlab_ci_local(repository)
    for idiom, (text, _) in IDIOMS.items():
        put(repository.folder, {FILE: text})
        assert difference(of_ours(repository.folder, FILE), of_theirs(repository.folder, FILE)) == "", idiom


def test_what_asks_for_a_person_or_depends_on_changes_is_said(repository: Terminal) -> None:
    text = (
        "a: {"
        + S
        + ", when: manual}\nb:\n  "
        + S
        + "\n  rules: [{changes: [x]}]\nc:\n  "
        + S
        + "\n  rules: [{if: $OURS}]\n"
    )
    put(repository.folder, {FILE: text})
    shown = repository.json("pipeline", "show", FILE)
    a, b, c = shown["jobs"]
    assert (a["notes"], a["continues"]) == (["It waits for a person, and runs only where it is named."], "true")
    assert b["notes"] == ["Whether it runs depends on the files that changed, which are not looked at here."]
    assert c["reason"] == "No rule of it makes it a part of the pipeline."
    said = [(each["line"], each["message"]) for each in shown["unread"]]
    assert (7, "The variable “OURS”, which rules read, has no value here.") in said


@pytest.mark.parametrize(
    ("lists", "words", "is_in"),
    [
        ("only: [main]", (), True),
        ("only: [tags]", (), False),
        ("only: [/^ma/]", (), True),
        ("only: [merge_requests]", ("--event", "merge_request_event"), True),
        ("except: [branches]", (), False),
        ("except: [schedules]", ("--event", "schedule"), False),
        ("only: {refs: [branches], variables: [$CI_COMMIT_TAG]}", (), False),
        ("only: [main]", ("--branch", "other"), False),
    ],
)
def test_only_and_except(repository: Terminal, lists: str, words: tuple[str, ...], is_in: bool) -> None:
    put(repository.folder, {FILE: f"a: {{{S}, {lists}}}\n"})
    (job,) = repository.json("pipeline", "show", FILE, *words)["jobs"]
    assert (job["condition"] != "never") is is_in


def test_a_workflow_whose_rules_start_nothing_leaves_its_jobs_out(repository: Terminal) -> None:
    put(repository.folder, {FILE: "workflow: {rules: [{if: $CI_COMMIT_TAG}]}\na: {" + S + "}\n"})
    (job,) = repository.json("pipeline", "show", FILE)["jobs"]
    assert (job["result"], job["reason"]) == ("left-out", "The rules of the workflow start no pipeline.")


def test_inputs_have_their_default_or_what_is_given(repository: Terminal) -> None:
    head = "spec:\n  inputs:\n    stage: {default: build}\n    name:\n---\n"
    text = f"$[[ inputs.name ]]-job:\n  stage: $[[ inputs.stage ]]\n  {S}\n"
    put(repository.folder, {FILE: head + text})
    refused = repository.refused("pipeline", "show", FILE)
    assert (refused["message"], refused["place"]["line"]) == (".gitlab-ci.yml:4: The parameter “name” has no value.", 3)
    (job,) = repository.json("pipeline", "show", FILE, "--parameter", "name=my")["jobs"]
    assert (job["name"], job["stage"], job["line"]) == ("my-job", "build", 7)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: &a\n  script: [x]\n  b: *a\n", 3, "refers to nothing before it"),
        (f"include: [{FILE}]\na: {{{S}}}\n", 1, "Templates include one another too deeply."),
        (f"a: {{{S}, extends: b}}\nb: {{{S}, extends: a}}\n", 1, "extends itself"),
        (f"a: {{{S}, extends: .none}}\n", 1, "extends “.none”, which is not there"),
        ("a:\n  script: [!reference [b, script]]\nb:\n  script: [!reference [a, script]]\n", 4, "refers to itself"),
        ("a:\n  script: [!reference [.none, script]]\n", 2, "“!reference [.none, script]” is not there."),
        (f"a: {{{S}, stage: none}}\n", 1, "of the stage “none”, which is not listed"),
        (f"a: {{{S}, needs: [b]}}\n", 1, "The job “a” needs “b”, which is not there."),
        ("a: {stage: test}\n", 1, "The job “a” has no script."),
        (f"a:\n  {S}\n  rules: [{{if: $A == }}]\n", 3, "cannot be read"),
        (f"a:\n  {S}\n  rules: [{{if: ($A}}]\n", 3, "cannot be read"),
        (f"a:\n  {S}\n  rules: [{{if: $A =~ /(/}}]\n", 3, "cannot be read"),
    ],
)  # fmt: skip
def test_what_gitlab_refuses_is_refused_with_its_line(repository: Terminal, text: str, line: int, said: str) -> None:
    put(repository.folder, {FILE: text})
    refused = repository.refused("pipeline", "show", FILE)
    assert refused["code"] == "pipeline-invalid"
    assert said in refused["message"], refused["message"]
    assert abs(refused["place"]["line"] + 1 - line) <= 1
