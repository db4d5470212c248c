"""Secrets that show by their form what they are, in whatever text: keys of accounts, signed addresses, tokens."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.configuration_secret_rules import WRITTEN
from scoredock.formats.placeholders import is_example_key

if TYPE_CHECKING:
    from scoredock.formats.document_kind import DocumentKind


class ShapedSecret(NamedTuple):
    """Place and kind of a secret in a text."""

    start: int
    end: int
    variable: str
    """A usual name for a variable that holds it."""
    what: str
    """What it is, in words."""


_PATTERNS: dict[str, tuple[re.Pattern[str], Callable[[], str]]] = {
    "ACCOUNT_KEY": (re.compile(r"AccountKey=[A-Za-z0-9+/]{60,}={0,2}"), lambda: l10n.t("an account key")),
    "STORAGE_KEY": (
        re.compile(r"(?<![A-Za-z0-9+/-])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])"),
        lambda: l10n.t("the key of a storage account"),
    ),
    "SHARED_ACCESS_KEY": (
        re.compile(r"SharedAccessKey=[A-Za-z0-9+/]{30,}={0,2}"),
        lambda: l10n.t("a shared access key"),
    ),
    "SIGNED_ADDRESS": (re.compile(r"[?&]sig=[A-Za-z0-9%+/]{30,}"), lambda: l10n.t("a signed address (SAS)")),
    "ACCESS_KEY_OF_AWS": (
        re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
        lambda: l10n.t("an access key of AWS"),
    ),
    "TOKEN_OF_HUGGING_FACE": (
        re.compile(r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}"),
        lambda: l10n.t("a token of Hugging Face"),
    ),
    "TOKEN_OF_GITHUB": (
        re.compile(r"(?<![A-Za-z0-9])(?:ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{30,}"),
        lambda: l10n.t("a token of GitHub"),
    ),
    "KEY_OF_OPENAI": (
        re.compile(r"(?<![A-Za-z0-9])sk-(?:proj-)?[A-Za-z0-9_-]{40,}"),
        lambda: l10n.t("a key of OpenAI"),
    ),
    "BEARER_TOKEN": (
        re.compile(r"Bearer +(?:ey[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|[A-Za-z0-9]{32,})"),
        lambda: l10n.t("a bearer token"),
    ),
    "PRIVATE_KEY": (
        re.compile(r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----"),
        lambda: l10n.t("a private key"),
    ),
    "PASSWORD_IN_A_CONNECTION_STRING": (
        re.compile(r"[;\"']\s*(?:Password|Pwd)\s*=\s*[^;\s{}$<>*%\"']{6,}[;\"']", re.IGNORECASE),
        lambda: l10n.t("a password in a connection string"),
    ),
}
"""Name for a variable → what such a secret looks like, and what it is called."""
_EXPIRY = r"[?&]se=(\d{4}-\d\d-\d\d)"
_BEFORE = re.compile(_EXPIRY + r"[^\s\"']*\Z")
_BEHIND = re.compile(r"[^\s\"']*?" + _EXPIRY)
_PUBLIC = re.compile(r"https://azuremldownloads\.blob\.core\.windows\.net/[^\s\"']*\Z")
"""Where Microsoft lets everybody in: the Workbench of 2017 wrote such addresses of wheels into each new project."""
_ADDRESS = 300
"""Characters of a signed address before and behind its signature that are looked at."""
_MARKS = (
    "Key=",
    "==",
    "sig=",
    "AKIA",
    "ASIA",
    "hf_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat",
    "sk-",
    "Bearer",
    "PRIVATE KEY",
    "assword",
    "wd=",
    "WD=",
    "ASSWORD",
)
_MOST = 20
_OTHERS: frozenset[DocumentKind] = frozenset(("entry-script", "batch-script", "module", "sdk-script", "notebook"))
"""Python tells which of its texts are read."""


def shaped_secrets(text: str) -> Iterator[ShapedSecret]:
    """The secrets of a text; none that is a placeholder or made for an example."""
    if not any(mark in text for mark in _MARKS):
        return
    for variable, (pattern, what) in _PATTERNS.items():
        for match in itertools.islice(pattern.finditer(text), _MOST):
            if not (is_example_key(match.group()) or _opens_nothing(text, match)):
                yield ShapedSecret(*match.span(), variable, what())


def _opens_nothing(text: str, secret: re.Match[str]) -> bool:
    """True if a signed address says that nobody is let in any more, or leads to where everybody is."""
    before, behind = text[max(0, secret.start() - _ADDRESS) : secret.start()], text[secret.end() :][:_ADDRESS]
    if _PUBLIC.search(before):
        return True
    until = _BEFORE.search(before) or _BEHIND.match(behind)
    return until is not None and until.group(1) < datetime.now(timezone.utc).date().isoformat()


def configuration_secrets(text: str, kind: DocumentKind) -> list[Finding]:
    """Findings for secrets that show by their form what they are, one for each, where it stands first."""
    if kind in _OTHERS:
        return []
    first: dict[str, Finding] = {}
    lines = Lines(text)
    taken: list[tuple[int, int]] = []
    for each in shaped_secrets(text):
        if any(start < each.end and each.start < end for start, end in taken):
            continue  # a key in a connection string is one secret
        taken.append((each.start, each.end))
        secret = text[each.start : each.end]
        first.setdefault(secret, WRITTEN.finding(lines.range(each.start, each.end), what=each.what))
    return list(first.values())
