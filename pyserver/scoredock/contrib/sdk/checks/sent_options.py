"""Options that a script is submitted with, and that its parser of the command line refuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import proposal
from scoredock.checks.script.qualified import argument, follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script
from scoredock.checks.similar import similar
from scoredock.contrib.sdk.checks import rules

_ARGUMENTS = (2, "arguments")
"""Of ScriptRunConfig and of PythonScriptStep."""
_OPTION = re.compile(r"(--[A-Za-z][\w-]*)(?:=.*)?", re.DOTALL)
_LENIENT = re.compile(r"parse_known_|parse_intermixed|add_subparsers|sys\.argv|REMAINDER|\bargv\b")
"""What takes options that no `add_argument` names, or gives the parser others than those of the command line."""
_HARMLESS = frozenset(("prog", "usage", "description", "epilog", "formatter_class", "add_help"))
"""Arguments of a parser after which it reads options as usual."""


def check_sent_options(script: ParsedScript, call: ast.Call, scope: Scope, text: str, path: str) -> Iterator[Finding]:
    """A finding for each option of a submission that ends the run of the script whose text and path these are."""
    node = argument(call, *_ARGUMENTS)
    sent, _ = follow(node, scope) if node is not None else (None, None)
    if not isinstance(sent, ast.List | ast.Tuple):
        return
    names = [(each, _option(each)) for each in sent.elts]
    if not any(name for _, name in names) or (options := _read_options(text)) is None:
        return
    for element, name in names:
        # A parser takes the beginning of an option for the option.
        if not name or any(each.startswith(name) for each in options):
            continue
        near = next(iter(similar(name, sorted(options), 1, 0.8)), "")
        message = l10n.t(
            "“{path}” has no option {name}, and its parser ends the run{hint}.",
            path=path,
            name=name,
            hint=proposal(near),
        )
        yield rules.ENTRY_SCRIPT.finding(script.range(element), severity="warning", message=message)


def _option(node: ast.expr) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    option = _OPTION.fullmatch(node.value) if is_text else None  # type: ignore[attr-defined]
    return option[1] if option else ""


def _read_options(text: str) -> set[str] | None:
    """All options that the one parser of a script takes; None where that is not sure, or where it ends no run."""
    if "parse_args" not in text or _LENIENT.search(text):
        return None
    try:
        script = parse_script(text, Facts())
    except (SyntaxError, TooComplex, RecursionError, MemoryError):
        return None
    names = _names_of_parser(script)
    calls = [call for call, _, _ in script.walk.calls]
    if any(isinstance(each, ast.Name) and each.id in names for call in calls for each in (*call.args, *_values(call))):
        return None  # something else may add to it
    methods = [(call.func, call) for call in calls if isinstance(call.func, ast.Attribute)]
    reads = [(method, call) for method, call in methods if method.attr == "parse_args"]
    if not reads or not all(
        isinstance(method.value, ast.Name) and method.value.id in names and not (call.args or call.keywords)
        for method, call in reads
    ):
        return None
    added = [call for method, call in methods if method.attr == "add_argument"]
    if any(each.arg is None for call in added for each in call.keywords):
        return None
    options = [each.value if isinstance(each, ast.Constant) else None for call in added for each in call.args]
    texts = {each for each in options if isinstance(each, str)}
    return texts | {"--help"} if all(isinstance(each, str) for each in options) else None


def _names_of_parser(script: ParsedScript) -> set[str]:
    """Names of the only parser of a script, if its arguments leave it as strict as usual."""
    parsers = [call for call, _, _, name in script.named_calls if name == "argparse.ArgumentParser"]
    if len(parsers) != 1 or parsers[0].args or {each.arg for each in parsers[0].keywords} - _HARMLESS:
        return set()
    return {
        name
        for inner in script.walk.scopes
        for name, bindings in inner.bindings.items()
        if any(each.value is parsers[0] for each in bindings)
    }


def _values(call: ast.Call) -> list[ast.expr]:
    return [each.value for each in call.keywords]
