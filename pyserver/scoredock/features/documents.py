"""Checks of files on disk, and the explanation of a rule."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from scoredock.errors import Place, ScoredockError
from scoredock.features.context import Context, Operation, absolute
from scoredock.features.facts import FactSource
from scoredock.protocol import messages
from scoredock.protocol.documents import Document

SIZE_LIMIT = 2_000_000
"""Bytes of a file that is read to be checked."""
_FILES_LIMIT = 10_000
_SUFFIXES = (".py", ".json", ".yml", ".yaml", ".txt")
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "dist", "build"})


def check(params: messages.DocumentCheckParams, context: Context, operation: Operation) -> messages.DocumentFindings:
    """Findings of every file of ours in the paths. Raises file-not-found, file-unreadable, file-too-large."""
    from scoredock.configs.document import kind_of

    source = FactSource(context)
    checked: list[str] = []
    findings: list[messages.DocumentFinding] = []
    files = list(_files([absolute(path) for path in params.paths]))
    for number, (path, named) in enumerate(files):
        operation.cancel.raise_if_cancelled()
        if params.work_done_token is not None:
            operation.progress.report(f"Checking {len(files)} files", 100 * number // len(files))
        text = _read(path, context, named=named)
        if text is None or kind_of(str(path), text) is None:
            continue
        checked.append(str(path))
        findings += check_text(path, text, source, context.settings.get("scoredock.check.ignore"))
    return messages.DocumentFindings(checked, findings)


def check_text(
    path: Path, text: str, source: FactSource, ignored: tuple[str, ...] = ()
) -> list[messages.DocumentFinding]:
    """Findings of one text, with columns in UTF-16 units."""
    from scoredock.checks import check as run_checks

    document = Document("", 0, text)
    found = []
    for finding in run_checks(text, source.facts(path)):
        if finding.code in ignored:
            continue
        (line, character), (end_line, end_character) = document.client_range(finding.range)
        found.append(
            messages.DocumentFinding(
                str(path),
                finding.code,
                finding.severity,
                finding.message,
                line,
                character,
                end_line,
                end_character,
                bool(finding.fixes),
                finding.tag,
            )
        )
    return found


def explain(
    params: messages.DocumentExplainParams, context: Context, operation: Operation
) -> messages.DocumentExplanation:
    """The page of a rule. Raises rule-not-found."""
    from scoredock.checks.catalogue import RULES
    from scoredock.checks.catalogue import explain as explain_rule

    code = params.code.strip().upper()
    if code not in {rule.code for rule in RULES}:
        raise ScoredockError("rule-not-found", f"There is no rule {params.code}.")
    return messages.DocumentExplanation(code, explain_rule(code))


def _files(paths: list[Path]) -> Iterator[tuple[Path, bool]]:
    """Files to look at, and whether the person named them."""
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 (answers False where Path raises)
            for count, found in enumerate(_walk(path)):
                if count >= _FILES_LIMIT:
                    break
                yield found, False
        elif os.path.lexists(path):
            yield path, True
        else:
            raise ScoredockError("file-not-found", f"{path} does not exist.", place=Place(str(path)))


def _walk(folder: Path) -> Iterator[Path]:
    for current, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not _is_environment(current, name))
        for name in sorted(names):
            if name.lower().endswith(_SUFFIXES):
                yield Path(current) / name


def _is_environment(parent: str, name: str) -> bool:
    """Virtual environments and hidden folders other than .azureml hold nothing a person wrote for us."""
    if name.startswith("."):
        return name != ".azureml"
    return (Path(parent) / name / "pyvenv.cfg").exists()


def _read(path: Path, context: Context, *, named: bool) -> str | None:
    """Text of a file; a file found in a folder that cannot be read is passed over, one that was named is refused."""
    overlay = context.overlays().get(str(path))
    if overlay is not None:
        return overlay
    try:
        if not path.is_file():
            raise OSError("it is not a regular file")
        if path.stat().st_size > SIZE_LIMIT:
            if named:
                raise ScoredockError(
                    "file-too-large", f"{path} is larger than {SIZE_LIMIT // 1_000_000} MB.", place=Place(str(path))
                )
            return None
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if named:
            raise ScoredockError(
                "file-unreadable", f"{path} cannot be read: {error}.", place=Place(str(path))
            ) from error
        return None
