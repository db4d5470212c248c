"""Writes the table of figures by which the shape of the code is judged: how many files a verb costs, how many places
know an engine by its name, how large things have grown.

Run from the root of a checkout: `python tests/rules/figures.py [--list NAME]`. `--list` shows what a figure counted.
Generated files and tests count nowhere.
"""

from __future__ import annotations

import argparse
import ast
import re
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from rules import declared_once
from rules.syntax import nodes_of
from rules.test_words import PARTICIPLES

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pyserver/scoredock", "pyserver/runtime/scoredock_runtime", "pyserver/sdk/scoredock_azureml")
GENERATED_MARK = "generated"
"""In the first lines of a file that `npm run generate` writes."""
VERB_FOLDERS = ("pyserver/scoredock/features/", "pyserver/scoredock/cli/", "pyserver/scoredock/protocol/", "extension/")
"""Where a verb is declared and handled; elsewhere its name is a word like others, or it is used."""
ENGINES = frozenset({"process", "docker"})
OWN_FOLDERS_OF_ENGINES = ("pyserver/scoredock/engines/", "pyserver/scoredock/containers/", "pyserver/scoredock/images/")
LONG_LIFE = 5
"""Lines between the first and the last use of a variable, above which its name matters to a reader."""
MOST_FILES, CRUMB, LARGE = 30, 60, 500
CUT = 480
"""From here to `LARGE` a file may have been cut to fit the limit."""
SERVER, CONTRIBUTIONS, FEATURES = (f"pyserver/scoredock/{folder}" for folder in ("", "contrib/", "features/"))
NOUNS: Mapping[str, frozenset[str]] = {
    "batch": frozenset({"batch"}),
    "drift": frozenset({"drift", "drifts"}),
    "events": frozenset({"events"}),
    "rules": frozenset({"rules", "continuous"}),
    "pipelines": frozenset({"pipelines", "pipeline"}),
    "migration": frozenset({"migration"}),
    "azure": frozenset({"azure"}),
    "lineage": frozenset({"lineage"}),
    "runs": frozenset({"runs", "mlflow"}),
    "carry_over": frozenset({"carry_over", "carry", "carrying"}),
    "profiling": frozenset({"profiling", "profile", "profiles", "sizing", "loads"}),
    "az": frozenset({"az"}),
    "sdk": frozenset({"sdk"}),
    "exports": frozenset({"exports"}),
    "model_images": frozenset({"model_images"}),
    "request_tests": frozenset({"request_tests"}),
}
"""The contributions, and the words by which the name of a folder or file tells that it is of one."""
_OF_ALL = ("analysis", "formats", "checks", "language")
"""Layers that know the files of every noun: they are a home of none."""
_OTHER_WORDS = ("containers", "docker", "log_view", "frameworks")
"""Folders where a file is called by such a word for something else."""
_BRANCH = re.compile(r"""[!=]==?\s*["'](?:docker|process)["']|case\s+["'](?:docker|process)["']""")


@dataclass(frozen=True)
class Source:
    """One hand-written file."""

    path: str
    """Relative to the root."""
    text: str

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


