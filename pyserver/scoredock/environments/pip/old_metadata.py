"""Metadata of packages that uv refuses: their requirements as they were written before PEP 440 was enforced
(`pytz (>=2011k)`, `opencv-python (>=3.)`), which pip read until 24.1.

uv chooses with such a package and installs it as soon as it gets the metadata in words that it can read.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.environments.pip import locks
from scoredock.environments.pip.old_sources import OldSources, refused_source
from scoredock.environments.pip.uv import run_uv
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.progress import CancelToken, Progress
from scoredock.run import Completed
from scoredock.temporary.folders import TemporaryFolder

_MOST = 50
"""Releases of which the metadata is read for one question."""
_Release = tuple[str, str]
"""The normalised name of a package, and a version."""
_REFUSED = re.compile(
    r"^WARN `([\w.-]+)==([^`\s]+)` has (?:invalid metadata: |an invalid package format: The metadata at )"
)
_WARNING = re.compile(r"^WARN .*\n(?:(?!WARN |error: ).*\n\s*\^+\s*\n)?", re.MULTILINE)
"""With the line that cannot be read, and the carets below it."""
_SHARED = {"--python": 1, "--python-version": 1, "--python-platform": 1, "--find-links": 1, "--offline": 0}
"""Options that a resolution and an installation have in common, with the number of their values."""
_WRITTEN = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?P<extras>\[[^\]]*\])?\s*\(?(?P<clauses>[^()@]*)\)?\s*(?:;(?P<marker>.*))?"
)
_CLAUSE = re.compile(r"(===|~=|==|!=|<=|>=|<|>)\s*v?(?P<version>.*)")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")


def compile_packages(
    arguments: Sequence[str],
    *,
    timeout: float,
    index_url: str,
    cancel: CancelToken,
    progress: Progress,
) -> Completed:
    """`uv pip compile` of a file `*.in`, also where that leads to packages whose metadata uv refuses; the progress
    names each that is among the answer. Raises what `run_uv` raises.
    """
    read: dict[_Release, str] = {}
    refused: list[_Release] = []

    def ask() -> Completed:
        refused.clear()
        settings = "\n".join(read.values())
        answer = run_uv(
            arguments,
            timeout=timeout,
            index_url=index_url,
            cancel=cancel,
            on_line=lambda line: refused.extend(_REFUSED.findall(line)),
            settings=settings,
        )
        return Completed(answer.returncode, answer.stdout, _WARNING.sub("", f"{answer.stderr}\n"))

    completed = ask()
    while len(read) < _MOST and (wanted := _decisive(refused, read, completed)):
        with TemporaryFolder("metadata") as folder:
            for name, version in wanted:
                command = _installation(arguments, f"{name}=={version}", folder)
                run_uv(command, timeout=timeout, index_url=index_url, cancel=cancel)
            documents = {about: _metadata(*about, folder) for about in wanted}
        sources = _sources(arguments, index_url)
        for (name, version), metadata in documents.items():
            if metadata is None and sources is not None and f"--only-binary={name}" not in arguments:
                documents[name, version] = _of_wheel(sources.wheel(name, version, (), progress, cancel))
        if without_meaning := "".join(_hint(*about, each) for about, each in documents.items()):
            return replace(completed, stderr=f"{completed.stderr}\n{without_meaning}")
        read |= {about: settings_of(*about, each) for about, each in documents.items() if each is not None}
        if None in documents.values():
            break
        completed = ask()
    chosen = _versions(completed) if read else {}
    for name, version in read:
        if chosen.get(name) == version:
            progress.report(
                l10n.t(
                    "The metadata of {name} {version} is read as pip read it before 24.1: newer tools refuse it.",
                    name=name,
                    version=version,
                )
            )
    return completed


def _versions(completed: Completed) -> dict[str, str]:
    """Package → version, of a resolution."""
    pins = (line.partition(" ;")[0].split("==") for line, _ in locks.entries(completed.stdout))
    return {pin[0]: pin[1] for pin in pins if len(pin) == 2}


def _decisive(refused: Iterable[_Release], read: Mapping[_Release, str], completed: Completed) -> list[_Release]:
    """The newest release of each package that uv passed over for its metadata, where there is no solution without, or
    it took an older one."""
    newest: dict[str, str] = {}
    chosen = _versions(completed)
    failed = refused_source(completed.stderr) if completed.returncode != 0 else None
    if failed is not None and failed not in read:
        return [failed]
    for name, version in refused:
        matters = completed.returncode != 0 or (name in chosen and _is_newer(version, chosen[name]))
        if matters and (name, version) not in read and _is_newer(version, newest.get(name)):
            newest[name] = version
    return list(newest.items())


def _is_newer(version: str, other: str | None) -> bool:
    try:
        return other is None or Version(version) > Version(other)
    except InvalidVersion:
        return False


def _sources(arguments: Sequence[str], index_url: str) -> OldSources | None:
    """Builder of source archives: with the Python that is named, else ours, as uv does to ask one; None where sources
    are not allowed."""
    if "--only-binary=:all:" in arguments or "--offline" in arguments:
        return None
    named = dict(itertools.pairwise(arguments)).get("--python")
    python = Path(named) if named else own_interpreter().path
    return OldSources(python, index_url, locks.options(_listed(arguments)))


def _of_wheel(wheel: Path | None) -> Message | None:
    """The metadata in a wheel."""
    if wheel is None:
        return None
    with zipfile.ZipFile(wheel) as archive:
        name = next((each for each in archive.namelist() if each.endswith(".dist-info/METADATA")), None)
        return HeaderParser().parsestr(archive.read(name).decode("utf-8", "replace")) if name is not None else None


def _listed(arguments: Sequence[str]) -> list[str]:
    """The lines of the file that is compiled."""
    file = next(Path(word) for word in reversed(arguments) if word.endswith(".in"))
    return file.read_text("utf-8").splitlines()


def _installation(arguments: Sequence[str], requirement: str, folder: Path) -> list[str]:
    """The command that unpacks one wheel from where the others come from."""
    words = ["pip", "install", "--no-deps", "--no-build", "--target", str(folder)]
    for at, word in enumerate(arguments):
        if word in _SHARED:
            words += arguments[at : at + 1 + _SHARED[word]]
    file = folder / "wanted.txt"
    file.write_text("".join(f"{line}\n" for line in (*locks.options(_listed(arguments)), requirement)), "utf-8")
    return [*words, "-r", str(file)]


def _metadata(name: str, version: str, folder: Path) -> Message | None:
    """Metadata of a release among what is unpacked in a folder; None if it is not there."""
    for place in folder.glob("*.dist-info"):
        own_name, _, release = place.name.removesuffix(".dist-info").rpartition("-")
        if (canonicalize_name(own_name), release) == (canonicalize_name(name), version):
            with contextlib.suppress(OSError):
                return HeaderParser().parsestr((place / "METADATA").read_text("utf-8", "replace"))
    return None


def _hint(name: str, version: str, metadata: Message | None) -> str:
    """Hint as uv would write it for the first requirement without any meaning; empty if each has one."""
    for line in _lines(metadata, "Requires-Dist"):
        if readable(line) is None:
            why = l10n.t("it is not a requirement")
            return f"hint: Metadata for `{name}` (v{version}) could not be parsed:\n  {why}\n  {line}\n  ^\n"
    return ""


def _lines(metadata: Message | None, field: str) -> list[str]:
    return [" ".join(str(line).split()) for line in (metadata or Message()).get_all(field, ())]


def settings_of(name: str, version: str, metadata: Message) -> str:
    """Metadata of a release for uv: a table of `uv.toml`."""
    fields: dict[str, object] = {
        "name": name,
        "version": version,
        "requires-dist": [readable(line) for line in _lines(metadata, "Requires-Dist")],
        "provides-extra": _lines(metadata, "Provides-Extra"),
    }
    if needed := ",".join(filter(None, map(_specifier, str(metadata.get("Requires-Python", "")).split(",")))):
        fields["requires-python"] = needed
    # Texts and lists of texts are written in JSON as in TOML.
    return "[[dependency-metadata]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in fields.items())


def readable(requirement: str) -> str | None:
    """A requirement of `Requires-Dist` in the words of PEP 508; None where it has no meaning.

    Of a version that is none the numbers at its beginning count, and all that begins with them is within a bound that
    names it: `>=2011k` is `>=2011`, `<=1.4.x` is `<1.5`, `>dev` is any version.
    """
    try:
        return str(Requirement(requirement))
    except InvalidRequirement:
        pass
    match = _WRITTEN.fullmatch(requirement.strip())
    if match is None:
        return None
    marker = (match["marker"] or "").strip()
    try:
        condition = f" ; {Marker(marker)}" if marker else ""
    except InvalidMarker:
        return None
    clauses = match["clauses"].split(",")
    if any(clause.strip() and not _CLAUSE.fullmatch(clause.strip()) for clause in clauses):
        return None
    bounds = ",".join(filter(None, map(_specifier, clauses)))
    return f"{match['name']}{match['extras'] or ''}{bounds}{condition}"


def _specifier(clause: str) -> str:
    """A bound in the words of PEP 440; empty for one that bounds nothing."""
    clause = clause.strip().strip("'\"")
    try:
        return str(SpecifierSet(clause))
    except InvalidSpecifier:
        parts = _CLAUSE.fullmatch(clause)
    number = _NUMBER.match(parts["version"].lstrip("'\"")) if parts is not None else None
    if parts is None or number is None:
        return ""
    operator, begins = parts[1], number.group()
    if not parts["version"].strip("'\". ").removeprefix(begins):  # `<0.2.`
        return f"{operator.replace('===', '==')}{begins}" if operator != "~=" or "." in begins else f">={begins}"
    head, dot, last = begins.rpartition(".")
    bounds = {">": ">=", "~=": "~=" if head else ">=", ">=": ">=", "<": "<"}
    if operator == "<=":
        return f"<{head}{dot}{int(last) + 1}"
    return f"{bounds[operator]}{begins}" if operator in bounds else f"{operator[0]}={begins}.*"
