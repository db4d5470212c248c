"""House rules that no linter knows: nothing declared is left unhandled, nothing grows beyond what one can read."""

from __future__ import annotations

import ast
import gc
import importlib.util
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scoredock import errors
from scoredock.checks.catalogue import RULES
from scoredock.deploy_options import DeployOptions
from scoredock.error_codes import CODES
from scoredock.features.contribution import notifications
from scoredock.features.verbs import verbs
from scoredock.options import options_of

from rules.syntax import nodes_of

FOR_THE_TERMINAL = {
    # Scripts of the SDK and lines of az ask it.
    "scoredock/batch/readYaml",
    "scoredock/compute/meant",
    # An image to run jobs in is made once, by whoever sets a platform up.
    "scoredock/pipeline/image",
    "scoredock/compute/replicas",
    "scoredock/compute/show",
    # Receivers are programs and servers, and whoever has them has a terminal; a log is checked by scripts.
    "scoredock/event/delete",
    "scoredock/event/list",
    "scoredock/event/pause",
    "scoredock/event/resume",
    "scoredock/event/subscribe",
    "scoredock/event/test",
    "scoredock/lineage/verify",
    # Schedules are made where cron and CI jobs are.
    "scoredock/drift/schedule",
    "scoredock/drift/pause",
    "scoredock/drift/run",
    "scoredock/drift/delete",
    "scoredock/rule/history",
    # The machine starts it; the editor asks for `workspace/install` and carries things out one by one.
    "scoredock/workspace/run",
    # The name that `workspace/install` had.
    "scoredock/rule/install",
    "scoredock/dataset/collect",
    # The report of a pull in the editor is its file; registries of MLflow are for scripts.
    "scoredock/azure/report",
    "scoredock/model/publish",
    "scoredock/model/bring",
    "scoredock/model/sync",
    # The command line has batch jobs, and the editor has none yet.
    "scoredock/batch/run",
    "scoredock/batch/list",
    "scoredock/batch/show",
    "scoredock/batch/logs",
    "scoredock/batch/outputs",
    "scoredock/batch/cancel",
    "scoredock/batch/resume",
    "scoredock/model/profile",
    # A dry run is for pipelines and for who compares texts.
    "scoredock/service/preview",
    "scoredock/service/previewUpdate",
    # The views get these at once from state/list and then by pushes.
    "scoredock/workspace/list",
    "scoredock/service/list",
    "scoredock/endpoint/list",
    # The request panel shows responses while they come: service/send.
    "scoredock/service/call",
    # Marks of earlier workspaces stay readable; the views have none any more.
    "scoredock/model/favourite",
    # Of the package scoredock-azureml.
    "scoredock/workspace/open",
    "scoredock/workspace/named",
    "scoredock/service/configuration",
    "scoredock/log/last",
    # Typed once for a folder; the line that offers it is in its terminal.
    "scoredock/workspace/move",
    "scoredock/environment/definition",
    "scoredock/run/download",
    *(f"scoredock/run/{verb}" for verb in ("begin", "logged", "search", "history", "log", "change", "upload", "end")),
    # A verb of the terminal.
    "scoredock/run/export",
}
VERBS = {
    "Register",
    "Download",
    "Export",
    "Find",
    "Search",
    "Alias",
    "Delete",
    "Restore",
    "Purge",
    "Verify",
    "Repair",
    "Collect",
    "Backup",
    "Deploy",
    "Stop",
    "Start",
    "Restart",
    "Update",
    "Reload",
    "Regenerate Key",
    "Test",
    "Debug",
    "Package",
    "Profile",
    "Compare",
}


def typescript(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in (root / "extension").rglob("*.ts")
        if path.name != "protocol.ts"
    }


def test_every_method_is_handled_by_the_server() -> None:
    from scoredock.server import Server

    gc.enable()  # which the server's own start does after its imports
    handled = set(Server().endpoint.routes)
    assert handled == {request.method for request in verbs()}


def test_every_method_is_used_by_the_extension(root: Path) -> None:
    text = "\n".join(typescript(root).values())
    declared = {item.method for item in (*verbs(), *notifications())}
    unused = {method for method in declared if f'"{method}"' not in text}
    assert unused <= FOR_THE_TERMINAL


def test_the_extension_uses_no_method_that_is_not_declared(root: Path) -> None:
    used = set(re.findall(r'"(scoredock/[A-Za-z]+/[A-Za-z]+)"', "\n".join(typescript(root).values())))
    assert used <= {item.method for item in (*verbs(), *notifications())}


def test_menus_and_keys_name_declared_commands(root: Path) -> None:
    contributes = json.loads((root / "package.json").read_text(encoding="utf-8"))["contributes"]
    declared = {command["command"] for command in contributes["commands"]}
    used = {
        item["command"] for entries in contributes.get("menus", {}).values() for item in entries if "command" in item
    }
    for item in contributes.get("keybindings", ()):
        steps = item["args"]["commands"] if item["command"] == "runCommands" else [item]
        used |= {step["command"] for step in steps if isinstance(step, dict)}
    assert used <= declared


