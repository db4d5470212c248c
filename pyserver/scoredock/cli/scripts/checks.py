"""`scoredock check`, `scoredock explain`, `scoredock settings`."""

from __future__ import annotations

import difflib
import sys
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import field, replace
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import ProjectSettings
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.scripts.check_output import finding_line, github_line, short_path, summary
from scoredock.cli.scripts.check_pool import checked
from scoredock.cli.session import Session, facts, with_numbers
from scoredock.context import Operation, absolute
from scoredock.counts import counted
from scoredock.features.scripts import documents
from scoredock.file_text import USUAL, file_text
from scoredock.late_dataclass import dataclass
from scoredock.protocol import wire
from scoredock.scripts.checked_files import CheckedFile, FileChecker
from scoredock.scripts.file_search import NOTEBOOK_LIMIT
from scoredock.scripts.fixing import Repair, repair, write
from scoredock.settings import SETTINGS
from scoredock.text import Fix
from scoredock.verb import CliCommand, argument
from scoredock.visible import in_row, visible

_MOST_REASONS = 5
SEVERITIES = ("error", "warning", "information", "hint")


@dataclass(slots=True)
class _CheckRun:
    """Findings and changes of one run."""

    files: list[CheckedFile] = field(default_factory=list)
    """Findings that are not shown are in there, too."""
    repairs: list[tuple[Path, Repair]] = field(default_factory=list)
    changed: list[tuple[CheckedFile, str]] = field(default_factory=list)
    """Files with their text before."""


def _check(options: Namespace, session: Session) -> int:
    if options.explain:
        return _explain(Namespace(code=options.explain), session)
    if options.stdin_filename and options.path:
        raise UsageError(
            l10n.t("--stdin-filename reads standard input and cannot be used with other files or folders.")
        )
    if options.fix and options.diff:
        raise UsageError(l10n.t("--diff and --fix cannot be used together: --diff shows what --fix would do."))
    if options.format in ("json", "sarif"):
        session.as_json = True
    selection = _selection(options)
    checker = FileChecker(session.context, selection.settings)
    paths = [absolute(path) for path in options.path or ["."]]
    session.say_workspaces([absolute(options.stdin_filename)] if options.stdin_filename else paths)
    if options.stdin_filename:
        return _standard_input(options, session, checker, selection)
    run = _CheckRun()
    for file in checked(paths, checker, Operation(cancel=session.cancel), in_process=bool(options.config)):
        if file.encoding.problem == "size":
            print(_why_not(short_path(str(file.path)), too_large=True), file=sys.stderr)
        else:
            run.files.append(_repaired(file, checker, selection, run) if options.fix or options.diff else file)
    if not options.ignore_unknown:
        _say_unknown(paths, run.files, checker)
    _say_installed(checker.installed)
    if options.diff:
        return _diff(run, session)
    _write(run, checker)
    return _print(run, options, session, selection)


def _write(run: _CheckRun, checker: FileChecker) -> None:
    """The repaired files, and what is found in all of them then."""
    for file, before in run.changed:
        write(file.path, before, file.text, file.encoding)
    if run.changed:
        # What one file says may be wrong in the light of another one that was repaired.
        checker.forget()
        run.files = [replace(file, findings=checker.check(file.path, file.text) or ()) for file in run.files]


def _say_unknown(paths: list[Path], files: list[CheckedFile], checker: FileChecker) -> None:
    """A file that was named is never passed over in silence; raises UsageError when nothing else was named."""
    ours = {file.path for file in files}
    passed = [path for path in dict.fromkeys(paths) if path not in ours and not path.is_dir()]
    reasons = [_why_not(short_path(str(path)), excluded=checker.left_out(path)) for path in passed]
    if reasons and not files:
        raise UsageError(" ".join(reasons[:_MOST_REASONS]))
    for reason in reasons:
        print(reason, file=sys.stderr)


def _say_installed(folders: list[Path]) -> None:
    """Once for all of them; those that were named themselves are checked."""
    if folders:
        names = ", ".join(in_row(short_path(str(each))) for each in sorted(folders)[:_MOST_REASONS])
        more = len(folders) - _MOST_REASONS
        if more > 0:
            text = l10n.t("Installed packages were left out: {names} and {count:,} more.", names=names, count=more)
        else:
            text = l10n.t("Installed packages were left out: {names}.", names=names)
        print(text, file=sys.stderr)


def _why_not(path: str, *, excluded: bool = False, too_large: bool = False) -> str:
    if too_large:
        return l10n.t(
            "{path} was not checked: it is larger than {limit} MB.", path=path, limit=NOTEBOOK_LIMIT // 1_000_000
        )
    if excluded:
        return l10n.t("{path} was not checked: --exclude leaves it out.", path=path)
    return l10n.t(
        "{path} was not checked: it is not an entry script, a script or notebook that uses the SDK, a configuration or"
        " an environment that Scoredock recognizes.",
        path=path,
    )


