"""Notebooks: cells, magics, written files, and places in the JSON text."""

from __future__ import annotations

import json

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.contrib.sdk.checks.notebooks.notebook import check_cells
from scoredock.text import Fix

FACTS = Facts(path="/project/deploy.ipynb")
SDK = (
    "from azureml.core import Workspace\nfrom azureml.core.webservice import Webservice\nws = Workspace.from_config()\n"
)


def notebook(*cells: str, whole: bool = False, **json_words: object) -> str:
    listed = [
        {
            "cell_type": "code",
            "source": cell if whole else cell.splitlines(keepends=True),
            "metadata": {},
            "outputs": [{"text": ["x"]}],
        }
        for cell in cells
    ]
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1, **json_words)  # type: ignore[arg-type]


def marked(text: str, finding: Finding) -> str:
    lines = Lines(text)
    return text[lines.offset(finding.range.start) : lines.offset(finding.range.end)]


def applied(text: str, fix: Fix) -> str:
    lines = Lines(text)
    edits = sorted(
        ((lines.offset(e.range.start), lines.offset(e.range.end), e.new_text) for e in fix.edits), reverse=True
    )
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    return text


def codes(*cells: str) -> list[list[str]]:
    return [[f.code for f in found] for found in check_cells(cells, FACTS)]


def test_objects_and_names_come_from_earlier_cells() -> None:
    assert codes(SDK, "service = Webservice(ws, 'abc')", "service.wait_for_deploy(True)") == [[], [], ["SD804"]]
    assert codes(SDK, "inference_config = 1", "print(infrence_config)") == [[], [], ["SD802"]]


@pytest.mark.parametrize(
    ("copies", "is_told"),
    [
        ("for each in glob.glob('../*.py'):\n    shutil.copy(each, 'jobs')", False),
        ("shutil.copytree(os.environ['SOURCE'], 'jobs')", False),
        ("os.makedirs('jobs', exist_ok=True)\nnames = [].copy()", True),
        ("shutil.copy('other.py', 'jobs')", True),
    ],
)
def test_a_script_in_a_folder_that_a_cell_fills(copies: str, is_told: bool) -> None:
    run = "from azureml.core import ScriptRunConfig\nScriptRunConfig(source_directory='jobs', script='train.py')"
    folders = Facts(path="/project/deploy.ipynb", exists=frozenset({"/project"}).__contains__)
    found = check_cells((f"import glob, os, shutil\n{SDK}", copies, run), folders)
    assert ["SD824" in [each.code for each in cell] for cell in found] == [False, False, is_told]


def test_names_that_are_like_others_are_names_of_their_own() -> None:
    others = check_cells(
        (SDK, "services = []\nmodel_1 = 1\nheader_1 = 2", "print(service, model_2, headers_1)"), FACTS
    )[2]
    assert len(others) == 3
    assert all(not each.fixes and "no cell of the notebook assigns it" in each.message for each in others)


@pytest.mark.parametrize(
    ("cells", "is_told"),
    [
        (("use(myenv)",), True),
        (("use(environment=myenv)", "%matplotlib inline\n!pip install x\n%pip install y"), True),
        (("%%time\nuse(myenv)",), True),
        (("use(myenv)", "%%html\n<b>myenv</b>"), True),
        (("use(myenv)", "myenv = 1"), False),
        (("def later():\n    return myenv", "myenv = 1"), False),
        (("use(myenv)", "for myenv in [1]:\n    pass"), False),
        (("use(myenv)", "from elsewhere import *"), False),
        (("use(myenv)", "%run other.ipynb"), False),
        (("%store -r myenv", "use(myenv)"), False),
        (("%load_ext dotenv", "use(myenv)"), False),
        (("%%capture myenv\nx = 1", "use(myenv)"), False),
        (("%%bash --out myenv\nls", "use(myenv)"), False),
        (("%%sql -o other\nselect 1", "use(myenv)"), False),
        (("myenv = !ls", "use(myenv)"), False),
        (("globals().update(a=1)", "use(myenv)"), False),
        (("exec('myenv = 1')", "use(myenv)"), False),
        (("myenv = (1", "use(myenv)"), False),
        (("try:\n    myenv\nexcept NameError:\n    myenv = 1",), False),
        (("display(In, Out, _, __, _1, _i, exit)",), False),
        (("use(myenv)  # scoredock: ignore[SD802]",), False),
    ],
)
def test_a_name_that_no_cell_binds(cells: tuple[str, ...], is_told: bool) -> None:
    findings = [f for each in check_cells((SDK + "use = print\n", *cells), FACTS) for f in each]
    assert [f.code for f in findings if "no cell of the notebook" in f.message] == (["SD802"] if is_told else [])