def test_every_rule_has_a_page_and_a_test(root: Path) -> None:
    for rule in RULES:
        assert (root / "docs" / "rules" / f"{rule.code}.md").exists(), rule.code
    assert len({rule.code for rule in RULES}) == len(RULES)


def raised_codes(root: Path) -> Iterator[tuple[str, str]]:
    """Codes given as a literal first argument to ScoredockError, and where."""
    for path in (root / "pyserver" / "scoredock").rglob("*.py"):
        for node in nodes_of(path.read_text(encoding="utf-8")):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "ScoredockError"
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, f"{path.relative_to(root)}:{node.lineno}"


def test_codes_that_are_raised_are_declared(root: Path) -> None:
    found = list(raised_codes(root))
    assert len(found) > 50, "the search itself works"
    assert [(code, place) for code, place in found if code not in CODES] == []


def compared_codes(source: str) -> Iterator[tuple[str, int]]:
    """Codes that have a class of their own, where they are given to ScoredockError or compared with the code of an
    error."""
    own = {each.CODE for each in classes_of_errors()}
    for node in nodes_of(source):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ScoredockError":
            places = node.args[:1]
        elif isinstance(node, ast.Compare) and getattr(node.left, "attr", "") == "code":
            places = [part for side in node.comparators for part in ast.walk(side) if isinstance(part, ast.expr)]
        else:
            continue
        for place in places:
            if isinstance(place, ast.Constant) and place.value in own:
                yield str(place.value), node.lineno


def classes_of_errors() -> list[Any]:
    return [each for each in vars(errors).values() if isinstance(each, type) and "CODE" in vars(each)]


def test_errors_that_steer_the_program_are_classes(root: Path) -> None:
    assert len(classes_of_errors()) > 6
    found = [
        f"{path.relative_to(root)}:{line}: {code}"
        for path in (root / "pyserver" / "scoredock").rglob("*.py")
        for code, line in compared_codes(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        'raise ScoredockError("cancelled", "It was.")',
        'if error.code == "docker-unavailable": pass',
        'if error.code not in ("model-damaged", "model-not-found"): pass',
    ],
)
def test_a_code_in_place_of_its_class_is_noticed(planted: str) -> None:
    assert list(compared_codes(planted))


def test_every_class_of_error_survives_the_way_out_of_a_copy_of_this_process() -> None:
    for each in classes_of_errors():
        error = each() if each is errors.Cancelled else each("It happened.", "Do this.", details={"a": "b"})
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is each
        assert (again.code, again.message, again.fix, again.details) == (
            error.code,
            error.message,
            error.fix,
            error.details,
        )


DEPLOY_OPTIONS = {name for name, option in options_of(DeployOptions).items() if option.path}
"""The others are words of other nouns as well: tags of a model, the port of a debugger."""


def declared_options(source: str) -> Iterator[tuple[str, int]]:
    """Options of a deployment that a class of params or requests declares. A batch job is none."""
    for node in nodes_of(source):
        if not isinstance(node, ast.ClassDef) or node.name == "BatchRunParams":
            continue
        if node.name.endswith(("Params", "Request", "Options")):
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and getattr(item.target, "id", "") in DEPLOY_OPTIONS:
                    yield f"{node.name}.{item.target.id}", item.lineno  # type: ignore[union-attr]


def test_an_option_of_a_deployment_is_declared_once(root: Path) -> None:
    folder = root / "pyserver" / "scoredock"
    declared = [
        (path.relative_to(folder).as_posix(), *found)
        for path in folder.rglob("*.py")
        for found in declared_options(path.read_text(encoding="utf-8"))
    ]
    assert [each for each in declared if each[0] != "deploy_options.py"] == []
    assert len(declared) == len(DEPLOY_OPTIONS) >= 6


def test_a_second_declaration_of_an_option_is_noticed() -> None:
    planted = "class ServiceMoveParams:\n    name: str\n    inference_config: str = ''\n"
    assert list(declared_options(planted)) == [("ServiceMoveParams.inference_config", 3)]


def test_codes_that_are_declared_are_used(root: Path) -> None:
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (root / "pyserver").rglob("*.py")
        if path.name != "error_codes.py" and ".venv" not in path.parts
    )
    text += "\n".join(typescript(root).values())
    unused = {code for code in CODES if f'"{code}"' not in text}
    assert unused <= set(), unused


def table_of_verbs(root: Path) -> dict[str, str]:
    text = (root / "docs" / "internals" / "where.md").read_text(encoding="utf-8")
    head = re.search(r"^\| *verb *\| *module *\|\n\|[-| ]+\|\n((?:\|.*\n)+)", text, re.MULTILINE | re.IGNORECASE)
    assert head, "where.md has a table | verb | module |"
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in head[1].splitlines()]
    return {row[0]: row[1].strip("`") for row in rows}


def test_the_module_of_each_verb_exists(root: Path) -> None:
    named = table_of_verbs(root)
    assert set(named) == VERBS
    for verb, module in named.items():
        assert importlib.util.find_spec(module), f"{verb}: {module}"


