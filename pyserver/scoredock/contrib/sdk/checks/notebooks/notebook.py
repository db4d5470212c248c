"""Notebooks: cells in order give names to later ones, magics are understood, and cells that write files are checked as
such."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from bisect import bisect_right
from collections.abc import Sequence

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.json_text import parse_json
from scoredock.analysis.paths import folder_of, resolve
from scoredock.analysis.project_settings import effective
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.checks.configs.environment.purpose import deploys_with_own
from scoredock.checks.configs.environment.rules import NO_DEFAULTS
from scoredock.checks.contributions import check_of, remarks
from scoredock.checks.script import entry_rules
from scoredock.checks.script.script import TooComplex, parse_script
from scoredock.checks.suppression import apply_ignores
from scoredock.contrib.sdk.checks import client_rules
from scoredock.contrib.sdk.checks import rules as sdk_rules
from scoredock.contrib.sdk.checks.names import ANY_NAME
from scoredock.contrib.sdk.checks.notebooks.cells import NAMING_MAGICS, PLAIN_MAGICS, CellSource, read_cell
from scoredock.contrib.sdk.checks.notebooks.made_files import existing
from scoredock.contrib.sdk.checks.notebooks.targets import is_certain, with_targets
from scoredock.contrib.sdk.checks.sdk_script import check_parsed
from scoredock.contrib.sdk.checks.syntax import sdk_syntax_finding
from scoredock.formats.client_kinds import is_azure_notebook, is_notebook
from scoredock.formats.document_kind import kind_of
from scoredock.formats.notebook_text import read_notebook
from scoredock.formats.signs import LFS_POINTER
from scoredock.text import Fix, Position, Range, TextEdit

_NAME = re.compile(r"[A-Za-z_]\w*")


def check_notebook(text: str, facts: Facts) -> list[Finding]:
    """Findings of the JSON text of a notebook, placed in that text. Never raises."""
    try:
        notebook = read_notebook(text)
    except ValueError:
        return _invalid(text)
    if notebook is None or notebook.language not in ("python", ""):
        return []
    code = [cell for cell in notebook.cells if cell.is_code and cell.spans]
    raw = Lines(text)
    findings: list[Finding] = []
    for cell, cell_findings in zip(code, check_cells([c.text for c in code], facts), strict=True):
        if not cell_findings:
            continue
        lines, offsets = Lines(cell.text), cell.offsets(text)
        if len(offsets) != len(cell.text) + 1:
            continue  # the text was normalised on the way, so that places are not known
        for finding in cell_findings:
            if finding.code == "SD801" and not notebook.language:
                continue  # the notebook does not say that it is Python
            place = _raw(finding.range, lines, offsets, raw)
            fixes = tuple(
                dataclasses.replace(
                    fix,
                    edits=tuple(TextEdit(_raw(e.range, lines, offsets, raw), _escaped(e.new_text)) for e in fix.edits),
                )
                for fix in finding.fixes
            )
            findings.append(dataclasses.replace(finding, range=place, fixes=fixes))
    return findings


def _raw(span: Range, lines: Lines, offsets: list[int], raw: Lines) -> Range:
    start, end = lines.offset(span.start), lines.offset(span.end)
    first = offsets[start]
    # The end belongs to the character before it, so that a range never reaches into the next string.
    last = first if end <= start else _end_of(offsets, end, raw)
    return raw.range(first, max(first, last))


def _end_of(offsets: list[int], end: int, raw: Lines) -> int:
    before = offsets[end - 1]
    after = offsets[end]
    return (
        after
        if '"' not in raw.text[before + 1 : after] or (raw.text[before] == "\\" and after - before <= 12)
        else before + 1
    )


def _escaped(text: str) -> str:
    table = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(table.get(c, c) for c in text)


def _invalid(text: str) -> list[Finding]:
    if text.startswith(LFS_POINTER):
        return []  # the file itself is elsewhere
    tree = parse_json(text)
    if not tree.problems:
        return []
    problem = tree.problems[0]
    if not text.lstrip().startswith("{") and '"cells"' not in text:
        is_other = l10n.t("This is not a notebook, which is one JSON object with a list of cells, but another file.")
        return [client_rules.NOTEBOOK.finding(problem.range, problem=is_other)]
    return [client_rules.NOTEBOOK.finding(problem.range, fixes=problem.fixes, problem=problem.message)]


def check_cells(cells: Sequence[str], facts: Facts) -> list[list[Finding]]:
    """Findings of each code cell of a notebook, in order; positions are those of its own text. Never raises.

    A notebook that has to do with neither models nor services is left alone.
    """
    findings_by_cell: list[list[Finding]] = [[] for _ in cells]
    if not is_notebook(".ipynb", "\n".join(cells)):
        return findings_by_cell
    read = with_targets([read_cell(text) for text in cells])
    facts = dataclasses.replace(facts, exists=existing(read, facts.exists))
    _python_cells(cells, read, facts, findings_by_cell)
    if not is_azure_notebook("\n".join(cells)):
        # It may teach anything, unfinished lines included.
        findings_by_cell = [[f for f in each if f.code != sdk_rules.SYNTAX.code] for each in findings_by_cell]
    texts_by_path: dict[str, str] = {}
    check_shell = check_of("commands")
    for number, cell in enumerate(read):
        if cell.kind == "file":
            of_file = _file(cells[number], cell, facts, texts_by_path, _appended(read, number))
            if any(f.code == NO_DEFAULTS.code for f in of_file) and not deploys_with_own("\n".join(cells)):
                of_file = [f for f in of_file if f.code != NO_DEFAULTS.code]  # a job runs with it
            findings_by_cell[number] += of_file
        elif cell.kind == "shell":
            findings_by_cell[number] += _shifted(check_shell(cell.body, facts), Lines(cells[number]), cell.start)
        for start, command in cell.commands:
            findings_by_cell[number] += _shifted(check_shell(command, facts), Lines(cells[number]), start)
    return [
        _settled(findings, text, cell, facts)
        for findings, text, cell in zip(findings_by_cell, cells, read, strict=True)
    ]


def _settled(findings: list[Finding], text: str, cell: CellSource, facts: Facts) -> list[Finding]:
    """Findings that comments of the cell and the settings of the project leave; a file that is written was settled as
    that file.
    """
    if cell.kind == "python":
        findings = [*findings, *remarks(text, facts, "sdk-script")]
        findings = apply_ignores(findings, text, dataclasses.replace(facts, path="cell.py"), "sdk-script", unused=False)
    elif cell.kind == "shell":
        findings = [*findings, *remarks(text, facts, "commands")]
        findings = apply_ignores(findings, text, facts, "commands", unused=False)
    kept = effective(findings, facts.path, facts.settings)
    return sorted(kept, key=lambda f: (f.range.start, f.range.end, f.code))


def _shifted(findings: list[Finding], lines: Lines, start: int) -> list[Finding]:
    """The findings of a part of a cell at their places in the cell."""
    base = lines.position(start)

    def move(place: Position) -> Position:
        return Position(base.line + place.line, place.character + (base.character if place.line == 0 else 0))

    def moved(span: Range) -> Range:
        return Range(move(span.start), move(span.end))

    return [
        dataclasses.replace(
            f,
            range=moved(f.range),
            fixes=tuple(
                dataclasses.replace(x, edits=tuple(TextEdit(moved(e.range), e.new_text) for e in x.edits))
                for x in f.fixes
            ),
        )
        for f in findings
    ]


def _appended(read: list[CellSource], number: int) -> str:
    """Text that later cells append to the file that a cell writes."""
    text = ""
    for cell in read[number + 1 :]:
        if cell.kind == "file" and cell.target == read[number].target:
            if not cell.appends:
                break
            text += cell.body
    return text


def _file(text: str, cell: CellSource, facts: Facts, texts_by_path: dict[str, str], after: str) -> list[Finding]:
    """A cell that writes a file is checked as that file; `after` is what later cells append to it."""
    if not is_certain(cell.target):
        return []
    # A folder of a cluster is not here; what lies beside the notebook is the nearest to it.
    name = posixpath.basename(cell.target) if posixpath.isabs(cell.target) else cell.target
    path = resolve(folder_of(facts.path), name) if facts.path else name
    before = texts_by_path.get(path, "") if cell.appends else ""
    whole = before + cell.body
    texts_by_path[path] = whole
    kind = kind_of(path, whole)
    if kind is None or kind == "notebook" or (cell.appends and not before):
        return []  # what stands in the file already is not known here
    inner = dataclasses.replace(facts, path=path, earlier_names=frozenset())
    findings = check(whole + after, inner, kind_of(path, whole + after) or kind)
    first, end = (Lines(whole + after).position(len(part)) for part in (before, whole))
    if after:
        findings = [dataclasses.replace(f, fixes=()) for f in findings if f.range.end <= end]
    if not before:
        return _shifted(findings, Lines(text), cell.start)
    if first.character:
        return []
    part = [
        dataclasses.replace(f, range=_up(f.range, first.line), fixes=())
        for f in findings
        if f.range.start.line >= first.line
    ]
    return _shifted(part, Lines(text), cell.start)


def _up(span: Range, lines: int) -> Range:
    return Range(
        Position(span.start.line - lines, span.start.character), Position(span.end.line - lines, span.end.character)
    )


def _python_cells(
    cells: Sequence[str], read: list[CellSource], facts: Facts, findings_by_cell: list[list[Finding]]
) -> None:
    """All Python of the notebook as one script, so that names and objects of earlier cells are known."""
    parts: list[str] = []
    names: set[str] = set(facts.earlier_names)
    starts: list[int] = []
    line = 0
    for number, cell in enumerate(read):
        starts.append(line)
        body = cell.body if cell.kind == "python" else ""
        if body.strip():
            try:
                parse_script(body, facts)
            except SyntaxError as error:
                names.update(_NAME.findall(body))
                findings_by_cell[number].append(_outdented(sdk_syntax_finding(error, body), cell, Lines(cells[number])))
                body = "\n" * (len(Lines(body).starts) - 1)
            except (TooComplex, RecursionError, MemoryError):
                names.update(_NAME.findall(body[:1_000_000]))
                findings_by_cell[number].append(
                    entry_rules.TOO_COMPLEX.finding(
                        Lines(body).range(0, 0), problem="The cell is too large or nested too deeply to be checked."
                    )
                )
                body = "\n" * (len(Lines(body).starts) - 1)
        parts.append(body + "\n")
        line += len(Lines(body).starts)
        names.update(_names_of_magics(cell))
        if "%run" in cells[number] or "%load_ext" in cells[number] or "%store" in cells[number]:
            names.add("*")
    if not any(part.strip() for part in parts):
        return
    joined = "".join(parts)
    try:
        script = parse_script(joined, dataclasses.replace(facts, earlier_names=frozenset(names)))
        if "*" in names:
            script.walk.star_import = True
        findings = check_parsed(script, cells=True)
    except (SyntaxError, TooComplex, RecursionError, MemoryError):
        return
    for finding in findings:
        number = bisect_right(starts, finding.range.start.line) - 1
        findings_by_cell[number].append(
            _outdented(_in_cell(finding, starts, number, read), read[number], Lines(cells[number]))
        )


def _names_of_magics(cell: CellSource) -> set[str]:
    """Names that the magics of a cell may bind."""
    magics = [(cell.magic, cell.line)] if cell.magic else []
    for call in cell.calls:
        if call.kind == "magic":
            name, _, rest = call.text.partition(" ")
            magics.append((name, rest))
    names: set[str] = set()
    for name, line in magics:
        names.update(_NAME.findall(line) if name in NAMING_MAGICS else () if name in PLAIN_MAGICS else (ANY_NAME,))
    return names


def _in_cell(finding: Finding, starts: list[int], number: int, read: list[CellSource]) -> Finding:
    """At its place in the cell. What would be written into another cell goes to the top of this one when it is an
    import."""
    first = starts[number]
    last = starts[number + 1] if number + 1 < len(starts) else 1 << 60

    def up(place: Position) -> Position:
        return Position(max(0, place.line - first), place.character)

    fixes = []
    for fix in finding.fixes:
        edits: list[TextEdit] = []
        possible = True
        for edit in fix.edits:
            inside = first <= edit.range.start.line < last
            is_import = edit.new_text.startswith(("import ", "from ")) and edit.range.start == edit.range.end
            if inside:
                edits.append(TextEdit(Range(up(edit.range.start), up(edit.range.end)), edit.new_text))
            elif is_import:
                top = _first_code_line(read[number].body)
                edits.append(TextEdit(Range(Position(top, 0), Position(top, 0)), edit.new_text))
            else:
                possible = False
        if possible:
            fixes.append(Fix(fix.title, tuple(edits), fix.preferred))
    return dataclasses.replace(finding, range=Range(up(finding.range.start), up(finding.range.end)), fixes=tuple(fixes))


def _first_code_line(body: str) -> int:
    for number, line in enumerate(body.splitlines()):
        if line.strip() and not line.lstrip().startswith("#"):
            return number
    return 0


def _outdented(finding: Finding, cell: CellSource, lines: Lines) -> Finding:
    """Places in the text as it is written, where the kernel takes the indentation off."""
    if not cell.indent:
        return finding

    def move(place: Position) -> Position:
        line = lines.line(place.line)
        taken = cell.indent if not line[: cell.indent].strip() and len(line) >= cell.indent else 0
        return Position(place.line, place.character + taken)

    def moved(span: Range) -> Range:
        return Range(move(span.start), move(span.end))

    fixes = tuple(
        dataclasses.replace(
            f, edits=tuple(TextEdit(moved(e.range), _indented(e.new_text, lines, cell)) for e in f.edits)
        )
        for f in finding.fixes
    )
    return dataclasses.replace(finding, range=moved(finding.range), fixes=fixes)


def _indented(text: str, lines: Lines, cell: CellSource) -> str:
    """New lines get the indentation of the cell."""
    if "\n" not in text:
        return text
    first = next((lines.line(n) for n in range(len(lines.starts)) if lines.line(n).strip()), "")
    return text.replace("\n", "\n" + first[: cell.indent])
