"""Reading of a configuration as JSON or YAML: its tree, and the findings that reading it gives."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.json_text import parse_json
from scoredock.analysis.rule import Rule
from scoredock.analysis.tree import Lines, Tree
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.text import Fix

_MAGIC = re.compile(r"\ufeff?\s*(%%writefile[^\r\n]*)(\r\n|\n|\r|$)")


def parse(text: str, path: str) -> Tree:
    """JSON for a `.json` name or a text that starts like JSON, YAML otherwise; JSON in a file called YAML is JSON."""
    begins_like_json = text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")
    yaml_name = path.lower().endswith((".yml", ".yaml"))
    if yaml_name and begins_like_json:
        strict = parse_json(text)
        if not strict.problems:
            return strict
        loose = parse_yaml(text)
        return loose if not loose.problems else strict
    if yaml_name or (not path.lower().endswith(".json") and not begins_like_json):
        return parse_yaml(text)
    return parse_json(text)


def read(text: str, path: str, broken: Rule, magic: Rule | None = None) -> tuple[Tree, list[Finding]]:
    """The tree and one finding of rule `broken` for every problem; a pasted cell magic is reported by rule `magic`."""
    match = _MAGIC.match(text)
    if match is None or magic is None:
        tree = parse(text, path)
        return tree, problem_findings(tree, broken)
    lines = Lines(text)
    place = lines.range(match.start(1), match.end(1))
    fix = Fix(l10n.t("Remove the line"), (lines.edit(match.start(1), match.end(2), ""),), preferred=True, certain=True)
    # Blank the line instead of cutting it, so that every position below stays right.
    tree = parse(text[: match.start(1)] + " " * (match.end(1) - match.start(1)) + text[match.end(1) :], path)
    magic_line = magic.finding(place, fixes=(fix,), magic=match.group(1).split()[0])
    return tree, [magic_line, *problem_findings(tree, broken)]


def problem_findings(tree: Tree, broken: Rule) -> list[Finding]:
    """One finding of a rule for every problem that reading the text met."""
    return [broken.finding(p.range, fixes=p.fixes, problem=p.message) for p in tree.problems]