def hand_written(root: Path) -> Iterator[Path]:
    folders = (
        "pyserver/scoredock",
        "pyserver/runtime",
        "pyserver/tools",
        "extension",
        "tests",
        "benchmarks",
        "scripts",
        "examples",
    )
    for folder in folders:
        for suffix in ("*.py", "*.ts", "*.mjs"):
            for path in (root / folder).rglob(suffix):
                if not {"node_modules", "dist", "build", ".venv", "shots"} & set(path.relative_to(root).parts):
                    yield path


UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def silent_handlers(text: str) -> list[int]:
    """Lines that catch BaseException, neither raise it again nor say why."""
    lines = text.splitlines()
    found = []
    for node in nodes_of(text):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name) and node.type.id == "BaseException":
            last = node.body[-1]
            again = isinstance(last, ast.Raise) and last.exc is None
            says = "#" in lines[node.lineno - 1] or lines[node.lineno].lstrip().startswith("#")
            if not (again or says):
                found.append(node.lineno)
    return found


def test_whoever_stops_any_exception_says_why(root: Path) -> None:
    """Ctrl-C and SystemExit are among them. Cleaning up and raising them again is what it is for."""
    found = [
        f"{path.relative_to(root)}:{line}"
        for folder in ("scoredock", "runtime", "sdk", "tools")
        for path in (root / "pyserver" / folder).rglob("*.py")
        for line in silent_handlers(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("body", ["pass", "log(fault)\n    raise Other from fault"])
def test_an_exception_that_is_stopped_in_silence_is_noticed(body: str) -> None:
    assert silent_handlers(f"try:\n    work()\nexcept BaseException as fault:\n    {body}\n") == [3]


def open_parents(source: str) -> list[int]:
    """Lines that make a folder with its parents and give a mode, which the last one alone gets."""
    found = []
    for call in (node for node in nodes_of(source) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        given = {each.arg for each in call.keywords}
        positional = len(call.args)
        if name == "mkdir" and "parents" in given and ("mode" in given or positional == 1):
            found.append(call.lineno)
        if name == "makedirs" and ("mode" in given or positional > 1):
            found.append(call.lineno)
    return found


def test_methods_of_dataclasses_are_made_late(root: Path) -> None:
    folder = root / "pyserver" / "scoredock"
    of_other_interpreters = {
        folder / "contrib" / "carry_over" / "domain" / "carry_process",
        folder / "contrib" / "drift" / "domain" / "drift_process",
        folder / "contrib" / "azure" / "domain" / "azure_process",
    }
    early = [
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if not of_other_interpreters & set(path.parents) and path.name != "late_dataclass.py"
        if re.search(
            r"^ *from dataclasses import .*\bdataclass\b|dataclasses\.dataclass\b", path.read_text("utf-8"), re.M
        )
    ]
    assert early == [], "take it from scoredock.late_dataclass"


def test_a_private_folder_has_private_parents(root: Path) -> None:
    """`make_private` of the server, the runtime and the SDK is for that."""
    found = [
        f"{path.relative_to(root)}:{line}"
        for path in sorted((root / "pyserver").rglob("*.py"))
        if not {".venv", "rule_pages"} & set(path.parts)
        for line in open_parents(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "folder.mkdir(mode=0o700, parents=True, exist_ok=True)",
        "folder.mkdir(0o700, parents=True)",
        "os.makedirs(folder, mode=0o700)",
        "makedirs(folder, 0o700, True)",
    ],
)
def test_a_mode_for_the_last_folder_alone_is_noticed(planted: str) -> None:
    assert open_parents(planted) == [1]


def test_no_file_holds_both_sides_of_a_merge(root: Path) -> None:
    marked = ["git", "grep", "-lE", "^(<{7}|>{7}) "]
    assert subprocess.run(marked, cwd=root, check=False, capture_output=True, text=True).stdout == ""


def test_nothing_is_marked_as_unfinished(root: Path) -> None:
    this = Path(__file__)
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in hand_written(root)
        if path.name not in (this.name, "protocol.ts", "signatures.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"])
def test_the_pages_every_project_has(root: Path, name: str) -> None:
    assert (root / name).stat().st_size > 200


IMPORTED_WHOLE = {
    "scoredock.language.completions": "lsp/editing.py imports it first, under a lock",
    "scoredock.no_code.frameworks": "nobody outside imports a module of it before the package",
}
"""Packages that import their own modules though the server does not begin with them, and why that is safe."""


def test_packages_that_threads_import_late_import_nothing_of_their_own(root: Path) -> None:
    """Python locks a module before its package: two threads, one from either end, and one of them sees half a
    module."""
    listed = "import json, sys; import scoredock.server; print(json.dumps(sorted(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True).stdout
    begun_with = set(json.loads(told))
    found = set()
    for init in (root / "pyserver" / "scoredock").rglob("__init__.py"):
        package = ".".join(init.parent.relative_to(root / "pyserver").parts)
        imports = [
            node.module or "" for node in ast.parse(init.read_text("utf-8")).body if isinstance(node, ast.ImportFrom)
        ]
        if package not in begun_with and any(f"{each}.".startswith(f"{package}.") for each in imports):
            found.add(package)
    assert found == IMPORTED_WHOLE.keys()
