"""Every sample of the documents that uses the SDK runs through `scoredock sdk run`, in the order of its document; the
page of the outcomes has all other samples, too.

`SCOREDOCK_SDK_TABLE=docs/sdk-samples.md` in the long run writes the table of the outcomes; otherwise it is compared.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import docker_daemon
from cli.conftest import Terminal
from no_code.conftest import Made
from ports import free_port

from .conftest import PARENT, PYTHON, RUN
from .documents import AFTER, BEFORE, CLIENTS, FILE, TITLES, WHY, WITH_DOCKER, Sample, samples
from .other_samples import KINDS, Other, others

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
RUNNER = Path(__file__).with_name("run_samples.py")
DOCUMENTS = Path("/work/shared/reference/docs")
"""Where the documents lie on the machine that the samples were taken on."""
DIGEST = "9927aab6aa909da0"
WORDS = {
    "sdk": "SDK",
    "client": "client",
    "az": "`az ml`",
    "script": "entry script",
    "configuration": "configuration",
    "shell": "shell",
    "output": "output",
}
TABLE = Path(__file__).parents[2] / "docs" / "sdk-samples.md"
LEAST = 48
"""Of the 52 samples of the SDK."""


def run(terminal: Terminal, document: str, names: Mapping[str, object], without: set[str]) -> dict[str, str]:
    """What became of each sample of a document, in one Python, one after the other."""
    chosen = [each for each in samples() if each.document == document and each.key not in without]
    steps = [
        {"key": each.key, "before": each.before, "text": _filled(each, names), "after": each.after} for each in chosen
    ]
    known = {"RUN_ID": RUN, "PARENT_ID": PARENT}
    (terminal.folder / "steps.json").write_text(json.dumps({"names": known, "steps": steps}))
    done = terminal.run("sdk", "run", *PYTHON, str(RUNNER), "steps.json", "results.json")
    told: dict[str, str] = json.loads((terminal.folder / "results.json").read_text())
    print(done.stdout, done.stderr, sep="\n--- standard error\n")
    return told


def _filled(sample: Sample, names: Mapping[str, object]) -> str:
    text = sample.text
    for word, value in names.items():
        text = text.replace(word, str(value))
    return text


def words(terminal: Terminal) -> dict[str, object]:
    return {
        "THE_ARCHIVE": (terminal.folder / "archive.tar.gz").as_uri(),
        "THE_PORT": free_port(),
        "THE_TENSORFLOW": "'2.21.0'",
        "THE_SKLEARN": "'1.9.1'",
    }


def test_the_samples_are_as_they_were_published() -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest()[:16] == DIGEST
    texts = json.loads(FILE.read_text(encoding="utf-8"))["samples"]
    assert len(texts) == 52 + len(CLIENTS)
    if DOCUMENTS.is_dir():
        for each in texts:
            (document,) = DOCUMENTS.glob(f"{each['document']}_*")
            assert each["text"] in document.read_text(encoding="utf-8")


def test_the_samples_of_one_document_run(terminal: Terminal) -> None:
    """From the workspace to a service that answers on the port it asked for."""
    told = run(terminal, "000", words(terminal), set())
    assert len(told) == 8
    assert {key: error for key, error in told.items() if error} == {}


@pytest.fixture
def framework_models(request: pytest.FixtureRequest, terminal: Terminal) -> None:
    """What the samples without an entry script register."""
    made: Callable[[str], Made] = request.getfixturevalue("made_models")
    shutil.copytree(made("tensorflow").path, terminal.folder / "flowers_model")
    shutil.copy(made("onnx").path, terminal.folder / "mnist-model.onnx")
    train = request.getfixturevalue("train")
    path, _ = train("ridge", ("joblib", "numpy", "pandas", "scikit-learn"), {})
    shutil.copy(path, terminal.folder / "sklearn_regression_model.pkl")


@pytest.mark.long("each of the 56 samples, with TensorFlow, ONNX and scikit-learn and images in Docker")
@pytest.mark.docker
@pytest.mark.usefixtures("framework_models")
def test_the_table_says_what_every_sample_does(home: Path, terminal: Terminal) -> None:
    terminal.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    told: dict[str, str] = {}
    for document in TITLES:
        told |= run(terminal, document, words(terminal), set())
    failed = {key: error for key, error in told.items() if error and key not in WHY}
    assert failed == {}
    assert sum(not error for key, error in told.items() if key not in CLIENTS) >= LEAST
    table = written(told)
    if os.environ.get("SCOREDOCK_SDK_TABLE"):
        Path(os.environ["SCOREDOCK_SDK_TABLE"]).write_text(table, encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == table


def written(told: Mapping[str, str]) -> str:
    """docs/sdk-samples.md, of the outcomes of what runs here and of what other tests ask for."""
    sdk = [key for key in told if key not in CLIENTS]
    running = sum(not told[key] for key in sdk)
    rest = others()
    lines = [
        "# Samples of the documents",
        "",
        f"Azure ML's documents on deployment hold these {len(told) + len(rest)} samples. Those of the SDK v1 and the"
        " clients in Python are run by a test with [`scoredock sdk run`](sdk.md), each after those before it in its"
        " document, its placeholders filled and its open brackets closed; tests of their own run entry scripts, `az ml`"
        " lines and configurations, or ask for the exact finding.",
        "This page is written by that test (`tests/sdk/test_samples.py`).",
        "",
        "| samples | how many | outcome |",
        "|---|---|---|",
        f"| of the SDK | {len(sdk)} | {running} run |",
        f"| clients | {len(CLIENTS)} | {sum(not told[key] for key in CLIENTS)} run |",
        *(_count(kind, [each for each in rest.values() if each.kind == kind]) for kind in KINDS),
    ]
    for document, title in TITLES.items():
        lines += ["", f"## {title}", "", "| line | kind | sample | outcome |", "|---|---|---|---|"]
        rows = {sample.key: _row(sample, told) for sample in samples() if sample.document == document}
        rows |= {key: (each.kind, each.shown, each.outcome) for key, each in rest.items() if key[:3] == document}
        for key in sorted(rows, key=lambda each: int(each.partition(":")[2])):
            kind, shown, outcome = rows[key]
            lines.append(f"| {key.partition(':')[2]} | {WORDS[kind]} | `{_cell(shown)}` | {outcome} |")
    return "\n".join(lines) + "\n"


def _row(sample: Sample, told: Mapping[str, str]) -> tuple[str, str, str]:
    outcome = "runs" if not told[sample.key] else WHY[sample.key]
    if sample.key in WITH_DOCKER:
        outcome += ", with Docker"
    return "client" if sample.key in CLIENTS else "sdk", telling_line(sample.text), outcome


def _count(kind: str, found: list[Other]) -> str:
    told = sum(each.outcome.startswith(("told", "Python")) for each in found)
    needless = sum(each.outcome.startswith("not needed") for each in found)
    rest = len(found) - told - needless
    if kind == "output":
        return f"| {KINDS[kind]} | {len(found)} | nothing to run |"
    words = (
        f"{count} {what}" for count, what in ((rest, "run"), (needless, "not needed"), (told, "told exactly")) if count
    )
    return f"| {KINDS[kind]} | {len(found)} | {', '.join(words)} |"


def telling_line(text: str) -> str:
    """What a reader knows a sample by: the beginning of its last statement that is more than a print or an import."""
    statements = ast.parse(text).body
    plain = [each for each in statements if not isinstance(each, (ast.Import, ast.ImportFrom))]
    calls = [each for each in plain if not ast.unparse(each).startswith("print(")] or plain or statements
    return text.splitlines()[calls[-1].lineno - 1]


def _cell(line: str) -> str:
    text = line.strip().replace("|", "\\|").replace("`", "'")
    return text if len(text) <= 70 else text[:67] + "..."


def test_the_table_has_every_sample() -> None:
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)]
    keys = sorted(
        ((sample.key.split(":")) for sample in (*samples(), *others().values())), key=lambda key: (key[0], int(key[1]))
    )
    assert [row.split()[1] for row in rows] == [line for _, line in keys]
    assert len(rows) == 97
    assert sum("| SDK |" in row and "| runs" in row for row in rows) >= LEAST
    assert {*WHY, *CLIENTS, *WITH_DOCKER, *BEFORE, *AFTER} <= {sample.key for sample in samples()}
