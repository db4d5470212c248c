"""Every text of the server that a person reads, with the part of the catalog it belongs to.

`python pyserver/tools/texts.py` says which are not translated; `--missing PART` prints those of a part as JSON, to be
filled in; `--tidy` sorts the catalogs and drops what is not text any more.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scoredock import l10n
from scoredock.checks.catalogue import RULES
from scoredock.cli.command import EXIT_CODES
from scoredock.cli.commands import DECLARATIONS, HELP
from scoredock.cli.declarations import EVERYWHERE
from scoredock.contrib.table import is_present
from scoredock.engine_table import ENGINES
from scoredock.error_codes import CODES
from scoredock.features.verbs import verbs
from scoredock.formats.fields import Field
from scoredock.formats.v2.online_fields import COLLECTION
from scoredock.language import script_hover
from scoredock.language.completions import packages, script, skeletons, versions
from scoredock.language.completions.config_skeletons import CONFIG_SKELETONS
from scoredock.language.tables import FIELDS
from scoredock.registry.assets import curated
from scoredock.state_table import STATES
from scoredock.verb import CliCommand

PACKAGE = Path(l10n.__file__).parent.parent
CATALOGS = PACKAGE / "l10n"
TRANSLATED = "zh-cn"
_CODE = re.compile(r"SD\d{3}")


def texts() -> dict[str, str]:
    """Template to part, each template once: with the first part that has it."""
    parts: dict[str, str] = {}
    for part, template in _declared():
        parts.setdefault(template, part)
    for path in sorted(PACKAGE.rglob("*.py")):
        for template in of_module(path.read_text("utf-8")):
            parts.setdefault(template, part_of(path.relative_to(PACKAGE)))
    parts.pop("", None)
    return parts


def part_of(path: Path) -> str:
    """`checks/configs/v2/rules.py` → `checks-configs-v2`, `cli/main.py` → `cli`, `contrib/drift/terminal.py` → `drift`;
    what lies in no folder is `base`."""
    folders = path.parts[1:-1] if path.parts[0] == "contrib" else path.parts[:-1]
    return "-".join(folders if folders[:1] == ("checks",) else folders[:1]) or "base"


def of_module(source: str) -> Iterator[str]:
    """The templates that a module gives to `l10n.t`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _is_t(node.func) and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def _is_t(node: ast.expr) -> bool:
    """True if it reads `l10n.t`."""
    return isinstance(node, ast.Attribute) and node.attr == "t" and getattr(node.value, "id", "") == "l10n"


def _declared() -> Iterator[tuple[str, str]]:
    """Texts that are declared as plain text, and go through `l10n.t` where they are shown."""
    for code in CODES.values():
        yield from (("errors", code.title), ("errors", code.next_step))
    parts = _parts_of_rules()
    for rule in RULES:
        yield from ((parts[rule.code], text) for text in (rule.page.title, rule.page.message, rule.page.fix))
    yield from (("language", text) for text in _of_language())
    yield from (("formats", text) for table in (*FIELDS.values(), COLLECTION) for text in _of_fields(table))
    if is_present("pipelines"):
        from scoredock.contrib.pipelines.domain.keys.table import tables

        yield from (
            ("pipelines", key.text)
            for levels in tables().values()
            for keys in levels.values()
            for key in keys.values()
            if key.reading == "refused"
        )
    yield from (("features", each.progress) for each in verbs() if each.progress)
    yield from (("registry", text) for each in curated.ENVIRONMENTS for text in (each.summary, each.original))
    for help_text in (*HELP.values(), *EXIT_CODES.values()):
        yield "command-line", help_text
    yield from (("command-line", item.help) for item in EVERYWHERE)
    yield from (("command-line", engine.places) for engine in ENGINES.values())
    if is_present("exports"):
        from scoredock.contrib.exports.domain.kinds import KINDS

        yield from (("exports", text) for kind in KINDS.values() for text in (kind.title, kind.detail))
    yield from (("base", state) for state in STATES)
    for command in DECLARATIONS:
        yield from (("command-line", text) for text in _of_command(command))


def _of_command(command: CliCommand) -> Iterator[str]:
    yield command.help
    yield from (item.help for item in command.arguments)


def _of_language() -> Iterator[str]:
    """Meanings in the tables of proposals and descriptions."""
    for table in (packages.PACKAGES, packages.CHANNELS, versions.PYTHONS, script.VARIABLES):
        yield from table.values()
    yield from (meaning for _, _, meaning in script.TYPES.values())
    yield from (skeleton.detail for skeleton in (*skeletons.SKELETONS, skeletons.INIT, skeletons.RUN))
    yield from (about for each in CONFIG_SKELETONS.values() for _, about, _ in each)
    for texts in (script_hover.INIT_TEXTS, script_hover.RUN_TEXTS, script_hover.WORDS):
        yield from texts.values()
    yield from ("the interpreter", "lets pip packages follow")


def _of_fields(fields: Sequence[Field]) -> Iterator[str]:
    """Texts on keys of configuration files; a default or a key of v2 as far as it is in words."""
    for field in fields:
        yield field.doc
        yield from (
            text for text in (field.default, field.v2) if " " in text or text in ("generated", "newest", "none")
        )
        yield from _of_fields(field.fields)


def _parts_of_rules() -> dict[str, str]:
    """The part of the folder in which a rule is declared, by its code."""
    found = {}
    for path in PACKAGE.glob("**/checks/**/*rules.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
                found.setdefault(node.value, part_of(path.relative_to(PACKAGE)))
    return found


def missing(part: str = "") -> dict[str, dict[str, str]]:
    """Part to the templates that have no translation yet."""
    translations = l10n.catalog(TRANSLATED)
    found: dict[str, dict[str, str]] = {}
    for template, where in texts().items():
        if template not in translations and part in ("", where):
            found.setdefault(where, {})[template] = ""
    return found


def tidy() -> None:
    """Writes each text into the file of its part, sorted; what is not text any more is removed."""
    translations = l10n.catalog(TRANSLATED)
    parts: dict[str, dict[str, str]] = {}
    for template, part in texts().items():
        if translations.get(template):
            parts.setdefault(part, {})[template] = translations[template]
    for path in (CATALOGS / TRANSLATED).glob("*.json"):
        if path.stem not in parts:
            path.unlink()
    (CATALOGS / TRANSLATED).mkdir(exist_ok=True)
    for part, catalog in parts.items():
        text = json.dumps(dict(sorted(catalog.items())), ensure_ascii=False, indent=1)
        (CATALOGS / TRANSLATED / f"{part}.json").write_text(f"{text}\n", "utf-8")


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missing", metavar="PART")
    parser.add_argument("--tidy", action="store_true")
    options = parser.parse_args()
    if options.tidy:
        tidy()
    elif options.missing:
        print(json.dumps(missing(options.missing).get(options.missing, {}), ensure_ascii=False, indent=1))
    else:
        for part, templates in sorted(missing().items()):
            print(f"{len(templates):5} {part}")


if __name__ == "__main__":
    _main()