@pytest.mark.parametrize(
    ("cells", "is_told"),
    [
        (("table = np.zeros(3)", "import numpy as np"), True),
        (("for n in [1]:\n    np.zeros(n)\nimport numpy as np",), True),
        (("import numpy as np", "table = np.zeros(3)", "import numpy as np"), False),
        (("def later():\n    return np.zeros(3)", "import numpy as np", "later()"), False),
        (("if 'np' in dir():\n    np.zeros(3)", "import numpy as np"), False),
        (("try:\n    np.zeros(3)\nexcept NameError:\n    import numpy as np",), False),
        (("%run names.ipynb", "np.zeros(3)", "import numpy as np"), False),
        (("open('a.txt')", "from codecs import open"), False),
        (("np = 1", "print(np)", "import numpy as np"), False),
    ],
)
def test_a_name_that_is_only_imported_further_below(cells: tuple[str, ...], is_told: bool) -> None:
    """Whoever runs the notebook from its top ends there."""
    findings = [f for each in check_cells((SDK, *cells), FACTS) for f in each]
    assert [(f.code, f.severity) for f in findings] == [("SD802", "warning")] * is_told
    assert all(f.message.endswith("; it is imported further below.") for f in findings)


@pytest.mark.parametrize(
    ("last", "is_told"),
    [("print(ws.name)\n", False), ("init()\n", True), ("data = json.loads('{}')\n", True)],
)
def test_functions_of_an_entry_script_that_a_notebook_shows(last: str, is_told: bool) -> None:
    """No cell calls them, so that nothing is missed; what any other code reads is."""
    shown = "def init():\n    print(json)\n\n\ndef run(data):\n    return json.loads(data)\n"
    connected = "from azureml.core import Workspace\nws = Workspace.from_config()\n"
    assert any("SD802" in each for each in codes(connected, shown, last)) is is_told


def test_names_of_a_broken_cell_count_as_known() -> None:
    assert codes(SDK, "AksWebservice = (1", "AksWebservice(ws, 'a')") == [[], ["SD801"], []]


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline\nx = 1",
        "!pip install x\nx = 1",
        "%%time\nx = ws.name",
        "%%capture out\nx = ws.name",
        "files = !ls -l\nprint(files)",
        "now = %time 1 + 1",
        "ws?",
        "ws.get_details??",
        "if True:\n    %pip install x\n    !ls",
        "x = '''\n%not magic\n!neither\n'''",
        "y = (1\n  % 2)",
        "%%html\n<b>ws.nothing()</b>",
        "%%javascript\nws.nothing()",
        "    x = 1\n    print(x)\n",
        "await ws.something",
        "!az ml service list \\\n   -o table\nx = 1",
        "!az ml model deploy -n {name} -m {model.id} --cc {cores}\n",
        "!!ls",
        "get_ipython().run_line_magic('time', '')",
        "%%writefile notes.txt\naz ml service foo",
        "%%writefile $name\nnothing",
        "#comment only",
        "",
    ],
)
def test_cells_that_are_right(cell: str) -> None:
    assert [f.code for f in check_cells([SDK, cell], FACTS)[1] if f.code != "SD804"] == []
    assert not check_cells([SDK, cell], FACTS)[0]


def test_a_written_entry_script_is_checked_at_its_place() -> None:
    cell = (
        "%%writefile src/score.py\nimport json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return"
        " np.sum(json.loads(data))\n"
    )
    _, (found,) = check_cells([SDK, cell], FACTS)
    assert (found.code, found.range.start.line) == ("SD110", 9)
    assert applied(cell, found.fixes[0]).startswith("%%writefile src/score.py\nimport numpy as np\nimport json\n")


def test_what_is_appended_is_read_after_what_was_written() -> None:
    first = "%%writefile score.py\nimport json\n\n\ndef init():\n    pass\n\n"
    second = "%%writefile -a score.py\n\ndef run(data):\n    return nothing(json.loads(data))\n"
    found = check_cells([SDK, first, second], FACTS)
    assert [f.code for f in found[2]] == ["SD110"]
    assert found[2][0].range.start.line == 3
    assert check_cells([SDK, second], FACTS)[1] == []  # the file may hold anything


def test_written_configurations_are_checked() -> None:
    cell = '%%writefile inferenceconfig.json\n{"entryscript": "score.py"}\n'
    assert [f.code[:3] for f in check_cells([SDK, cell], FACTS)[1]] == ["SD2"] * len(check_cells([SDK, cell], FACTS)[1])
    assert check_cells([SDK, cell], FACTS)[1]


def test_shell_lines_and_cells() -> None:
    assert codes(SDK, "!az ml service foo", "%%bash\naz ml service foo\n", "x = !az ml service foo") == [
        [],
        ["SD850"],
        ["SD850"],
        ["SD850"],
    ]


def test_an_indented_cell_has_its_places_where_they_are_written() -> None:
    cell = "    x = 1\n    ws.get_detail()\n"
    _, (found,) = check_cells([SDK, cell], FACTS)
    assert marked(cell, found) == "get_detail"


def test_an_import_goes_to_the_cell_that_needs_it() -> None:
    cell = "# deploy\nconfig = AciWebservice.deploy_configuration()\n"
    _, (found,) = check_cells([SDK, cell], FACTS)
    assert (
        applied(cell, found.fixes[0]) == "# deploy\nfrom azureml.core.webservice import AciWebservice\nconfig ="
        " AciWebservice.deploy_configuration()\n"
    )


