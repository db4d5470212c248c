"""What IPython adds to the cells of a notebook: each magic works, or is told in its cell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cli.conftest import Terminal

from .conftest import PYTHON
from .test_scripts import notebook


def run_cells(terminal: Terminal, *cells: str) -> subprocess.CompletedProcess[str]:
    (terminal.folder / "lab.ipynb").write_text(notebook([("code", text) for text in cells]))
    return terminal.run("sdk", "notebook", *PYTHON, "lab.ipynb")


NAMES = "import os\nfolder = 'made'\nscript = os.path.join(folder, 'score.py')\nsizes = [1, 2]"
PLOTS = (
    "import os\nos.makedirs('matplotlib')\nopen('matplotlib/__init__.py', 'w').write('def use(*a, **b): pass')\n"
    "open('matplotlib/pyplot.py', 'w').write('open_now = []\\nplot = open_now.append\\n'\n"
    "    'def close(which): open_now.clear()');"
)
"""What of pyplot a cell needs to have a figure, and to see those that are open."""
WORKS: dict[str, tuple[list[str], str]] = {
    "a name in the name of a file": (
        [NAMES, "%%writefile $folder/a.txt\n$folder {folder}\n", "print(open('made/a.txt').read())"],
        "Writing made/a.txt\n$folder {folder}\n\n",
    ),
    "an expression in the name of a file": (
        [NAMES, "%%writefile {os.path.join(folder, 'b.txt')}\nb", "%%writefile -a $script\nc", "open(script).read()"],
        "Writing made/b.txt\nAppending to made/score.py\n'c'\n",
    ),
    "a file that is written again": (
        ["%%writefile one.txt\n1", "%%writefile one.txt\n2"],
        "Writing one.txt\nOverwriting one.txt\n",
    ),
    "names in a line for the shell": ([NAMES, "!echo $folder {sizes[1]} '$folder' $$"], "made 2 $folder"),
    "a variable of the shell": (["%env GREETING=hello", "!echo $GREETING"], "env: GREETING=hello\nhello\n"),
    "lines of a command": (
        ["files = !echo one; echo two\nprint(files, files.s, files.n == 'one\\ntwo')"],
        "['one', 'two'] one two True\n",
    ),
    "lines of a command in a block": (["for each in (1, 2):\n    !echo {each}"], "1\n2\n"),
    "a command over several lines": (["!echo one \\\n  two"], "one two\n"),
    "an exit code": (["!exit 3\nprint(_exit_code)"], "3\n"),
    "another folder": (
        ["import os\nos.makedirs('deeper')", "%cd -q deeper", "%pwd", "%cd -q -", "os.path.basename(os.getcwd())"],
        "project'\n",
    ),
    "variables": (
        [
            "%env A_NAME=a b",
            "x = 'y'",
            "%set_env A_NAME {x}",
            "%env A_NAME",
        ],
        "env: A_NAME=a b\nenv: A_NAME=y\n'y'\n",
    ),
    "a script that is run": (
        [
            "%%writefile part.py\nimport sys\nmade = sys.argv[1:]\nprint(__name__)",
            "n = 3",
            "%run part.py --x $n",
            "made",
        ],
        "Writing part.py\n__main__\n['--x', '3']\n",
    ),
    "a cell of bash": (
        ["%%bash\nx=1\nif [[ $x == 1 ]]; then echo yes; fi", "%%sh --out told\necho kept", "told"],
        "yes\n'kept\\n'\n",
    ),
    "a cell of another program": (["%%script sort\nb\na"], "a\nb\n"),
    "what a cell prints": (["%%capture told\nprint('inside')\n!echo shell", "told.stdout"], "'inside\\nshell\\n'\n"),
    "the time of a cell": (["%%time\nvalue = 3", "%time other = value + 1", "print(value, other)"], "3 4\n"),
    "a figure": (["%matplotlib inline\nimport os\nos.environ['MPLBACKEND']"], "'Agg'\n"),
    "figures of each cell by itself": (
        [PLOTS, "import matplotlib.pyplot as plt\nplt.plot(1)", "%matplotlib inline\nplt.plot(2)", "plt.open_now"],
        "[]\n",
    ),
    "figures of a window": (
        [PLOTS, "%matplotlib qt\nimport matplotlib.pyplot as plt\nplt.plot(1)", "plt.open_now"],
        "[1]\n",
    ),
    "an assigned magic": (["here = %pwd\nprint(type(here).__name__)"], "str\n"),
    "a module of the folder that a cell goes to": (
        [
            "import os\nos.makedirs('root')\nopen('root/of_root.py', 'w').write('x = 41')",
            "os.chdir('root')\nimport of_root\nof_root.x + 1",
        ],
        "42\n",
    ),
    "what is shown": (["display('a', [1])", "import builtins\nbuiltins.display(2)"], "'a'\n[1]\n2\n"),
    "a cell that asks whether it is in a notebook": (
        ["get_ipython().__class__.__name__"],
        "'ZMQInteractiveShell'\n",
    ),
    "a package that asks for a kernel": (
        [
            "%%writefile package.py\ntry:\n    kind = get_ipython().kernel\nexcept NameError:\n    kind = 'none'",
            "import package\npackage.kind",
        ],
        "'none'\n",
    ),
    "arguments of its own": (
        ["import argparse, sys\nprint(sys.argv, argparse.ArgumentParser().parse_args())"],
        "['lab.ipynb'] Namespace()\n",
    ),
    "what comes from __future__ behind other lines, for the cells that follow too": (
        ["import sys\nfrom __future__ import annotations", "def f(a: nowhere): ...\nprint(f.__annotations__)"],
        "{'a': 'nowhere'}",
    ),
    "classes of cells, which pickles find, and no file by which packages would take it for a script": (
        [
            "class Scaler:\n    by = 2",
            "import pickle, __main__\nprint(pickle.loads(pickle.dumps(Scaler())).by, hasattr(__main__, '__file__'))",
        ],
        "2 False",
    ),
    "a saved notebook": (
        ["get_ipython().system('echo saved')\nget_ipython().run_line_magic('matplotlib', 'inline')"],
        "saved\n",
    ),
}


@pytest.mark.parametrize("name", WORKS)
def test_a_magic_does_what_it_does_in_ipython(name: str, terminal: Terminal) -> None:
    cells, shown = WORKS[name]
    done = run_cells(terminal, *cells)
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout
    assert "left out" not in done.stderr


REFUSED = {
    "%%sql\nselect 1": "The cell magic %%sql is not supported",
    "%store x": "The magic %store is not supported",
    "%run other.ipynb": "%run of the notebook other.ipynb is not supported",
    "%%writefile $unknown/a.py\n1": "%%writefile $unknown/a.py: a name in it has no value here",
    "%%bash\nexit 4": "%%bash has ended with the exit code 4",
    "%env NOT_THERE_AT_ALL": "Environment does not have key: NOT_THERE_AT_ALL",
    "get_ipython().kernel": "get_ipython().kernel is not supported",
    "%conda install -y lightgbm": "There is no conda here: install the packages with pip",
    "%mamba env update -f e.yml": "There is no mamba here",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_there_is_told_in_its_cell(text: str, terminal: Terminal) -> None:
    done = run_cells(terminal, "x = 1", text, "print('never')")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"lab.ipynb, cell 2: {REFUSED[text]}" in done.stderr
    assert "[sdk-notebook-magic]" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_only_a_notebook_shows_is_left_out_and_named(terminal: Terminal) -> None:
    done = run_cells(
        terminal,
        "%load_ext autoreload\n%autoreload 2\n%load_ext other\n%azureml history on",
        "%%html\n<b>",
        "print?\nprint('on')",
    )
    assert (done.returncode, done.stdout) == (0, "on\n")
    assert "the run history of the Workbench is not here: %azureml history on" in done.stderr
    for words in ("%autoreload 2", "%load_ext other", "%%html", "%pinfo print"):
        assert words in done.stderr


def test_conda_takes_nothing_away_where_it_is_not(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    done = run_cells(terminal, "%conda remove -y pandas --force", "%conda list", "%mamba clean --all\nprint('on')")
    assert (done.returncode, done.stdout) == (0, "on\n"), done.stderr
    assert "left out, as there is no conda here, and so nothing of it: %conda remove -y pandas --force" in done.stderr


def test_an_installation_is_the_one_of_this_python_without_the_sdk(terminal: Terminal) -> None:
    done = run_cells(
        terminal,
        "%pip --version",
        "!pip install azureml-core azureml-defaults",
        "%pip install -q azureml-sdk[notebooks]",
        "!pip install --upgrade azureml-sdk azureml-widgets azureml_mlflow 'azureml-dataprep[pandas]'",
        "%pip install azureml-train-automl-client azureml-contrib-services azureml-opendatasets",
        "!pip install azureml-dataset-runtime[fuse] --extra-index-url https://x.example/simple --user --upgrade",
        "%pip install -i https://x.example/simple azureml-core --timeout 9",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pip ")
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.count("left out, as Scoredock answers for the SDK") == 6


PASTED = {
    "%matplotlib inline\nprint(1)\n": "line 1: “%matplotlib inline” is a line of a notebook",
    "%%writefile deploy.py\nimport os\n": "line 1: “%%writefile deploy.py” is a line of a notebook",
    "import os\n!pip install x\n": "line 2: “!pip install x” is a line of a notebook",
    "files = !ls\n": "line 1: “files = !ls” is a line of a notebook",
}


@pytest.mark.parametrize("text", PASTED)
def test_a_script_that_was_pasted_from_a_notebook_says_so(text: str, terminal: Terminal) -> None:
    (terminal.folder / "deploy.py").write_text(text)
    error = terminal.refused("sdk", "run", *PYTHON, "deploy.py")
    assert (error["code"], PASTED[text] in error["message"]) == ("sdk-script-of-notebook", True), error
    head = "from azureml.core import Workspace\nws = Workspace.from_config()\n"
    (terminal.folder / "pasted.py").write_text(head + text)
    found = terminal.run("check", "pasted.py", "--format", "json").stdout
    assert "SD102" in found, found


def test_a_notebook_that_was_saved_as_a_script_runs(terminal: Terminal) -> None:
    (terminal.folder / "deploy.py").write_text(
        "# In[1]:\nname = 'there'\nget_ipython().system('echo hello {name}')\n"
        "lines = get_ipython().getoutput('echo two; echo lines')\n"
        "get_ipython().run_line_magic('matplotlib', 'inline')\n"
        "get_ipython().run_cell_magic('writefile', 'made.txt', 'text')\n"
        "get_ipython().run_line_magic('time', 'count = len(lines)')\nprint(count, open('made.txt').read())\n"
    )
    done = terminal.run("sdk", "run", *PYTHON, "deploy.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "hello there"
    assert done.stdout.splitlines()[-1] == "2 text"


def test_python_that_looks_like_a_notebook_runs(terminal: Terminal) -> None:
    guarded = "try:\n    get_ipython()\nexcept NameError:\n    print(y)\n"
    (terminal.folder / "deploy.py").write_text(f"x = 7\ny = x\\\n%2\n{guarded}print('''\n%matplotlib\n!ls\n''')\n")
    assert terminal.run("sdk", "run", *PYTHON, "deploy.py").stdout.split() == ["1", "%matplotlib", "!ls"]
    assert terminal.refused("sdk", "run", "lab.ipynb")["code"] == "file-not-found"
    Path(terminal.folder / "lab.ipynb").write_text(notebook([("code", "1")]))
    assert terminal.refused("sdk", "run", "lab.ipynb")["code"] == "sdk-script-of-notebook"


@pytest.mark.parametrize(("text", "code"), [("import sys\nsys.exit('no data')", 1), ("raise SystemExit(3)", 3)])
def test_a_notebook_that_ends_itself_names_the_cell(text: str, code: int, terminal: Terminal) -> None:
    done = run_cells(terminal, "x = 1", text, "print('never')")
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.endswith(f"error: lab.ipynb: cell 2: the notebook has ended here with exit code {code}\n")
    assert ("no data\n" in done.stderr) == ("no data" in text)
    done = run_cells(terminal, "raise SystemExit", "print('never')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
