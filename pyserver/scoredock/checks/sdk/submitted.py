"""What a script that is submitted needs, and the environment that it is submitted with does not have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, resolve
from scoredock.checks.models.loading import is_pinned
from scoredock.checks.requests.request_rules import OLD_JOBLIB
from scoredock.checks.script.script import ParsedScript

_OLD_IMPORT = re.compile(r"^(?:from|import)[ \t]+sklearn\.externals\b", re.MULTILINE)
_ANY_RELEASE = re.compile(r"[\"']scikit-learn[\"']")
_LINE_OF_ANY_RELEASE = re.compile(r"^[ \t]*(?:-[ \t]*)?scikit-learn[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_LIST = re.compile(r"[\"']([\w./-]+\.(?:ya?ml|txt))[\"']")
_MOST_LISTS = 10


def old_joblib(script: ParsedScript, node: ast.expr, text: str, path: str) -> Iterator[Finding]:
    """`sklearn.externals` in the text of a script that is submitted with a scikit-learn of whatever release."""
    if _OLD_IMPORT.search(text) and _lists_any_release(script) and not is_pinned(script):
        message = l10n.t(
            "“{path}” imports sklearn.externals, which scikit-learn does not have from 0.23 on, and its environment"
            " asks for no older one; import “joblib” itself.",
            path=path,
        )
        yield OLD_JOBLIB.finding(script.range(node), message=message)


def _lists_any_release(script: ParsedScript) -> bool:
    """Whether the script that submits, or a list of packages that it names, has scikit-learn without a release."""
    if _ANY_RELEASE.search(script.text):
        return True
    facts = script.facts
    lists = (resolve(folder_of(facts.path), name) for name in _LIST.findall(script.text)[:_MOST_LISTS])
    return any(_LINE_OF_ANY_RELEASE.search(facts.read(path) or "") for path in lists)
