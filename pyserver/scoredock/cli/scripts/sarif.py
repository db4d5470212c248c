"""Findings as SARIF 2.1.0, the form that code scanning and many editors read. The same findings give the same text."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from scoredock import __version__, l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.catalogue import explain, rule
from scoredock.protocol.documents import Document
from scoredock.scripts.checked_files import CheckedFile
from scoredock.text import Fix, Range

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {"error": "error", "warning": "warning", "information": "note", "hint": "note"}
_LANGUAGES = {".py": "python", ".json": "json", ".yml": "yaml", ".yaml": "yaml", ".sh": "shellscript", ".toml": "toml"}
_LINK = re.compile(r"([\\\[\]])")

Json = dict[str, Any]


def sarif(files: Sequence[CheckedFile], root: Path) -> Json:
    """SARIF of one run over files. Addresses are relative to `root` where a file lies below it."""
    ordered = sorted(files, key=lambda file: str(file.path))
    codes = sorted({finding.code for file in ordered for finding in file.findings})
    places = _Places(root, [file.path for file in ordered])
    results = [
        result for file in ordered for result in _results(file, {code: n for n, code in enumerate(codes)}, places)
    ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Scoredock",
                        "version": __version__,
                        "semanticVersion": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "invocations": [{"executionSuccessful": True}],
                "originalUriBaseIds": {
                    _ROOT: {"description": {"text": "The folder that the check was started in."}},
                },
                "columnKind": "utf16CodeUnits",
                "artifacts": [_artifact(file, places) for file in ordered],
                "results": results,
            }
        ],
    }


class _Places:
    """Addresses of files."""

    def __init__(self, root: Path, paths: Iterable[Path]) -> None:
        self._root = root
        self._indices = {str(path): index for index, path in enumerate(paths)}

    def location(self, path: str) -> Json:
        """An artifactLocation."""
        try:
            relative = os.path.relpath(path, self._root)
        except ValueError:  # another drive of Windows
            relative = ".."
        if relative == ".." or relative.startswith(f"..{os.sep}"):
            fields: Json = {"uri": PurePath(path).as_uri()}
        else:
            fields = {"uri": quote(relative.replace(os.sep, "/")), "uriBaseId": _ROOT}
        if path in self._indices:
            fields["index"] = self._indices[path]
        return fields


def _rule(code: str) -> Json:
    declared = rule(code)
    page = explain(code)
    return {
        "id": code,
        "name": _pascal(declared.page.title),
        "shortDescription": {"text": l10n.t("{sentence}.", sentence=l10n.t(declared.page.title))},
        "fullDescription": {"text": declared.page.why},
        "help": {"text": f"{declared.page.why} {l10n.t(declared.page.fix)}", "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[declared.severity]},
        "properties": {"tags": ["unnecessary"] if declared.tag == "unnecessary" else [], "precision": "high"},
    }


def _pascal(title: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", title))


def _artifact(file: CheckedFile, places: _Places) -> Json:
    fields: Json = {"location": {k: v for k, v in places.location(str(file.path)).items() if k != "index"}}
    language = _LANGUAGES.get(file.path.suffix.lower())
    if language:
        fields["sourceLanguage"] = language
    return fields


def _results(file: CheckedFile, indices: dict[str, int], places: _Places) -> list[Json]:
    document = Document("", 0, file.text)
    path = str(file.path)
    again: Counter[str] = Counter()
    results = []
    for finding in file.findings:
        result: Json = {
            "ruleId": finding.code,
            "ruleIndex": indices[finding.code],
            "level": _LEVELS[finding.severity],
            "message": {"text": _LINK.sub(r"\\\1", finding.message)},
            "locations": [_location(path, _region(document, finding.range), places)],
            "partialFingerprints": {"scoredock/v1": _fingerprint(file, finding, document, places, again)},
        }
        if finding.related:
            result["relatedLocations"] = [
                {
                    "id": number,
                    "message": {"text": _LINK.sub(r"\\\1", related.message)},
                    **_location(related.path, _related(file, document, related.path, related.range), places),
                }
                for number, related in enumerate(finding.related, start=1)
            ]
        fixes = [_fix(fix, document, path, places) for fix in finding.fixes if not fix.path and fix.edits]
        if fixes:
            result["fixes"] = fixes
        results.append(result)
    return results


def _location(path: str, region: Json | None, places: _Places) -> Json:
    physical: Json = {"artifactLocation": places.location(path)}
    if region is not None:
        physical["region"] = region
    return {"physicalLocation": physical}


def _region(document: Document, span: Range) -> Json:
    (line, character), (end_line, end_character) = document.client_range(span)
    return {
        "startLine": line + 1,
        "startColumn": character + 1,
        "endLine": end_line + 1,
        "endColumn": end_character + 1,
    }


def _related(file: CheckedFile, document: Document, path: str, span: Range) -> Json | None:
    """Columns of other files are not known in UTF-16 units; their line is."""
    if path == str(file.path):
        return _region(document, span)
    return {"startLine": span.start.line + 1} if span.end.line or span.end.character else None


def _fix(fix: Fix, document: Document, path: str, places: _Places) -> Json:
    replacements = [
        {"deletedRegion": _region(document, edit.range), "insertedContent": {"text": edit.new_text}}
        for edit in fix.edits
    ]
    change = {"artifactLocation": places.location(path), "replacements": replacements}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}


def _fingerprint(file: CheckedFile, finding: Finding, document: Document, places: _Places, again: Counter[str]) -> str:
    """The same for the same finding when lines above it come and go."""
    uri = places.location(str(file.path))["uri"]
    text = f"{finding.code}\0{uri}\0{' '.join(document.line(finding.range.start.line).split())}"
    again[text] += 1
    return hashlib.sha256(f"{text}\0{again[text]}".encode("utf-8", "replace")).hexdigest()[:32]