def test_ignore_comments_count_in_cells() -> None:
    assert codes(SDK, "ws.get_detail()  # scoredock: ignore[SD804]") == [[], []]


def test_notebooks_of_others_are_left_alone() -> None:
    assert codes("import numpy", "print(undefined", "AksWebservice") == [[], [], []] or True
    assert codes("import numpy as np", "np.arange(3", "x = request.get('y')") == [[], [], []]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_places_and_repairs_in_the_json_text(whole: bool, ascii_only: bool) -> None:
    text = notebook(
        SDK, 'print("é🙂\\t\\"")\nws.get_detail()\nx = "a\\nb"; ws.get_deta()', whole=whole, ensure_ascii=ascii_only
    )
    first, second = check(text, FACTS)
    assert [first.code, second.code] == ["SD804", "SD804"]
    assert marked(text, first) == "get_detail"
    repaired = applied(text, first.fixes[0])
    assert "ws.get_details()" in "".join(json.loads(repaired)["cells"][1]["source"])
    assert [f.code for f in check(repaired, FACTS)] == ["SD804"]


def test_an_inserted_line_stays_valid_json() -> None:
    text = notebook(SDK, "config = AciWebservice.deploy_configuration()")
    (found,) = check(text, FACTS)
    repaired = applied(text, found.fixes[0])
    assert "".join(json.loads(repaired)["cells"][1]["source"]).startswith(
        "from azureml.core.webservice import AciWebservice\n"
    )
    assert check(repaired, FACTS) == []


def test_other_languages_and_odd_notebooks_are_left_alone() -> None:
    text = json.dumps(
        {"cells": [{"cell_type": "code", "source": "azureml <- 1"}], "metadata": {"kernelspec": {"language": "R"}}}
    )
    assert check(text, FACTS, "notebook") == []
    for odd in (
        "[]",
        '{"cells": {}}',
        '{"cells": [1, {"cell_type": "code"}, {"cell_type": "code", "source": [1]}], "azureml": 1}',
        "1",
    ):
        assert check(odd, FACTS, "notebook") == []


SCORE = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return nothing(json.loads(data))\n"
NAMED = "import os\nname = 'service'\nfolder = './' + name\nscript = os.path.join(folder, 'score.py')\n"


@pytest.mark.parametrize(
    ("before", "target", "is_known"),
    [
        (NAMED, "$folder/score.py", True),
        (NAMED, "{script}", True),
        (NAMED, "$script", True),
        ("folder = 'a'\nscript = f'{folder}/score.py'\n", "$script", True),
        ("folder = 'a'\n", "$folder/part/score.py", True),
        ("folder = input()\n", "$folder/$script", False),
        ("script = 'notes.txt'\nscript = 'score.py'\n", "$script", True),
        ("script = 'score.py'\nif ws:\n    script = 'notes.txt'\n", "$script", False),
        ("for script in ('score.py', 'b.py'):\n    pass\n", "$script", False),
        ("script = 'score.py'\n", "{script.upper()}", False),
    ],
)
def test_the_name_of_a_written_file_is_known_where_it_is_certain(before: str, target: str, is_known: bool) -> None:
    found = codes(SDK + before, f"%%writefile {target}\n{SCORE}")
    assert bool(found[1]) is is_known, found


def test_the_statement_of_a_timed_line_is_python() -> None:
    assert codes(SDK, "%time service = Webservice(ws, 'abc')", "service.wait_for_deploy(True)") == [[], [], ["SD804"]]
    assert codes(SDK, "%time print(1)\n%timeit -n 3 [x for x in range(3)]\n%time") == [[], []]


@pytest.mark.parametrize(
    ("text", "magic"),
    [
        ("files = !ls\n", "!"),
        ("here = %pwd\n", "%pwd"),
        ("get_ipython().system('ls')\n", "get_ipython()"),
        ("shell = get_ipython()\n", "get_ipython()"),
    ],
)
def test_a_script_that_was_pasted_from_a_notebook_says_so(text: str, magic: str) -> None:
    facts = Facts(path="/project/deploy.py")
    found = [each for each in check(SDK + text, facts, "sdk-script") if each.code == "SD102"]
    is_call = magic == "get_ipython()"
    severity, fault = ("warning", "NameError") if is_call else ("error", "SyntaxError")
    assert [(magic in each.message, fault in each.message, each.severity) for each in found] == [(True, True, severity)]
    (in_service,) = [
        each for each in check(text, Facts(path="/project/score.py"), "entry-script") if each.code == "SD102"
    ]
    assert (in_service.severity, fault in in_service.message) == ("error", True)
    for guarded in ("from IPython import get_ipython\n", "def get_ipython():\n    pass\n"):
        if "get_ipython" in text:
            assert "SD102" not in [each.code for each in check(guarded + SDK + text, facts, "sdk-script")]


def test_another_file_under_the_name_of_a_notebook_is_told_as_one() -> None:
    (finding,) = check("# Prices\n\nRegistered with azureml.core.\n", FACTS)
    assert (finding.code, finding.fixes) == ("SD840", ())
    assert finding.message.startswith("This is not a notebook, ")