def _repaired(file: CheckedFile, checker: FileChecker, selection: RuleSelection, run: _CheckRun) -> CheckedFile:
    if not file.encoding.is_readable:
        return file  # its text is a guess

    def fix_of(finding: Finding) -> Fix | None:
        return finding.certain_fix if selection.shows(finding) else None

    repaired = repair(file.text, lambda text: checker.check(file.path, text), fix_of)
    shown = filter(selection.shows, file.findings)
    saving = [Repair(each.code, fix.title) for each in shown if (fix := each.saving_fix) is not None]
    if not repaired.repairs and not saving:
        return file
    findings = tuple(each for each in repaired.findings if each.code not in {one.code for one in saving})
    after = CheckedFile(file.path, repaired.text, findings, USUAL if saving else file.encoding)
    run.repairs += [(file.path, each) for each in (*repaired.repairs, *saving)]
    run.changed.append((after, file.text))
    return after


def _standard_input(options: Namespace, session: Session, checker: FileChecker, selection: RuleSelection) -> int:
    """Checks what comes on standard input as if it lay in the file; with `--fix` the repaired text is printed."""
    path = absolute(options.stdin_filename)
    text = file_text(sys.stdin.buffer.read(), path.name).text
    findings = checker.check(path, text)
    file = CheckedFile(path, text, findings or ())
    run = _CheckRun([file] if findings is not None else [])
    if options.fix or options.diff:
        file = _repaired(file, checker, selection, run)
        run.files = [file] if findings is not None else []
    if options.diff:
        return _diff(run, session)
    if options.fix:
        sys.stdout.flush()
        sys.stdout.buffer.write(file.text.encode("utf-8"))
        sys.stdout.buffer.flush()
        lines = [finding_line(each) for each in documents.findings_of(_kept(file, selection))]
        print("\n".join(lines), file=sys.stderr, end="\n" if lines else "")
        return _code(run.files, options, selection)
    return _print(run, options, session, selection)


def _kept(file: CheckedFile, selection: RuleSelection) -> CheckedFile:
    return replace(file, findings=tuple(filter(selection.shows, file.findings)))


def _print(run: _CheckRun, options: Namespace, session: Session, selection: RuleSelection) -> int:
    files = [_kept(file, selection) for file in run.files]
    message = documents.as_message(files)
    if options.format == "sarif":
        from scoredock.cli.scripts.sarif import sarif

        session.result(sarif(files, Path.cwd()), "")
    elif session.as_json:
        told = dict(wire.to_wire(message))
        told["findings"] = [with_numbers(each) for each in told["findings"]]
        if options.fix:
            told["fixed"] = [{"path": str(path), "code": each.code, "title": each.title} for path, each in run.repairs]
        session.result(told, "")
    else:
        line = github_line if options.format == "github" else finding_line
        session.result(message, "\n".join(map(line, visible(message.findings))))
        for path, each in run.repairs:
            print(
                l10n.t(
                    "{path}: {code} repaired: {title}",
                    path=in_row(short_path(str(path))),
                    code=each.code,
                    title=each.title,
                ),
                file=sys.stderr,
            )
        if run.repairs:
            print(
                l10n.t(
                    "{findings} repaired in {files}",
                    findings=counted(len(run.repairs), "finding"),
                    files=counted(len(run.changed), "file"),
                ),
                file=sys.stderr,
            )
        hidden = sum(len(file.findings) for file in run.files) - len(message.findings)
        print(
            summary(len(files), [item.severity for item in message.findings], hidden, _repairable(files)),
            file=sys.stderr,
        )
    return _code(run.files, options, selection)


def _repairable(files: Iterable[CheckedFile]) -> int:
    return sum((finding.certain_fix or finding.saving_fix) is not None for file in files for finding in file.findings)


def _code(files: Iterable[CheckedFile], options: Namespace, selection: RuleSelection) -> int:
    errors = any(finding.severity == "error" for file in files for finding in file.findings)
    return FAILED if errors and not options.exit_zero else OK