class Figures:
    """What can be counted in a checkout; each figure is a list of what it counts."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.python = list(self._sources((*PACKAGES, "pyserver/tools"), ".py"))
        self.typescript = list(self._sources(("extension",), ".ts"))

    def _sources(self, folders: Iterable[str], suffix: str) -> Iterator[Source]:
        for folder in folders:
            for path in sorted((self._root / folder).rglob(f"*{suffix}")):
                text = path.read_text(encoding="utf-8")
                if GENERATED_MARK not in "\n".join(text.splitlines()[:3]).lower():
                    yield Source(path.relative_to(self._root).as_posix(), text)

    @cached_property
    def _nodes(self) -> Mapping[str, Sequence[ast.AST]]:
        return {each.path: nodes_of(each.text) for each in self.python}

    def files_of_verbs(self) -> dict[str, list[str]]:
        """Method of the protocol → hand-written files that name it, its command of the editor where a file of the
        extension has both, and its line of the terminal. For verbs that the editor and the terminal have."""
        manifest = self._root / "package.json"
        commands = _commands_of_methods(self.typescript, manifest.read_text("utf-8"))
        sources = [each for each in (*self.python, *self.typescript) if each.path.startswith(VERB_FOLDERS)]
        if '"%command.' in manifest.read_text("utf-8") and not _is_generated_manifest(self.python):
            sources.append(Source("package.json", manifest.read_text("utf-8")))
        found = {}
        for method, command in commands.items():
            noun, verb = method.split("/")[1:]
            words = [f'"{method}"', f'"{noun}/{verb}"', f'"{command}"', f'"{command.removeprefix("scoredock.")}"']
            line = re.compile(rf'"{noun} {_kebab(verb)}"')
            function = re.compile(rf"export (?:async )?function {command.removeprefix('scoredock.')}\b")
            found[method] = [
                each.path
                for each in sources
                if any(word in each.text for word in words) or line.search(each.text) or function.search(each.text)
            ] + self._feature(method)
            found[method] = sorted(set(found[method]))
        return found

    def _feature(self, method: str) -> list[str]:
        """The module whose function the table of features names for a method: kept by hand once, now generated."""
        table = self._root / "pyserver/scoredock/features/table.py"
        row = re.search(rf'"{method}": (?:Feature\((\w+)\.|"([\w.]+):)', table.read_text("utf-8"))
        if row is None:
            return []
        return [f"pyserver/{row[2].replace('.', '/')}.py" if row[2] else f"pyserver/scoredock/features/{row[1]}.py"]

    def engine_branches(self) -> list[str]:
        """Comparisons with the name of an engine outside the engines' own folders."""
        found = []
        for path, nodes in self._nodes.items():
            if not path.startswith(OWN_FOLDERS_OF_ENGINES) and path.startswith("pyserver/scoredock/"):
                found += [f"{path}:{node.lineno}" for node in nodes if _compares_engine(node)]
        for each in self.typescript:
            lines = enumerate(each.text.splitlines(), 1)
            found += [f"{each.path}:{number}" for number, line in lines if _BRANCH.search(line)]
        return found

    def positional_rules(self) -> list[str]:
        """Calls of `Rule` with more than three arguments by position."""
        return [
            f"{path}:{node.lineno}"
            for path, nodes in self._nodes.items()
            for node in nodes
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rule" and len(node.args) > 3
        ]

    def rules(self) -> list[str]:
        """All calls of `Rule`."""
        return [
            f"{path}:{node.lineno}"
            for path, nodes in self._nodes.items()
            for node in nodes
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rule"
        ]

    def lines_with(self, word: str) -> list[str]:
        """Lines of Python and TypeScript with a word, whatever it is in but a code such as `model-not-found`."""
        wanted = re.compile(rf"(?<![a-z])(?<!not-){word}(?![a-z])")
        return [
            f"{each.path}:{number}"
            for each in (*self.python, *self.typescript)
            for number, line in enumerate(each.text.splitlines(), 1)
            if wanted.search(line.lower())
        ]

    def participle_parameters(self) -> list[str]:
        """Parameters and fields of classes that are bare participles."""
        return [found for path, nodes in self._nodes.items() for found in _parameters(path, nodes)]

    def participle_variables(self) -> list[str]:
        """Variables that live longer than five lines and are bare participles."""
        return [found for path, nodes in self._nodes.items() for found in _variables(path, nodes)]

    def full_folders(self) -> list[str]:
        """Folders with more than thirty files of one language."""
        counts = Counter(each.path.rpartition("/")[0] for each in (*self.python, *self.typescript))
        return [f"{folder} ({count})" for folder, count in sorted(counts.items()) if count > MOST_FILES]

    def crumbs(self) -> list[str]:
        """Modules of the server under sixty lines that one other module imports; not the door and the messages
        of a contribution, and no verbs, which the table of features names as well."""
        importers = _importers(self._nodes)
        return [
            each.path
            for each in self.python
            if each.lines < CRUMB
            and "\n@verb(" not in each.text
            and each.path
            not in {f"{CONTRIBUTIONS}{Path(each.path).parent.name}/{part}.py" for part in ("api", "messages")}
            and Path(each.path).stem not in ("__init__", "__main__")
            and len(importers[_dotted(each.path)]) == 1
        ]

    def large_files(self) -> list[str]:
        """Python files of more than five hundred lines."""
        return [f"{each.path} ({each.lines})" for each in self.python if each.lines > LARGE]

    def cut_files(self) -> list[str]:
        """Python files of 480 to 500 lines."""
        return [f"{each.path} ({each.lines})" for each in self.python if CUT <= each.lines <= LARGE]

    def core(self) -> list[Source]:
        """What of the server is not a contribution."""
        return [
            each for each in self.python if each.path.startswith(SERVER) and not each.path.startswith(CONTRIBUTIONS)
        ]

    def areas(self) -> dict[str, int]:
        """Folder → lines of Python, for each folder of the server, each contribution, the runtime and the SDK."""
        lines: dict[str, int] = defaultdict(int)
        for each in self.python:
            lines[_area(each.path)] += each.lines
        return dict(sorted(lines.items()))

    def homes(self) -> dict[str, list[str]]:
        """Contribution → folders of server and runtime in which it lies."""
        found: dict[str, set[str]] = {noun: set() for noun in NOUNS}
        for each in self.python:
            noun, home = _home(each.path)
            if noun:
                found[noun].add(home)
        return {noun: sorted(homes) for noun, homes in found.items()}

    def importers_of_contributions(self) -> list[str]:
        """Modules of no contribution with a contribution of which they import something. What a service runs lies in
        the runtime, whose own modules may import it; tools write the generated files of all."""
        nouns = {_dotted(path): _home(path)[0] for path in self._nodes}
        found = []
        for name, importers in _importers(self._nodes).items():
            if nouns[name] and name.startswith("scoredock."):
                others = (each for each in importers if not _home(each)[0] and not each.startswith("pyserver/tools/"))
                found += [f"{path} → {nouns[name]}" for path in others]
        return sorted(set(found))

    def feature_arrows(self) -> list[str]:
        """Imports of a folder of the features from another one."""
        found = []
        for name, importers in _importers(self._nodes).items():
            for path in importers:
                if path.startswith(FEATURES) and name.startswith("scoredock.features."):
                    ends = (_noun_of_feature(_dotted(path)), _noun_of_feature(name))
                    if all(ends) and ends[0] != ends[1]:
                        found.append(f"{ends[0]} → {ends[1]}: {path} imports {name}")
        return sorted(found)

    def feature_pairs(self) -> list[str]:
        """Folders of the features that import one another."""
        ends = {each.partition(":")[0] for each in self.feature_arrows()}
        turned = {" → ".join(reversed(each.split(" → "))) for each in ends}
        return sorted(
            each.replace("→", "↔") for each in ends & turned if each.split(" → ") == sorted(each.split(" → "))
        )

    def files_of_options(self) -> dict[str, list[str]]:
        """Option → the hand-written files that name its field."""
        return declared_once.files_of_options([*self.python, *self.typescript])

    def copied_keywords(self) -> list[str]:
        """Keywords that copy a field of the same name, of calls that copy several."""
        return declared_once.copied_keywords(self._nodes)

    def params_by_hand(self) -> list[str]:
        """Messages that a handler of the terminal builds itself."""
        return declared_once.params_by_hand(self._nodes)

    def module_calls(self) -> int:
        """Calls from one module into another during a deployment."""
        script = self._root / "tests/rules/module_calls.py"
        run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=self._root)
        counted = re.search(r"^(\d+) of them", run.stdout, re.MULTILINE)
        assert counted is not None, run.stdout
        return int(counted[1])


