"""Generated files are fresh, and a planted change is noticed in every one of them."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock import error_codes, settings
from scoredock.checks import catalogue
from scoredock.features.verbs import editor_commands, verbs
from scoredock.protocol import messages
from scoredock.protocol.messages import table
from scoredock.verb import EditorCommand, argument, head, verb, verb_of

DECLARED_COMMANDS = "pyserver/scoredock/cli/command_line.json"
TABLE = "pyserver/scoredock/features/table.py"
HANDLERS = "extension/commands/handlers.ts"
LANGUAGES = ("", "zh-cn/", "zh-tw/")


@pytest.mark.long("the static checks, which every `npm test` runs, ask the same")
def test_everything_is_fresh(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(root / "pyserver" / "tools" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """The generated files and the manifest, to be spoilt."""
    names = (
        "extension/protocol.ts",
        "extension/activation/patterns.ts",
        "extension/text/engines.ts",
        "extension/text/states.ts",
        "pyserver/scoredock/analysis/rule_pages.json",
        "package.json",
        DECLARED_COMMANDS,
        TABLE,
        HANDLERS,
        "pyserver/scoredock/contrib/sdk/checks/absences.py",
        "pyserver/sdk/scoredock_azureml/packages/azureml/_scoredock/surface.py",
        *(path.name for path in root.glob("package.nls*.json")),
    )
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    for folder in ("docs", "extension/contrib"):
        shutil.copytree(root / folder, tmp_path / folder)
    return tmp_path


def stale(root: Path) -> set[str]:
    from tools import generate

    return {str(path.relative_to(root)).replace("\\", "/") for path in generate.stale(root)}


def test_a_copy_is_fresh_too(copy: Path) -> None:
    assert stale(copy) == set()


SPOILT = (
    "extension/protocol.ts",
    "extension/activation/patterns.ts",
    "docs/protocol.md",
    "docs/settings.md",
    "docs/errors.md",
    "docs/cli.md",
    "docs/internals/modules/checks.md",
    "docs/rules/SD101.md",
    DECLARED_COMMANDS,
    TABLE,
    HANDLERS,
)


def test_each_edit_by_hand_and_the_page_of_a_rule_that_is_gone_are_noticed(copy: Path) -> None:
    for name in SPOILT:
        path = copy / name
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    (copy / "docs" / "rules" / "SD999.md").write_text("# SD999\n")
    manifest = json.loads((copy / "package.json").read_text(encoding="utf-8"))
    manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"].pop()
    (copy / "package.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert stale(copy) == {*SPOILT, "docs/rules/SD999.md", "package.json"}


def add_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools import declarations, pages, typescript, verb_tables

    def planted(params: messages.ModelRef) -> messages.Model: ...

    more = (*verbs(), verb_of(verb("model/planted")(planted)))
    for module in (declarations, pages, typescript, verb_tables):
        monkeypatch.setattr(module, "verbs", lambda: more)


def add_editor_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools import manifest, verb_tables

    planted = EditorCommand("planted", "Planted", "models/models", menus=(head("models", "9_view@2"),))
    more = (*editor_commands(), planted)
    for module in (manifest, verb_tables):
        monkeypatch.setattr(module, "editor_commands", lambda: more)


def add_field(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = dataclasses.make_dataclass("ModelRef", [("id", "str"), ("planted", "str")], frozen=True)
    planted.__doc__ = messages.ModelRef.__doc__
    monkeypatch.setattr(table, "ModelRef", planted)


def add_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools import manifest, pages, typescript

    planted = (*settings.SETTINGS, settings.Setting("scoredock.check.planted", "boolean", True, "Planted.", "window"))
    for module in (settings, manifest, pages, typescript):
        monkeypatch.setattr(module, "SETTINGS", planted)


def add_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools import pages, typescript

    planted = error_codes.ErrorCode("planted", "Planted.", "Nothing.")
    monkeypatch.setattr(pages, "GROUPS", {**error_codes.GROUPS, "Planted": (planted,)})
    monkeypatch.setattr(typescript, "CODES", {**error_codes.CODES, "planted": planted})


def change_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = catalogue.pages()
    monkeypatch.setattr(catalogue, "pages", lambda: {**pages, "SD101.md": "planted"})


def add_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from scoredock.cli import reference

    planted = dataclasses.replace(reference.DECLARATIONS[0], name="workspace planted")
    monkeypatch.setattr(reference, "DECLARATIONS", (*reference.DECLARATIONS, planted))


def add_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    from scoredock.cli import commands

    first, *others = commands.PLACES
    more = (*first.declaration.arguments, argument("--planted", help="Planted."))
    planted = first._replace(declaration=dataclasses.replace(first.declaration, arguments=more))
    monkeypatch.setattr(commands, "PLACES", (planted, *others))


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        pytest.param(add_verb, {"extension/protocol.ts", "docs/protocol.md", TABLE}, id="verb"),
        pytest.param(
            add_editor_command,
            {HANDLERS, "package.json", "package.nls.json", *(f"docs/{language}editor.md" for language in LANGUAGES)},
            id="editor command",
        ),
        pytest.param(add_field, {"extension/protocol.ts", "docs/protocol.md", TABLE}, id="field"),
        pytest.param(
            add_setting, {"extension/protocol.ts", "docs/settings.md", "package.json", "package.nls.json"}, id="setting"
        ),
        pytest.param(add_error, {"extension/protocol.ts", "docs/errors.md"}, id="error"),
        pytest.param(change_rule, {"docs/rules/SD101.md"}, id="rule"),
        pytest.param(add_command, {"docs/cli.md"}, id="command"),
        pytest.param(add_argument, {DECLARED_COMMANDS}, id="argument"),
    ],
)
def test_a_changed_declaration_is_noticed(
    copy: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], expected: set[str]
) -> None:
    plant(monkeypatch)
    assert stale(copy) == expected


def test_the_digest_follows_the_fields_and_not_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.verb_tables import protocol_digest

    before = protocol_digest()
    monkeypatch.setattr(messages.ModelRef, "__doc__", "Other words.")
    assert protocol_digest() == before
    add_field(monkeypatch)
    assert protocol_digest() != before


def test_the_generator_leaves_the_rest_of_the_manifest_alone(root: Path) -> None:
    from tools import manifest

    text = (root / "package.json").read_text(encoding="utf-8")
    assert manifest.updated(text) == text
    spoilt = json.loads(text)
    spoilt["contributes"]["configuration"] = []
    again = manifest.updated(json.dumps(spoilt))
    assert json.loads(again) == json.loads(text)


def test_the_pages_of_modules_have_every_file_with_what_it_is_about(root: Path) -> None:
    from tools import modules

    pages = dict(modules.pages())
    listed = "\n".join(pages.values())
    folders = ("extension", "scripts", "pyserver/scoredock", "pyserver/runtime/scoredock_runtime", "pyserver/sdk")
    tracked = subprocess.run(["git", "ls-files", *folders], cwd=root, capture_output=True, text=True, check=True)
    files = [each for each in tracked.stdout.splitlines() if each.endswith((".py", ".ts", ".mjs"))]
    assert len(files) > 2000
    assert listed.count("\n- `") > 0.97 * len(files), "but for those that are generated"
    assert [line for line in listed.splitlines() if line.startswith("- ") and not line.partition("`: ")[2]] == []
    where = (root / "docs" / "internals" / "where.md").read_text(encoding="utf-8")
    assert [page.name for page in pages if f"](modules/{page.name})" not in where] == []
    checks = pages[Path("docs/internals/modules/checks.md")]
    assert any(line.startswith("- `secrets.py`") and "(SD165 Secret goes" in line for line in checks.splitlines())