def _diff(run: _CheckRun, session: Session) -> int:
    """Print the changes that `--fix` would make, as a patch."""
    parts: list[str] = []
    for file, before in run.changed:
        name = short_path(str(file.path)).replace("\\", "/")
        for line in difflib.unified_diff(
            before.splitlines(keepends=True), file.text.splitlines(keepends=True), f"a/{name}", f"b/{name}"
        ):
            parts.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    if session.as_json:
        session.result({"diff": "".join(parts)}, "")
    else:
        # As bytes: the line ends of the files are part of the patch.
        sys.stdout.flush()
        sys.stdout.buffer.write("".join(parts).encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
        text = l10n.t(
            "{findings} would be repaired in {files}",
            findings=counted(len(run.repairs), "finding"),
            files=counted(len(run.changed), "file"),
        )
        print(text, file=sys.stderr)
    return FAILED if run.changed else OK


def _explain(options: Namespace, session: Session) -> int:
    found = session.ask(documents.explain, options)
    session.result(found, found.markdown.rstrip())
    return OK


def _settings(options: Namespace, session: Session) -> int:
    values = {setting.key: session.context.settings.get(setting.key) for setting in SETTINGS}
    variables = {setting.key: setting.variable for setting in SETTINGS}
    shown_values = [(key, f"{value!r}  {variables[key] and f'({variables[key]})'}") for key, value in values.items()]
    session.result(
        {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}, facts(shown_values)
    )
    return OK


COMMANDS = (
    Command(
        CliCommand(
            "check",
            "Check entry scripts, notebooks and configuration files without running them.",
            (
                argument("path", help="files and folders; the working directory by default", nargs="*", default=[]),
                argument(
                    "--format",
                    help="output format of the findings; in json “line” and “character” count from 0, “lineNumber” and"
                    " “columnNumber” from 1",
                    choices=("text", "json", "sarif", "github"),
                    default="text",
                ),
                argument("--fix", help="apply the fixes that are certain to the files", action="store_true"),
                argument(
                    "--diff",
                    help="show what --fix would do; exit code 1 if it would change anything",
                    action="store_true",
                ),
                argument(
                    "--select",
                    help="only these rules, or rules with these prefixes: SD110,SD2; may be repeated",
                    action="append",
                    default=[],
                    metavar="CODES",
                ),
                argument(
                    "--ignore",
                    help="leave out these rules; may be repeated",
                    action="append",
                    default=[],
                    metavar="CODES",
                ),
                argument(
                    "--min-severity",
                    help="lowest severity to show (information; with --select: hint)",
                    choices=SEVERITIES,
                    default="",
                ),
                argument(
                    "--exclude",
                    help="file or folder to leave out, `*` for any text; may be repeated",
                    action="append",
                    default=[],
                    metavar="PATTERN",
                ),
                argument(
                    "--stdin-filename",
                    help="check standard input as if it were this file; with --fix, print the repaired text",
                    default="",
                    metavar="FILE",
                ),
                argument(
                    "--ignore-unknown",
                    help="do not report named files that Scoredock does not recognize",
                    action="store_true",
                ),
                argument("--exit-zero", help="exit code 0 even if errors were found", action="store_true"),
                argument("--explain", help="print the page of this rule instead", default="", metavar="CODE"),
            ),
            (
                "scoredock check .",
                "scoredock check score.py inferenceconfig.json --format github",
                "scoredock check --fix --select SD1",
                "scoredock check --format sarif > scoredock.sarif",
            ),
        ),
        _check,
    ),
    Command("explain", _explain),
    Command(
        CliCommand(
            "settings",
            "Print the current settings and the environment variables that set them.",
            (),
            ("scoredock settings",),
        ),
        _settings,
    ),
)


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """Selection of the findings of a run that are shown: by code and by severity."""

    settings: ProjectSettings
    """Codes and patterns; they come on top of what the project says."""
    least: str

    def shows(self, finding: Finding) -> bool:
        return SEVERITIES.index(finding.severity) <= SEVERITIES.index(self.least)


def _selection(options: Namespace) -> RuleSelection:
    """Raises UsageError for codes that no rule has."""
    select, ignore = _rule_codes(options.select), _rule_codes(options.ignore)
    # Who names rules wants to see them, hints as well.
    least = options.min_severity or ("hint" if select else "information")
    return RuleSelection(ProjectSettings(str(Path.cwd()), ignore, select, exclude=tuple(options.exclude)), least)


def _rule_codes(texts: list[str]) -> tuple[str, ...]:
    if not texts:
        return ()  # the catalogue is not needed then
    from scoredock.checks.catalogue import RULES
    from scoredock.checks.similar import similar_code

    codes = [code.strip().upper() for words in texts for code in words.split(",") if code.strip()]
    for code in codes:
        if len(code) < 3 or not any(rule.code.startswith(code) for rule in RULES):
            near = similar_code(code, [rule.code for rule in RULES])
            if near:
                raise UsageError(l10n.t("Rule {code} does not exist. Did you mean {near}?", code=code, near=near[0]))
            raise UsageError(l10n.t("Rule {code} does not exist.", code=code))
    return tuple(codes)
