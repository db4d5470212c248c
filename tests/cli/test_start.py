"""What a command loads before it does anything: the modules are counted, as times differ by machine and by load."""

from __future__ import annotations

import subprocess
import sys

import pytest
from scoredock.cli import declarations
from scoredock.cli.commands import HELP, PLACES
from scoredock.cli.declarations import document

from cli.conftest import Terminal

LIGHT = 150
"""Modules of a command that does nothing but print: Python itself, argparse and the declarations."""
ONE_FEATURE = 320
"""Modules of a command that reads the registry: SQLite, the store and the records of one noun."""
OF_SERVICES = 505
"""Modules of a command that looks at services: the registry, the engines and the client of a service's parent."""
HEAVY = ("attrs", "cattrs", "docker", "filelock", "jsonschema", "lsprotocol", "pygls", "psutil", "requests", "yaml")


def loaded(terminal: Terminal, *words: str) -> list[str]:
    """The names of the modules after a command, in a process that had loaded nothing."""
    lines = [
        "import sys",
        "from scoredock.cli import main",
        "try:",
        f"    main({list(words)!r})",
        "except SystemExit:",
        "    pass",
        "print('\\n' + ' '.join(sys.modules))",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=terminal.folder,
        env=terminal.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    # Debian's Python brings one of its own.
    return [name for name in done.stdout.splitlines()[-1].split() if name != "sitecustomize"]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["--version"], id="version"),
        pytest.param(["service", "--help"], id="noun"),
        pytest.param(["service", "deploy", "--help"], id="verb"),
        pytest.param(["az", "install", "--help"], id="az"),
        pytest.param(["modle", "list"], id="mistyped-noun"),
        pytest.param(["model", "list", "--nmae", "x"], id="mistyped-option"),
        pytest.param(["service", "show"], id="missing"),
    ],
)
def test_what_only_prints_loads_no_feature(terminal: Terminal, words: list[str]) -> None:
    modules = loaded(terminal, *words)
    ours = [name for name in modules if name.startswith(("scoredock.features", "scoredock.protocol", "scoredock.reg"))]
    assert [*ours, *(name for name in HEAVY if name in modules)] == []
    assert len(modules) <= LIGHT


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["az", "ml", "model", "list"], id="az-model-list"),
        pytest.param(["model", "list"], id="model-list"),
        pytest.param(["az", "ml", "dataset", "list"], id="az-dataset-list"),
    ],
)
def test_a_command_of_the_registry_loads_the_registry(terminal: Terminal, words: list[str]) -> None:
    modules = loaded(terminal, *words)
    foreign = ("scoredock.services.deployments", "scoredock.checks.catalogue", "scoredock.cli.services.services")
    heavy = ("docker", "jsonschema", "lsprotocol", "pygls", "requests")
    assert [name for name in (*foreign, *heavy) if name in modules] == []
    assert len(modules) <= ONE_FEATURE


@pytest.mark.parametrize("verb", ["list", "show"])
def test_looking_at_services_loads_neither_checks_nor_plans(terminal: Terminal, verb: str) -> None:
    modules = loaded(terminal, "service", verb, *(["nobody"] if verb == "show" else []))
    asked = ("scoredock.services.client", "scoredock.services.planning.choose", "scoredock.checks.check")
    heavy = ("cattrs", "docker", "jsonschema", "lsprotocol", "requests", "yaml")
    assert "scoredock.services.deployments" in modules
    assert [name for name in (*asked, *heavy) if name in modules] == []
    assert len(modules) <= OF_SERVICES


def test_each_command_is_declared_as_its_module_has_it() -> None:
    assert declarations.FILE.read_text("utf-8") == document(PLACES, HELP), "npm run generate"
    for place in PLACES:
        declared = declarations.declarations()[place.declaration.name]
        assert callable(declared.load())
        assert tuple(declared.arguments) == tuple(
            type(item)(item.flags, item.help, {k: _as_json(v) for k, v in item.options.items()}, item.names)
            for item in place.declaration.arguments
        )


def _as_json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
