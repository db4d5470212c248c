"""Writes every generated file of the project; `--check` only says which are stale and fails then.

Run as `python pyserver/tools/generate.py [--check] [--root FOLDER]`, which is `npm run generate`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scoredock.contrib.table import is_present

from tools import (
    commands,
    engines,
    manifest,
    modules,
    pages,
    patterns,
    sdk_absences,
    sdk_surface,
    states,
    traditional,
    typescript,
    verb_tables,
)

ROOT = Path(__file__).resolve().parent.parent.parent
RULE_PAGES = ROOT / "pyserver" / "rule_pages"
_IN_SIMPLIFIED = (
    "pyserver/scoredock/l10n/zh-cn/*.json",
    "l10n/bundle.l10n.zh-cn.json",
    "package.nls.zh-cn.json",
    "docs/zh-cn/*.md",
)

TRANSLATED_GUIDE = Path("docs", "zh-cn", "editor.md")


def outputs(root: Path) -> Iterator[tuple[Path, str]]:
    """Each generated file and the text it must have. What a package.json or LICENSE that does not exist gives is left
    out."""
    yield root / "extension" / "protocol.ts", typescript.module()
    yield root / "extension" / "activation" / "patterns.ts", patterns.module()
    yield root / "extension" / "text" / "engines.ts", engines.module()
    yield root / "extension" / "text" / "states.ts", states.module()
    yield root / "extension" / "commands" / "handlers.ts", verb_tables.extension()
    yield root / "extension" / "contrib" / "table.ts", verb_tables.contribution_table(root)
    for name, text in verb_tables.contributions(root).items():
        yield root / "extension" / "contrib" / name / "commands.ts", text
    yield root / "pyserver" / "scoredock" / "features" / "table.py", verb_tables.server()
    yield root / "docs" / "protocol.md", pages.protocol()
    yield root / "docs" / "settings.md", pages.settings()
    yield root / "docs" / "errors.md", pages.errors()
    yield root / "docs" / "curated.md", pages.curated_environments()
    yield from ((root / place, text) for place, text in modules.pages())
    yield from _of_contributions(root)
    terms = root / "LICENSE"
    if terms.exists():
        for project in (root / "pyserver", root / "pyserver" / "runtime"):
            # A wheel holds the one beside its pyproject.toml.
            yield project / "LICENSE", terms.read_text(encoding="utf-8")
    package = root / "package.json"
    if package.exists():
        yield package, manifest.updated(package.read_text(encoding="utf-8"))
        words = root / "package.nls.json"
        yield words, manifest.texts(words.read_text(encoding="utf-8"))
        yield from _in_order(words, manifest.texts(words.read_text(encoding="utf-8")))
        guide = root / "docs" / "editor.md"
        if guide.exists():
            yield guide, commands.updated(guide.read_text(encoding="utf-8"), package)
        translated = root / TRANSLATED_GUIDE
        if translated.exists():
            yield translated, _translated_guide(root)
    if importlib.util.find_spec("scoredock.checks.catalogue"):
        from scoredock.analysis import rule_pages
        from scoredock.checks.catalogue import pages as pages_of_rules

        text = rule_pages.document(RULE_PAGES)
        rule_pages.take(text)
        yield root / rule_pages.FILE.relative_to(ROOT), text
        for name, text in pages_of_rules().items():
            yield root / "docs" / "rules" / name, text
    if importlib.util.find_spec("scoredock.cli"):
        from scoredock.cli import commands as command_line
        from scoredock.cli import declarations, reference

        yield root / "docs" / "cli.md", reference.page()
        written = root / declarations.FILE.relative_to(ROOT)
        yield written, declarations.document(command_line.PLACES, command_line.HELP)
    yield from _traditional_chinese(root)


def _of_contributions(root: Path) -> Iterator[tuple[Path, str]]:
    """Generated files from tables of contributions; those of an absent contribution stay as they are."""
    if is_present("sdk"):
        yield root / sdk_surface.TARGET, sdk_surface.module()
        yield root / sdk_absences.TARGET, sdk_absences.module()
    if is_present("pipelines"):
        yield root / "docs" / "pipelines-reading.md", pages.pipeline_keys()


def _traditional_chinese(root: Path) -> Iterator[tuple[Path, str]]:
    """Files in Traditional Chinese, made from those in Simplified Chinese."""
    english, simplified = _texts(root, ""), _texts(root, ".zh-cn")
    titles = {text: traditional.traditional(text, english.get(key, "")) for key, text in simplified.items()}
    for pattern in _IN_SIMPLIFIED:
        for path in sorted(root.glob(pattern)):
            there = Path(str(path.relative_to(root)).replace("zh-cn", "zh-tw"))
            guide = path == root / TRANSLATED_GUIDE
            text = _translated_guide(root) if guide else path.read_text(encoding="utf-8")
            page = path.suffix == ".md"
            yield root / there, traditional.page(text, titles) if page else traditional.catalog(text, english)


def _in_order(words: Path, source: str) -> Iterator[tuple[Path, str]]:
    """The Chinese texts of the manifest, which people write, in the order of the English ones."""
    path = words.with_name("package.nls.zh-cn.json")
    if path.exists():
        there: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        order = [key for key in json.loads(source) if key in there]
        kept = {key: there[key] for key in (*order, *there)}
        yield path, json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


def _texts(root: Path, language: str) -> dict[str, str]:
    """The texts of the manifest in a language."""
    path = root / f"package.nls{language}.json"
    texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return texts


def _translated_guide(root: Path) -> str:
    page = (root / TRANSLATED_GUIDE).read_text(encoding="utf-8")
    return commands.updated(page, root / "package.json", "zh-cn")


def stale(root: Path) -> list[Path]:
    """Files that differ from what is declared, rule pages whose rule is gone, and translations whose source is."""
    expected = dict(outputs(root))
    wrong = [path for path, text in expected.items() if _current(path) != text]
    if any(path.parent.name == "rules" for path in expected):
        wrong += [path for path in (root / "docs" / "rules").glob("*.md") if path not in expected]
    turned = (path for pattern in _IN_SIMPLIFIED for path in root.glob(pattern.replace("zh-cn", "zh-tw")))
    return wrong + [path for path in turned if path not in expected]


def write(root: Path) -> list[Path]:
    """Brings every file up to date; gives those that had to change."""
    changed = stale(root)
    expected = dict(outputs(root))
    for path in changed:
        if path not in expected:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(expected[path], encoding="utf-8", newline="\n")
    return changed


def _current(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> int:
    """0 when everything is fresh (afterwards), 1 when `--check` found stale files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail when a file is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project folder")
    options = parser.parse_args()
    changed = stale(options.root) if options.check else write(options.root)
    for path in changed:
        print(("stale: " if options.check else "wrote: ") + str(path.relative_to(options.root)))
    if options.check and changed:
        print("run `npm run generate` and commit the result")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
