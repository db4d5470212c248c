"""Input that lies in a storage: copied into the folder of a job before it begins.

fsspec and what it needs for a storage are those of the script's environment, whose interpreter copies; nothing of them
is in the server.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scoredock import l10n, run
from scoredock.contrib.batch.domain.work.programs import program
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.")


def is_url(text: str) -> bool:
    """True if an input names a storage, and not a path of this machine."""
    return _URL.match(text) is not None


def without_secrets(url: str) -> str:
    """Address without secrets: no key that stands in a query, and no password."""
    if not is_url(url):
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2] if parts.scheme in ("http", "https", "sftp", "ssh", "ftp") else parts.netloc
    return urlunsplit((parts.scheme, host, parts.path, "" if parts.scheme in ("http", "https") else parts.query, ""))


def root_of(url: str) -> str:
    """Address that the folder of the copies stands for: the folder that is named, or the one that has the file."""
    plain = without_secrets(url)
    if "/" not in plain.split("://", 1)[1]:
        return plain
    magic = min((plain.index(each) for each in "*?[" if each in plain), default=len(plain))
    folder, _, name = plain[:magic].rpartition("/")
    return folder if name or magic < len(plain) else plain.rstrip("/")


def fetch_inputs(
    copies: Sequence[tuple[str, Path]],
    suffixes: Sequence[str],
    job: tuple[str, Mapping[str, str]],
    watch: tuple[Callable[[int, int], None], CancelToken],
) -> None:
    """Copies each address into its folder, which must be there.

    `job`: the interpreter of its script, and variables for it. `watch` hears how many files and bytes are there. Raises
    ScoredockError `batch-package-missing`, `batch-input-unreachable`, `cancelled`, and OSError.
    """
    python, variables = job
    folder = copies[0][1].parent
    order = folder / "fetch.json"
    urls = [{"url": url, "folder": str(place)} for url, place in copies]
    order.touch(mode=0o600)
    order.write_text(json.dumps({"urls": urls, "suffixes": list(suffixes)}), "ascii")
    facts: dict[str, Any] = {}

    def hear(line: str) -> None:
        with contextlib.suppress(ValueError, TypeError):  # of its standard error
            facts.update(json.loads(line))
            watch[0](int(facts.get("files", 0)), int(facts.get("bytes", 0)))

    try:
        command = [python, "-I", program("fetch.py"), str(order)]
        completion = run.run(command, cwd=folder, env=run.child_environment(variables), cancel=watch[1], on_line=hear)
    finally:
        order.unlink(missing_ok=True)
    if "package" in facts:
        raise ScoredockError(
            "batch-package-missing",
            l10n.t(
                "The environment of the script lacks {package}, which copies {url}.",
                package=facts["package"],
                url=without_secrets(str(facts["url"])),
            ),
            l10n.t("Add {package} to its packages.", package=facts["package"]),
        )
    if completion.returncode:
        url = without_secrets(str(facts.get("url", copies[0][0])))
        reason = str(facts.get("fault") or (completion.stderr.strip().splitlines() or [str(completion.returncode)])[-1])
        raise ScoredockError(
            "batch-input-unreachable",
            l10n.t("{url} cannot be copied: {reason}.", url=url, reason=_without_query(reason).rstrip(".")),
        )


def _without_query(reason: str) -> str:
    """Keys in the query of an address stay out of messages."""
    return re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\"]*", r"\1", reason)
