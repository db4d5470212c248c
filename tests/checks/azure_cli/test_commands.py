"""What is said of `az ml` lines, case by case."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check

CASES: list[tuple[str, list[str]]] = [
    # verbs
    ("az ml service", ["SD850"]),
    ("az ml experiment -c prepare my_dsvm", ["SD850"]),
    ("az ml service remove -n abc", ["SD850"]),
    ("az ml models list", ["SD850"]),
    ("az ml service run realtime -i x -d y", ["SD850"]),
    ("az ml service run -n realtime -d y", []),
    ("az ml account modelmanagement create -l e", ["SD850"]),
    ("az ml env show -g g -n e", ["SD850"]),
    ("az ml experiment submit -c local t.py", ["SD850"]),
    ("az ml experiment list", []),
    ("az ml image create -n i", ["SD850"]),
    ("az ml endpoint list-keys -n e", []),
    ("az ml online-endpoint list-keys -n e", ["SD850"]),
    ("az ml online-endpoint get-logs -n e", ["SD850"]),
    ("az ml batch-deployment invoke -n e", ["SD850"]),
    ("az ml connection set -n e", []),
    ("az ml run submit-scrpt -c cpu train.py", ["SD850"]),
    ("az ml servce list", ["SD850"]),
    ("az ml something-quite-new list", []),
    ("az ml workspace show -w w -g g", []),
    ("az ml $GROUP list", []),
    ("az ml model $VERB -n x", []),
    ("az ml -h", []),
    ("az ml model --help", []),
    ("az ml model deploy --help", []),
    ("az ml run submit-script -c cpu train.py", []),
    ("az ml computetarget create aks -n k", []),
    ("az ml online-endpoint crate -n abc -f a.yml", ["SD850"]),
    # required
    ("az ml model deploy --ic c.json", ["SD851"]),
    ("az ml model deploy -n abc", ["SD851"]),
    ("az ml model deploy -n abc -m m:1 $MORE", []),
    ("az ml model register -n abc", ["SD851"]),
    (
        "az ml model register -n abc --asset-path outputs/m --run-id r --experiment-name e",
        [],
    ),
    ("az ml model show", ["SD851"]),
    ("az ml service delete abc", ["SD851"]),
    ("az ml service regen-key -n abc", ["SD851"]),
    ("az ml online-deployment create --name blue", ["SD851"]),
    ("az ml online-endpoint delete", ["SD851"]),
    ("az ml model delete -i m:1", []),
    # options
    ("az ml model deploy -n abc -m m:1 --overw", []),
    ("az ml model deploy --nam abc -m m:1", ["SD854"]),
    ("az ml model deploy -n abc -m m:1 --overwritee", ["SD852"]),
    ("az ml service show -n abc --traffic 3", ["SD852"]),
    ("az ml online-endpoint create -n abc --very-new-option 3", []),
    ("az ml online-deployment create -f b.yml --all-trafic", ["SD852"]),
    ("az ml service delete -n abc --resource-group=g --workspace-name=w", []),
    ("az ml service delete -n abc -gmygroup", []),
    ("az ml service list --model d", ["SD854"]),
    ("az ml service show -nabc", []),
    ("az ml service show -name abc", ["SD863"]),
    ("az ml service delete -n", ["SD862"]),
    ("az ml service delete -n -g g", ["SD862"]),
    ("az ml service delete \u2014name abc", ["SD860"]),
    ("az ml service run -n abc -d \u201c{}\u201d", ["SD860"]),
    ("az ml model register -m m.pkl -n m", ["SD852"]),
    ("az ml model show -m a7", ["SD852"]),
    ("az ml model list -t tag", ["SD852"]),
    ("az ml model deploy -n abc --ct k -m m:1 --vnet-name v --subnet-name s --tp 10 --vn one", []),
    ("az ml model list --stage Production -r 3", []),
    # values
    ("az ml model deploy -n Abc -m m:1", ["SD856"]),
    ("az ml model deploy -n $NAME -m m:1", []),
    ("az ml model deploy -n abc-$(date) -m m:1", []),
    ("az ml model register -n 'my model' -p $P", ["SD856"]),
    ("az ml online-endpoint create -n MyEndpoint", []),
    ("az ml online-endpoint create -n my_endpoint", ["SD856"]),
    ("az ml model deploy -n abc -m m", ["SD855"]),
    ("az ml model deploy -n abc -m m:1 -m n:2", []),
    ("az ml model deploy -n abc -m m:1 --cc 0", ["SD861"]),
    ("az ml model deploy -n abc -m m:1 --cc 0.5 --gb 1", []),
    ("az ml model deploy -n abc -m m:1 --rt java", ["SD861"]),
    ("az ml model deploy -n abc -m m:1 --ae yes", ["SD861"]),
    ("az ml model deploy -n abc -m m:1 --nr two", ["SD861"]),
    ("az ml service regen-key -n abc -k primary", []),
    ("az ml online-endpoint create -n abc --auth-mode token", ["SD861"]),
    ("az ml model register -n m -p $P --tag a:b", ["SD864"]),
    ("az ml model register -n m -p $P --tag a", ["SD864"]),
    ("az ml model list --tag a", []),
    ("az ml model register -n m -p $P --tag 'a=b c'", []),
    # what excludes one another
    ("az ml model deploy -n abc -m m:1 --ae true --token-auth-enabled true", ["SD853"]),
    ("az ml model deploy -n abc -m m:1 --as true --nr 3", ["SD853"]),
    ("az ml model deploy -n abc -m m:1 --as false --nr 3", []),
    ("az ml model deploy -n abc -m m:1 -e env --ed folder", ["SD853"]),
    # where commands are
    ("echo az ml service foo", []),
    ('echo "run az ml service foo"', []),
    ("# az ml service foo", []),
    ("true && az ml service foo", ["SD850"]),
    ("KEY=$(az ml service foo)", ["SD850"]),
    ('KEY="$(az ml service get-keys -n abc -o tsv)"', []),
    ("for s in a b; do az ml service delete -n $s; done", []),
    ("az ml service list | grep foo --colour", []),
    ("az ml service list > out.txt 2>&1", []),
    ("if ! az ml service show -n abc; then exit 1; fi", []),
    ("sudo az ml service foo", ["SD850"]),
    ("az account show; az ml service foo", ["SD850"]),
    ("myaz ml service foo", []),
    ("az mlx service foo", []),
]


def codes(text: str, name: str = "deploy.sh") -> list[str]:
    return [f.code for f in check(text, Facts(path=f"/project/{name}"), "commands")]


@pytest.mark.parametrize(("line", "expected"), CASES, ids=[line for line, _ in CASES])
def test_case(line: str, expected: list[str]) -> None:
    assert codes(f"{line}\n") == expected


def test_an_option_of_the_other_release_is_told_as_that() -> None:
    """Of v1 and of v2 in one line, neither of which has both."""
    line = "az ml model list --registry-name r --tag a=b\n"
    (finding,) = check(line, Facts(path="/project/deploy.sh"), "commands")
    assert finding.message == "--tag is not an option of “az ml model list”; only azure-cli-ml (v1) has it."


CONTINUED = [
    ("deploy.sh", "az ml service delete \\\n  -n abc\n", []),
    ("deploy.sh", "az ml service delete \\ \n  -n abc\n", ["SD859"]),
    ("deploy.sh", "az ml service delete -g g\n  -n abc\n", ["SD859"]),
    ("deploy.sh", "az ml service delete `\n  -n abc\n", ["SD859"]),
    ("deploy.ps1", "az ml service delete `\n  -n abc\n", []),
    ("deploy.ps1", "az ml service delete \\\n  -n abc\n", ["SD859"]),
    ("deploy.cmd", "az ml service delete ^\n  -n abc\n", []),
    ("deploy.cmd", "az ml service delete \\\n  -n abc\n", ["SD859"]),
    ("deploy.sh", "az ml service list\n- n\n", []),
    ("deploy.sh", "uri=`az ml service show -n abc -o tsv`\n--verbose\n", []),
    ("deploy.sh", "uri=`az ml service show \\\n  -n abc -o tsv`\n", []),
    ("deploy.sh", "az ml online-endpoint invoke -n abc --request-file <(echo '{}')\n", []),
    ("deploy.sh", "az ml service delete \\\r\n  -n abc\r\n", []),
    (
        "a.yml",
        "steps:\n- script: >\n    az ml service delete\n    -n abc\n- script: az ml service list\n",
        [],
    ),
    ("a.yml", "steps:\n- script: |\n    az ml service delete \\\n      -n abc\n", []),
    ("a.yml", "variables:\n  begun: az ml model deploy\nsteps:\n- script: $(begun) -n abc -m m:1\n", []),
    ("a.yml", "steps:\n- script: az ml model deploy\n", ["SD851"]),
    # A single quote is none in cmd, where a backslash stands in paths alone.
    ("deploy.cmd", "az ml model register -n 'abc' -p model.pkl\r\n", ["SD856"]),
    ("deploy.cmd", "az ml model register -n abc --description it's -p a.pkl\r\naz ml model lst\r\n", ["SD850"]),
    ("deploy.sh", "az ml model register -n 'abc' -p model.pkl\n", []),
    ("deploy.sh", 'az ml model deploy -n "${NAME,,}-x" -m $M:${V} $(cat opts) "${OPTS[@]}" --overwrite\n', []),
    ("a.yml", "steps:\n- pwsh: |\n    az ml service delete `\n      -n abc\n", []),
]


@pytest.mark.parametrize(("name", "text", "expected"), CONTINUED)
def test_lines_that_go_on(name: str, text: str, expected: list[str]) -> None:
    assert codes(text, name) == expected


@pytest.mark.parametrize(
    ("line", "around", "words"),
    [
        ("az ml model list --registry-name r --tag a=b", "", ["--tag is not an option"]),
        ("az ml model delete -n m --version 1", "az ml online-endpoint list", ["“az ml model archive”"]),
        ("az ml model delete -n m --version 1", "", ["--model-id", "-n is not", "--version is not"]),
        ("az ml model delete --model-id m:1", "az ml online-endpoint list", []),
    ],
)
def test_a_line_is_of_the_age_of_those_around_it(line: str, around: str, words: list[str]) -> None:
    messages = [each.message for each in check(f"{around}\n{line}\n", Facts(path="/project/run.sh"))]
    assert len(messages) == len(words)
    assert all(any(word in message for message in messages) for word in words), messages


def test_the_newest_version_of_a_known_model_is_proposed() -> None:
    models = {"house": (ModelFacts("house", 1, ()), ModelFacts("house", 4, ()))}
    facts = Facts(path="/project/deploy.sh", models=models)
    (found,) = check("az ml model deploy -n abc -m house\n", facts, "commands")
    assert found.fixes[0].edits[0].new_text == "house:4"
    assert found.fixes[0].preferred


@pytest.mark.parametrize(
    ("written", "meant"),
    [("--endpoint-name", "--name"), ("--input-path", "--input"), ("--outputs-name", "--outputs"), ("--nmae", "--name")],
)
def test_an_option_that_a_verb_lacks_is_told_with_the_one_that_is_meant(written: str, meant: str) -> None:
    line = f"az ml batch-endpoint invoke {written} x\n"
    found = check(line, Facts(path="/project/deploy.sh"), "commands")
    assert f"did you mean {meant}?" in next(each.message for each in found if each.code == "SD852")


def test_a_missing_file_is_told_unless_the_script_changes_its_folder() -> None:
    there = {"/project", "/project/inferenceconfig.json"}
    facts = Facts(
        path="/project/deploy.sh",
        exists=lambda p: p in there,
        is_folder=lambda p: p == "/project",
        listing=lambda _: ["inferenceconfig.json"],
    )
    line = "az ml model deploy -n abc -m m:1 --ic inferenceConfig.jsn\n"
    (found,) = check(line, facts, "commands")
    assert (found.code, found.severity) == ("SD858", "warning")
    assert found.fixes[0].edits[0].new_text == "inferenceconfig.json"
    assert check(f"cd deployment\n{line}", facts, "commands") == []


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        ("--es scorre.py", True),
        ("--entry-script src/main/score.py", False),
        ("--es score.py --sd src/main", False),
        ("--es scorre.py --sd src/main", True),
        ("--es src/main/score.py --sd src/main", True),
        ("--es scorre.py --sd $FOLDER", False),
    ],
)
def test_an_entry_script_is_looked_for_in_its_source_directory(words: str, is_told: bool) -> None:
    facts = Facts(
        path="/project/.github/workflows/deploy.yml",
        exists=lambda path: path == "/project/src/main/score.py",
        is_folder=lambda path: path != "/project/src/main/score.py",
    )
    step = f"steps:\n  - run: |\n      az ml model deploy -n abc -m m:1 --rt python {words}\n"
    assert [each.code for each in check(step, facts, "commands")] == ["SD858"] * is_told


def test_places_are_right_with_emoji_and_tabs() -> None:
    text = "echo '🙂'; \taz ml service foo\n"
    (found,) = check(text, Facts(path="/project/deploy.sh"), "commands")
    lines = Lines(text)
    assert text[lines.offset(found.range.start) : lines.offset(found.range.end)] == "foo"


def test_a_long_word_with_a_placeholder_is_told_with_a_mark_where_it_is_cut() -> None:
    text = "az ml model create -n m --path azureml://jobs/$job/outputs/<output-name>/paths/<path-to-the-model>\n"
    (found,) = check(text, Facts(path="/project/deploy.sh"), "commands")
    assert "“azureml://jobs/$job/outputs/<output-name>/paths/<path-to-th…”" in found.message