def _is_generated_manifest(sources: Iterable[Source]) -> bool:
    """Whether package.json's commands come from declarations."""
    return any(each.path == "pyserver/tools/manifest.py" and '"menus"' in each.text for each in sources)


def _commands_of_methods(sources: Iterable[Source], manifest: str) -> dict[str, str]:
    """Method → command of the manifest: the first whose exported function sends it."""
    found: dict[str, str] = {}
    for each in sources:
        if not each.path.startswith(("extension/commands/", "extension/contrib/")):
            continue
        for name, body in re.findall(r"^export (?:async )?function (\w+)(.*?)^}", each.text, re.MULTILINE | re.DOTALL):
            if f'"scoredock.{name}"' in manifest:
                for method in re.findall(r'"(scoredock/\w+/\w+)"', body):
                    found.setdefault(method, f"scoredock.{name}")
    return found


def _kebab(name: str) -> str:
    return re.sub(r"([A-Z])", lambda upper: f"-{upper[1].lower()}", name)


def _compares_engine(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        return any(isinstance(part, ast.Constant) and part.value in ENGINES for part in _parts(node))
    return isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Constant) and node.value.value in ENGINES


def _parts(node: ast.Compare) -> Iterator[ast.AST]:
    for side in (node.left, *node.comparators):
        yield from side.elts if isinstance(side, ast.Tuple | ast.Set | ast.List) else (side,)


