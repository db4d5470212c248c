"""Batch scripts: what they are, what may be said about them, and what not."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.check import check
from scoredock.formats.document_kind import kind_of

INIT = "import json\nimport pandas as pd\nfrom pathlib import Path\n\n\ndef init():\n    pass\n\n\n"


def found(text: str) -> list[tuple[str, str, int]]:
    return [
        (f.code, f.severity, f.range.start.line + 1)
        for f in check(text, Facts(path="/project/batch.py"), "batch-script")
    ]


GOOD = {
    "files": (
        INIT + "def run(mini_batch):\n    results = []\n    for path in mini_batch:\n       "
        " results.append(len(Path(path).read_text()))\n    return results\n"
    ),
    "frame": (
        INIT + "def run(mini_batch: pd.DataFrame) -> pd.DataFrame:\n    mini_batch['sum'] = mini_batch.sum(axis=1)\n   "
        " return mini_batch\n"
    ),
    "comprehension": INIT + "def run(mini_batch):\n    return [f'{path}: {len(path)}' for path in mini_batch]\n",
    "context": (
        INIT + "def run(mini_batch, mini_batch_context):\n    print(mini_batch_context.minibatch_index)\n    return"
        " list(mini_batch)\n"
    ),
    "shutdown": (
        INIT + "def run(mini_batch):\n    return pd.concat(map(pd.read_csv, mini_batch))\n\n\ndef shutdown():\n   "
        " print('done')\n"
    ),
    "arguments": (
        "import argparse\nimport os\nimport joblib\n\n\ndef init():\n    global model, args\n    parser ="
        " argparse.ArgumentParser()\n    parser.add_argument('--limit', type=int)\n    args, _ ="
        " parser.parse_known_args()\n    model = joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'],"
        " 'model.pkl'))\n\n\ndef run(mini_batch):\n    return model.predict(mini_batch)[: args.limit]\n"
    ),
    "sdk": (
        "from azureml.core import Run\nfrom azureml.core.model import Model\nimport joblib\n\n\ndef init():\n    global"
        " model\n    workspace = Run.get_context().experiment.workspace\n    model = joblib.load(Model(workspace,"
        " 'mnist').download(exist_ok=True))\n\n\ndef run(mini_batch):\n    return [str(model.predict([row])) for row in"
        " mini_batch]\n"
    ),
    "written-out": (
        INIT
        + "def run(mini_batch):\n    done = []\n    for path in mini_batch:\n        frame = pd.read_csv(path)\n       "
        " frame.to_csv(Path('/tmp') / Path(path).name)\n        done.append(path)\n    return pd.DataFrame({'file':"
        " done})\n"
    ),
    "stub": INIT + "def run(mini_batch):\n    pass\n",
    "rebound": INIT + "def run(mini_batch):\n    mini_batch = [Path(p) for p in mini_batch]\n    return mini_batch\n",
    "unknown": INIT + "from scoring import score\n\n\ndef run(mini_batch):\n    return score(mini_batch)\n",
    "stars": INIT + "def run(mini_batch, *args, **kwargs):\n    return mini_batch\n",
}


@pytest.mark.parametrize("name", GOOD)
def test_correct_ones_are_not_blamed(name: str) -> None:
    assert kind_of("/project/batch_driver.py", GOOD[name]) == "batch-script"
    assert found(GOOD[name]) == []


@pytest.mark.parametrize(
    ("run", "kind"),
    [
        ("def run(names):\n    return [pd.read_csv(name).shape for name in names]\n", "batch-script"),
        (
            "def run(names):\n    for at, name in enumerate(names):\n        open(name)\n    return names\n",
            "batch-script",
        ),
        ("def run(table: pd.DataFrame):\n    table['y'] = 1\n    return table\n", "batch-script"),
        ("def run(table):\n    return [row for _, row in table.iterrows()]\n", "batch-script"),
        ("def run(table):\n    return json.dumps(list(table.iterrows()))\n", "entry-script"),
        ("def run(table):\n    print(table.shape)\n    return str(model.predict(table))\n", "entry-script"),
        ("def run(data):\n    return [open(name) for name in json.loads(data)]\n", "entry-script"),
        ("def run(data):\n    return data['x']\n", "entry-script"),
    ],
)
def test_a_script_that_takes_mini_batches_under_another_name(run: str, kind: str) -> None:
    head = "import pandas as pd\n\n\ndef init():\n    pass\n\n\n"
    assert kind_of("/project/score.py", head + run) == kind


BAD = [
    ("dictionary", INIT + "def run(mini_batch):\n    return {p: 1 for p in mini_batch}\n", [("SD180", "error", 11)]),
    ("dumped", INIT + "def run(mini_batch):\n    return json.dumps(list(mini_batch))\n", [("SD180", "error", 11)]),
    (
        "number",
        INIT + "def run(mini_batch):\n    total = len(mini_batch)\n    return total\n",
        [("SD180", "error", 12)],
    ),
    (
        "generator",
        INIT + "def run(mini_batch):\n    for p in mini_batch:\n        yield p\n",
        [("SD180", "warning", 10)],
    ),
    ("nothing", INIT + "def run(mini_batch):\n    print(mini_batch)\n", [("SD181", "error", 10)]),
    ("none", INIT + "def run(mini_batch):\n    print(mini_batch)\n    return None\n", [("SD181", "error", 12)]),
    ("as-text", INIT + "def run(mini_batch):\n    return [json.loads(mini_batch)]\n", [("SD182", "error", 11)]),
    (
        "opened",
        INIT + "def run(mini_batch):\n    with open(mini_batch) as f:\n        return f.readlines()\n",
        [("SD182", "error", 11)],
    ),
    ("no-init", "def run(mini_batch):\n    return list(mini_batch)\n", [("SD183", "information", 1)]),
    (
        "init-parameter",
        "def init(path):\n    print(path)\n\n\ndef run(mini_batch):\n    return mini_batch\n",
        [("SD184", "error", 1)],
    ),
    ("three", INIT + "def run(mini_batch, a, b):\n    return [a, b]\n", [("SD184", "error", 10)]),
    ("async", INIT + "async def run(mini_batch):\n    return mini_batch\n", [("SD184", "error", 10)]),
    (
        "undefined",
        INIT + "def run(mini_batch):\n    return [np.load(p) for p in mini_batch]\n",
        [("SD110", "error", 11)],
    ),
    ("syntax", INIT + "def run(mini_batch)\n    return []\n", [("SD101", "error", 10)]),
]


@pytest.mark.parametrize(("text", "wanted"), [(t, w) for _, t, w in BAD], ids=[n for n, _, _ in BAD])
def test_findings(text: str, wanted: list[tuple[str, str, int]]) -> None:
    assert found(text) == wanted


def test_online_scripts_are_no_batch_scripts() -> None:
    text = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"
    assert kind_of("/project/score.py", text) == "entry-script"
    assert kind_of("/project/score.py", text.replace("data", "mini_batch")) == "batch-script"
    assert kind_of("/project/other.py", "def walk(mini_batch):\n    return mini_batch\n") is None


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("open('./outputs/data/x', 'w')", ["SD100"]),
        ("open('outputs/x.txt', mode='a')", ["SD100"]),
        ("open(os.path.join('outputs', 'data', 'x'), 'w')", ["SD100"]),
        ("open(f'./outputs/{mini_batch}', 'w')", ["SD100"]),
        ("open(FOLDER + '/x', 'w')", ["SD100"]),
        ("pd.DataFrame().to_csv('outputs/x.csv')", ["SD100"]),
        ("Path('outputs/x').write_text('x')", ["SD100"]),
        ("(Path(FOLDER) / 'x').write_bytes(b'x')", ["SD100"]),
        ("lost = pd.DataFrame()\n    lost.to_csv('outputs/x.csv')", ["SD100"]),
        ("kept = pd.DataFrame()\n    kept.to_csv('outputs/x.csv')\n    if mini_batch:\n        return kept", []),
        ("open('outputs/model.txt')", []),
        ("open('outputs_of_mine/x', 'w')", ["SD172"]),
        ("open(os.path.join(EntryScript().output_dir, 'outputs', 'x'), 'w')", []),
    ],
)
def test_files_below_outputs_are_no_part_of_the_output(statement: str, codes: list[str]) -> None:
    head = "import os\nfrom azureml_user.parallel_run import EntryScript\nFOLDER = './outputs'\n"
    text = f"{head}{INIT}def run(mini_batch):\n    {statement}\n    return list(mini_batch)\n"
    assert [code for code, _, _ in found(text)] == codes
