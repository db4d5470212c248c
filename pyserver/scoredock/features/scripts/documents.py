"""Checks of files on disk, and the explanation of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.context import Context, Operation, absolute, request_of
from scoredock.errors import Place, ScoredockError
from scoredock.features.file_names import CHECKED_FILE
from scoredock.file_text import USUAL, UTF_8, file_text
from scoredock.protocol import messages
from scoredock.protocol.documents import Document
from scoredock.scripts.checked_files import CheckedFile, FileChecker
from scoredock.scripts.environment import OverlayReader
from scoredock.scripts.texts import read_text
from scoredock.text import Fix, Position
from scoredock.verb import CliCommand, EditorCommand, argument, files, tabs, verb

if TYPE_CHECKING:
    from scoredock.services.request import DeployRequest


@verb(
    "document/check",
    progress="Checking files",
    errors=("file-not-found", "file-unreadable", "file-too-large"),
    editor=(
        EditorCommand(
            "checkFile",
            "Check",
            "scripts/checks",
            icon="checklist",
            palette="",
            menus=(
                files(
                    f"!explorerResourceIsFolder && {CHECKED_FILE}",
                    "2_scoredock@4",
                ),
                tabs(
                    f"resourceScheme =~ /^(file|vscode-remote)$/ && {CHECKED_FILE}",
                    "2_scoredock@3",
                ),
            ),
        ),
        EditorCommand("checkAll", "Check All", "scripts/checks", icon="checklist", palette=""),
        EditorCommand(
            "checkFolder",
            "Check Folder",
            "scripts/checks",
            icon="checklist",
            menus=(files("explorerResourceIsFolder", "2_scoredock@4"),),
        ),
    ),
)
def check(params: messages.DocumentCheckParams, context: Context, operation: Operation) -> messages.DocumentFindings:
    """Findings of every file of ours in the paths."""

    def report_progress(number: int, count: int) -> None:
        if params.work_done_token is not None:
            operation.progress.report(l10n.t("Checking {count} files", count=count), 100 * number // count)

    paths = [absolute(path) for path in params.paths]
    files = FileChecker(context).files(paths, operation, report_progress)
    return as_message([each for each in files if each.encoding.problem != "size"])


def as_message(files: list[CheckedFile]) -> messages.DocumentFindings:
    """Findings of files as a message, with columns in UTF-16 units."""
    return messages.DocumentFindings(
        [str(file.path) for file in files], [found for file in files for found in findings_of(file)]
    )


def findings_of(file: CheckedFile) -> list[messages.DocumentFinding]:
    """Messages of the findings of one file; in a notebook each with its cell."""
    document = Document("", 0, file.text)
    findings = [as_finding(str(file.path), finding, document) for finding in file.findings]
    if not findings or file.path.suffix.lower() != ".ipynb":
        return findings
    from scoredock.formats.notebook_text import CellPlaces

    places = CellPlaces(file.text)
    return [
        _in_cell(each, places.of(finding.range.start)) for each, finding in zip(findings, file.findings, strict=True)
    ]


def _in_cell(finding: messages.DocumentFinding, place: tuple[int, Position] | None) -> messages.DocumentFinding:
    if place is None:
        return finding
    number, position = place
    return replace(finding, cell=number, cell_line=position.line, cell_character=position.character)


def as_finding(path: str, finding: Finding, document: Document) -> messages.DocumentFinding:
    """A finding about a file with this text, with columns in UTF-16 units."""
    (line, character), (end_line, end_character) = document.client_range(finding.range)
    return messages.DocumentFinding(
        path,
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


@verb(
    "document/repair",
    progress="Repairing files",
    errors=("file-not-found", "file-unreadable", "file-too-large"),
)
def repair(params: messages.DocumentRepairParams, context: Context, operation: Operation) -> messages.DocumentRepairs:
    """Texts of the files when the errors in them are repaired for which that is certain or which the person has chosen,
    and of the file of an environment with the packages that it lacks; nothing is written.
    """
    from scoredock.scripts import fixing

    def fix_of(finding: Finding) -> Fix | None:
        if finding.code in params.proposed:
            return finding.proposed_fix
        return finding.certain_fix if finding.severity == "error" else None

    checker = FileChecker(context)
    if params.script:
        checker.assume(absolute(params.script), _request(params))
    changed: list[messages.RepairedDocument] = []
    for file in list(checker.files([absolute(path) for path in params.paths], operation)):
        done = fixing.repair(file.text, partial(checker.check, file.path), fix_of)
        if done.repairs:
            titles = list(dict.fromkeys(each.title for each in done.repairs))
            changed.append(messages.RepairedDocument(str(file.path), done.text, titles))
    if params.script and params.packages_file:
        texts = {each.path: each.text for each in changed}
        changed += _with_packages(params, context, texts)
    return messages.DocumentRepairs(changed)


def _request(params: messages.DocumentRepairParams) -> DeployRequest:
    """The deployment that was stopped."""
    from scoredock.services.request import DeployRequest

    return request_of(DeployRequest, params, name="", entry_script=params.script)


def _with_packages(
    params: messages.DocumentRepairParams, context: Context, texts: Mapping[str, str]
) -> list[messages.RepairedDocument]:
    """The file of the environment with the packages that a script and its models lack; none where that is nothing."""
    from scoredock.scripts.facts import FactSource
    from scoredock.scripts.missing_packages import LackingScript, new_text, with_packages

    script, target = absolute(params.script), absolute(params.packages_file)
    overlays = context.overlays()
    source = FactSource(context)
    text = texts.get(str(script)) or read_text(script, overlays) or ""
    before = read_text(target, overlays)
    facts = source.facts_of_deployment(script, _request(params))
    lacking = LackingScript(script, text, source.kind(script, text) or "entry-script", facts)
    reader = OverlayReader(None, overlays)
    begun = new_text(script) if before is None else before
    after, titles = with_packages(lacking, target, begun, reader)
    if not titles:
        return []
    return [messages.RepairedDocument(str(target), after, titles, is_new=before is None)]


@verb(
    "document/saveAsUtf8",
    progress="Saving as UTF-8",
    errors=("file-not-found", "file-unreadable"),
    editor=(EditorCommand("saveAsUtf8", "Save as UTF-8", "scripts/checks"),),
)
def save_as_utf8(
    params: messages.DocumentSaveAsUtf8Params, context: Context, operation: Operation
) -> messages.SavedDocument:
    """The file with the same text, read by its mark, its coding line or its look. Raises file-not-found,
    file-unreadable."""
    from scoredock.scripts import fixing

    path = absolute(params.path)
    content = _stored(path)
    before = file_text(content, str(path))
    coding = before.encoding.coding
    # What is none of the encoding that its coding line names is read by its look.
    read = before if before.encoding.is_readable or not coding else file_text(content, "")
    if "\ufffd" in read.text:
        message = l10n.t("{path} has bytes that are none of {encoding}.", path=path, encoding=read.encoding.name)
        raise ScoredockError("file-unreadable", message, place=Place(str(path)))
    fixing.write(path, before.text, read.text.replace(coding, UTF_8, 1) if coding else read.text, USUAL)
    if context.on_write is not None:
        context.on_write()  # the text may be the same as before, so that no edit of it tells the checks
    return messages.SavedDocument(str(path), read.encoding.name)


def _stored(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        message = l10n.t("{path} does not exist.", path=path)
        raise ScoredockError("file-not-found", message, place=Place(str(path))) from error
    except OSError as error:
        message = l10n.t("{path} cannot be read: {error}.", path=path, error=error.strerror or error)
        raise ScoredockError("file-unreadable", message, place=Place(str(path))) from error


@verb(
    "document/explain",
    progress="Reading rule",
    errors=("rule-not-found",),
    terminal=CliCommand(
        "explain",
        "Print the page of a rule.",
        (argument("code", help="code of the rule, such as SD101"),),
        ("scoredock explain SD101",),
    ),
    editor=(EditorCommand("explainRule", "Explain Rule…", "scripts/checks", palette=""),),
)
def explain(
    params: messages.DocumentExplainParams, context: Context, operation: Operation
) -> messages.DocumentExplanation:
    """The page of a rule."""
    from scoredock.checks.catalogue import RULES
    from scoredock.checks.catalogue import explain as explain_rule

    code = params.code.strip().upper()
    if code not in {rule.code for rule in RULES}:
        raise ScoredockError("rule-not-found", l10n.t("There is no rule {code}.", code=params.code))
    return messages.DocumentExplanation(code, explain_rule(code))