def _parameters(path: str, nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                if each.arg.strip("_") in PARTICIPLES:
                    yield f"{path}:{each.lineno}: {each.arg}"
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                name = getattr(item.target, "id", "") if isinstance(item, ast.AnnAssign) else ""
                if name.strip("_") in PARTICIPLES:
                    yield f"{path}:{item.lineno}: {name}"


def _variables(path: str, nodes: Sequence[ast.AST]) -> Iterator[str]:
    if not any(isinstance(node, ast.Name) and node.id.strip("_") in PARTICIPLES for node in nodes):
        return
    for node in nodes:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines: dict[str, list[int]] = defaultdict(list)
        stored: set[str] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id.strip("_") in PARTICIPLES:
                lines[part.id].append(part.lineno)
                if isinstance(part.ctx, ast.Store):
                    stored.add(part.id)
        for name in sorted(stored):
            if max(lines[name]) - min(lines[name]) > LONG_LIFE:
                yield f"{path}:{min(lines[name])}: {name}"


def _dotted(path: str) -> str:
    short = path.removeprefix("pyserver/").removeprefix("runtime/").removeprefix("sdk/")
    return short.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _home(path: str) -> tuple[str, str]:
    """The contribution that a file is of and the folder by which it is; both empty for what is of the core."""
    below = path.removeprefix(CONTRIBUTIONS)
    if below != path:
        noun = below.partition("/")[0]
        return (noun, f"{CONTRIBUTIONS}{noun}") if "/" in below else ("", "")
    *folders, file = path.split("/")
    if (
        folders[:1] != ["pyserver"]
        or folders[1] not in ("scoredock", "runtime")
        or any(each in _OF_ALL for each in folders)
    ):
        return "", ""
    for depth, folder in enumerate(folders, 1):
        for noun, words in NOUNS.items():
            if folder in words:
                return noun, "/".join(folders[:depth])
    if folders[1] != "scoredock" or folders[-1] in _OTHER_WORDS:
        return "", ""
    word = file.removesuffix(".py").partition("_")[0]
    return next(((noun, "/".join(folders)) for noun, words in NOUNS.items() if word in words), ("", ""))


def _area(path: str) -> str:
    """The folder that a file counts for; the files beside the folders of the server count for `scoredock`."""
    parts = Path(path).parts[1:-1]
    if parts[0] in ("runtime", "sdk", "tools"):
        return parts[0]
    depth = 3 if parts[1:2] == ("contrib",) else 2
    return "/".join(parts[:depth])


def _noun_of_feature(module: str) -> str:
    """`services` for `scoredock.features.services.deployment`; empty for a module that stands beside the folders."""
    parts = module.split(".")
    return parts[2] if (ROOT / "pyserver" / Path(*parts[:3])).is_dir() else ""


def _importers(trees: Mapping[str, Sequence[ast.AST]]) -> dict[str, set[str]]:
    """Module → modules that import it or something of it."""
    known = {_dotted(path) for path in trees}
    found: dict[str, set[str]] = defaultdict(set)
    for path, nodes in trees.items():
        for node in nodes:
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
            else:
                continue
            for name in names:
                if name in known:
                    found[name].add(path)
    return found


def table(figures: Figures) -> list[tuple[str, str]]:
    """Rows of the table: what is counted, and how much of it there is."""
    verbs = {method: len(files) for method, files in figures.files_of_verbs().items()}
    branches = figures.engine_branches()
    arrows = figures.feature_arrows()
    return [
        ("hand-written files of a verb, median", f"{statistics.median(verbs.values()):g}"),
        ("hand-written files of a verb, most", f"{max(verbs.values())}"),
        (
            "branches on an engine's name",
            f"{len(branches)} in {len({each.partition(':')[0] for each in branches})} files",
        ),
        ("rules with arguments by position", f"{len(figures.positional_rules())} of {len(figures.rules())}"),
        *((f"lines with “{word}”", str(len(figures.lines_with(word)))) for word in ("told", "found", "known", "asked")),
        ("parameters and fields that are participles", str(len(figures.participle_parameters()))),
        ("variables of a long life that are participles", str(len(figures.participle_variables()))),
        ("folders above 30 files", "; ".join(figures.full_folders()) or "none"),
        ("modules under 60 lines with one importer", str(len(figures.crumbs()))),
        ("Python files above 500 lines", str(len(figures.large_files()))),
        ("Python files of 480 to 500 lines", str(len(figures.cut_files()))),
        ("lines of the core (server without contributions)", f"{sum(each.lines for each in figures.core()):,}"),
        (
            "homes of a contribution",
            "; ".join(f"{noun} {len(homes)}" for noun, homes in figures.homes().items()),
        ),
        ("imports of the core from contributions", str(len(figures.importers_of_contributions()))),
        (
            "lines of features",
            f"{sum(each.lines for each in figures.python if each.path.startswith(FEATURES)):,}",
        ),
        ("imports from noun to noun in features", str(len(arrows))),
        ("pairs of nouns there that import one another", str(len(figures.feature_pairs()))),
        ("bytes of ARCHITECTURE.md", f"{len((ROOT / 'ARCHITECTURE.md').read_bytes()):,}"),
        ("lines of Python (packages)", f"{sum(each.lines for each in figures.python if '/tools/' not in each.path):,}"),
        ("lines of Python (tools)", f"{sum(each.lines for each in figures.python if '/tools/' in each.path):,}"),
        ("lines of TypeScript", f"{sum(each.lines for each in figures.typescript):,}"),
        ("calls between modules on a deployment", str(figures.module_calls())),
        (
            "hand-written files of an option",
            "; ".join(f"{name} {len(files)}" for name, files in figures.files_of_options().items()),
        ),
        ("keywords that copy a field", f"{len(figures.copied_keywords())}"),
        ("messages that handlers of the terminal build", f"{len(figures.params_by_hand())}"),
        ("statements", f"{declared_once.statements(figures._nodes):,}"),
        ("lines of code without comments and docstrings", f"{declared_once.code_lines(figures.python):,}"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", metavar="NAME", help="a method of Figures, such as crumbs or engine_branches")
    options = parser.parse_args()
    figures = Figures(ROOT)
    if options.list:
        counted = getattr(figures, options.list)()
        lines = [f"{k}: {', '.join(v)}" for k, v in counted.items()] if isinstance(counted, dict) else counted
        print("\n".join(lines))
        return
    print("| what | how much |\n|---|---|")
    for what, how_much in table(figures):
        print(f"| {what} | {how_much} |")


if __name__ == "__main__":
    main()
