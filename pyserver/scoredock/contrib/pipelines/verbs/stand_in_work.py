"""Stand-ins for the actions and tasks of a platform."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import ParseError, fromstring

from scoredock import l10n
from scoredock.contrib.pipelines.verbs.repository import path_expression
from scoredock.contrib.pipelines.verbs.run_folder import Missing, RunFolder, matching
from scoredock.counts import counted

_MOST_BYTES = 20_000_000
_SWITCHES = ("cleantargetfolder", "flattenfolders", "overwrite")


def carry_out(action: str, inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    """Does it, and says what was done. Raises Missing where that cannot be."""
    work = _ACTIONS.get(action)
    return work(inputs, folder, root) if work is not None else ""


def _python(inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    version = inputs.get("python-version", inputs.get("versionspec", "")).strip()
    return folder.use_python(version if version.replace(".", "").isdigit() else "")


def _upload(inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    paths = inputs.get("path") or inputs.get("pathtopublish") or inputs.get("targetpath") or ""
    name = inputs.get("artifactname") or inputs.get("artifact") or "artifact"
    number = folder.keep(name, paths, root)
    return l10n.t("{files} in the artifact “{name}”.", files=counted(number, "file"), name=name)


def _upload_of_github(inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    """A path where nothing is fails nothing by itself, and hidden files stay."""
    name = inputs.get("name") or "artifact"
    try:
        hidden = inputs.get("include-hidden-files", "").lower() == "true"
        number = folder.keep(name, inputs.get("path", ""), root, hidden=hidden)
    except Missing as fault:
        if inputs.get("if-no-files-found", "") == "error":
            raise
        return str(fault)
    return l10n.t("{files} in the artifact “{name}”.", files=counted(number, "file"), name=name)


def _download_of_github(inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    name, pattern = inputs.get("name", ""), inputs.get("pattern") or "*"
    named = not name and inputs.get("merge-multiple", "").lower() != "true"
    return counted(folder.fetch(name, root / inputs.get("path", ""), named=named, pattern=pattern), "item")


def _download(inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    if "agent" in inputs:  # the artifacts that a deployment job gets by itself
        return counted(folder.fetch("", folder.folder, named=True), "item")
    target = Path(inputs.get("downloadpath") or folder.folder / "a")
    return counted(folder.fetch(inputs.get("artifactname") or "", root / target, named=True), "item")


def _download_here(inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    """Into the pipeline's workspace, where a path says nothing else."""
    name = inputs.get("artifact") or inputs.get("artifactname") or ""
    path = inputs.get("path") or inputs.get("targetpath") or inputs.get("downloadpath") or ""
    return counted(folder.fetch(name, folder.folder / path, named=not name), "item")


def _copied(inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    """By patterns below a folder, `!` for what is left out; a later one counts more."""
    source, target = root / inputs.get("sourcefolder", ""), root / inputs.get("targetfolder", "")
    if not source.is_dir():
        raise Missing(l10n.t("There is no folder {path}.", path=source))
    is_on = {name: inputs.get(name, "").lower() == "true" for name in _SWITCHES}
    if is_on["cleantargetfolder"]:
        shutil.rmtree(target, ignore_errors=True)
    lines = [line.strip() for line in inputs.get("contents", "").splitlines() if line.strip()] or ["**"]
    patterns = [(line[0] != "!", re.compile(path_expression(line.lstrip("!").strip("/")))) for line in lines]
    count = 0
    own = target.resolve()
    for path in sorted(each for each in source.rglob("*") if each.is_file() and own not in each.resolve().parents):
        name = path.relative_to(source)
        fits = [is_in for is_in, pattern in patterns if pattern.fullmatch(name.as_posix())]
        place = target / (name.name if is_on["flattenfolders"] else name)
        if fits and fits[-1] and (is_on["overwrite"] or not place.exists()):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)
            count += 1
    return counted(count, "file")


def _sarif(inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    path = root / (inputs.get("sarif_file") or "results.sarif")
    try:
        runs = json.loads(_bytes(path))["runs"]
        findings = sum(len(each.get("results", ())) for each in runs)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Missing(l10n.t("{path} is not SARIF.", path=path)) from None
    return counted(findings, "finding")


def _results(inputs: Mapping[str, str], folder: RunFolder, root: Path) -> str:
    """JUnit; a declaration of a document type is refused, as entities could grow."""
    pattern = inputs.get("testresultsfiles", "**/TEST-*.xml")
    base = root / inputs.get("searchfolder", "")
    files = [file for line in pattern.splitlines() if line.strip() for file in matching(line, base)]
    if not files:
        missing = l10n.t("No file is at “{pattern}”.", pattern=pattern)
        if inputs.get("failtaskonmissingresultsfile", "").lower() == "true":
            raise Missing(missing)
        return missing
    tests = bad = 0
    for file in files:
        content = _bytes(file)
        if b"<!DOCTYPE" in content:
            raise Missing(l10n.t("{path} is not a file of test results.", path=file))
        try:
            cases = list(fromstring(content).iter("testcase"))  # noqa: S314 (no document type)
        except ParseError:
            raise Missing(l10n.t("{path} is not a file of test results.", path=file)) from None
        tests += len(cases)
        bad += sum(1 for each in cases if {"failure", "error"} & {inner.tag for inner in each})
    if bad and inputs.get("failtaskonfailedtests", "").lower() == "true":
        raise Missing(l10n.t("The tests have failures: {results}.", results=counted(bad, "result")))
    return counted(tests, "result")


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except OSError:
        raise Missing(l10n.t("There is no file {path}.", path=path)) from None


_ACTIONS = {
    "copy": _copied,
    "python": _python,
    "upload": _upload,
    "upload-of-github": _upload_of_github,
    "download": _download,
    "download-of-github": _download_of_github,
    "download-here": _download_here,
    "sarif": _sarif,
    "results": _results,
}
