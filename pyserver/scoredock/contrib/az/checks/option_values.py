"""The values of the options of one `az ml` command: names, numbers, choices, models and files."""

from __future__ import annotations

import re
from collections.abc import Callable

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import known_folder, resolve
from scoredock.analysis.rule import quoted_names
from scoredock.analysis.tree import Lines
from scoredock.checks.absent_files import lies_elsewhere
from scoredock.checks.similar import similar
from scoredock.contrib.az.checks import rules
from scoredock.formats.az_lines.lines import Line, Word
from scoredock.formats.az_lines.table import AzVerb, Option
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix

_FOLDERS = 60
"""Folders of a project that are looked into for a file."""
MADE_BY_FILE = (
    "--ic",
    "--inference-config-file",
    "--dc",
    "--deploy-config-file",
    "--cf",
    "--conda-file",
    "--model-path",
    "--pi",
    "--profile-input",
    "--ds",
    "--extra-docker-file-steps",
    "--sp",
    "--ssl-cert-pem-file",
    "--sk",
    "--ssl-key-pem-file",
    "--es",
    "--entry-script",
)
"""Options of v1 whose value is a file or folder that must be there."""
_NameRule = tuple[re.Pattern[str], int, int, Callable[[], str]]
"""What names consist of, their least and most characters, and that in words."""
_SERVICE: _NameRule = (
    re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?"),
    3,
    32,
    lambda: l10n.t(
        "service names have 3 to 32 lower-case letters, digits or dashes, begin with a letter and do not end with a"
        " dash"
    ),
)
_MODEL: _NameRule = (
    re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]*"),
    1,
    255,
    lambda: l10n.t("model names have letters, digits, dashes, dots and underscores, and begin with a letter or digit"),
)
_ENDPOINT: _NameRule = (
    re.compile(r"[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"),
    3,
    32,
    lambda: l10n.t(
        "endpoint names have 3 to 32 letters, digits or dashes, begin with a letter and do not end with a dash"
    ),
)
_NAMES: dict[str, _NameRule] = {
    "model deploy": _SERVICE,
    "model register": _MODEL,
    "online-endpoint create": _ENDPOINT,
    "batch-endpoint create": _ENDPOINT,
}
_CHOICES = {
    "--key": ("primary", "secondary"),
    "--runtime": ("python", "spark-py", "python-slim"),
    "--cuda-version": ("9.0", "9.1", "10.0"),
    "--compute-type": ("aci", "aks", "local", "aksendpoint"),
    "--token-auth-enabled": ("true", "false"),
    "--auth-enabled": ("true", "false"),
    "--autoscale-enabled": ("true", "false"),
    "--auth-mode": ("key", "aml_token", "aad_token"),
    "--key-type": ("primary", "secondary"),
    "--container": ("inference-server", "storage-initializer"),
}
_POSITIVE = frozenset(
    (
        "--cpu-cores",
        "--memory-gb",
        "--num-replicas",
        "--autoscale-min-replicas",
        "--autoscale-max-replicas",
        "--scoring-timeout-ms",
        "--replica-max-concurrent-requests",
        "--max-request-wait-time",
    )
)
QUOTES = {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"}


@dataclass(slots=True)
class OptionValue:
    """One option as it stands in the line."""

    option: Option
    word: Word
    value: Word | None = None


class ValueReader:
    """Reader of one command, with the options that were read so far, and what is said of their values."""

    def __init__(self, name: str, form: AzVerb, line: Line, lines: Lines, facts: Facts) -> None:
        self.name, self.form, self.line, self.lines, self.facts = name, form, line, lines, facts
        self.given: list[OptionValue] = []
        self.findings: list[Finding] = []

    def tell(self, finding: Finding) -> None:
        """Keeps a finding."""
        self.findings.append(finding)

    def edit(self, title: str, word: Word, new: str, *, certain: bool = False) -> Fix:
        """The repair that writes something else for a word."""
        return Fix(title, (self.lines.edit(word.start, word.end, new),), preferred=True, certain=certain)

    def curly(self, word: Word) -> Finding:
        """A word in the quotes of a word processor."""
        text = "".join(QUOTES.get(c, c) for c in word.text)
        end = word.end
        fix = Fix(l10n.t("Write plain quotes"), (self.lines.edit(word.start, end, text),), preferred=True)
        return rules.CHARACTER.finding(
            self.lines.range(word.start, word.start + 1),
            fixes=(fix,),
            character=word.text[0],
            plain=QUOTES[word.text[0]],
        )

    def has(self, *names: str) -> bool:
        """True if one of these options is given."""
        return any(n in item.option.names for item in self.given for n in names)

    def value(self, item: OptionValue) -> None:
        """Checks the value of one option."""
        value = item.value
        if value is None or value.variable or value.placeholder or not value.text:
            return
        if value.text[:1] in QUOTES and not value.quoted:
            self.tell(self.curly(value))
            return
        long = item.option.long
        place = self.lines.range(value.start, value.end)
        if item.option.pair and long not in ("--remove-tag",) and not self.name.endswith(" list"):
            if "=" not in value.text:
                split = re.fullmatch(r"([\w.-]+):([^:=]+)", value.text)
                fix = (
                    (
                        self.edit(
                            l10n.t("Write an equals sign"),
                            value,
                            self._quoted(value, f"{split.group(1)}={split.group(2)}"),
                        ),
                    )
                    if split
                    else ()
                )
                self.tell(rules.PAIR.finding(place, fixes=fix, option=long, value=value.text[:60]))
            return
        choices = _CHOICES.get(long)
        if (
            choices
            and self.form.closed is (long not in ("--auth-mode", "--key-type", "--container"))
            and value.text.lower() not in choices
        ):
            problem = l10n.t(
                "{option} must be {choices}, not “{value}”",
                option=long,
                choices=quoted_names(choices, "or"),
                value=value.text[:60],
            )
            self.tell(rules.VALUE.finding(place, problem=problem))
        elif long in _POSITIVE and self.form.closed:
            number = re.fullmatch(r"-?\d+(?:\.\d+)?", value.text)
            if not number:
                problem = l10n.t("{option} must be a number, not “{value}”", option=long, value=value.text[:60])
                self.tell(rules.VALUE.finding(place, problem=problem))
            elif float(value.text) <= 0:
                self.tell(rules.VALUE.finding(place, problem=l10n.t("{option} must be greater than 0", option=long)))
        elif "--name" in item.option.names and self.name in _NAMES:
            self._name(value)
        elif "--model" in item.option.names and self.form.closed:
            self._model(value)
        elif any(n in MADE_BY_FILE for n in item.option.names) or (
            "--file" in item.option.names and not self.form.closed
        ):
            self._file(value, self._source_directory() if long == "--entry-script" else "")

    def _quoted(self, word: Word, new: str) -> str:
        first = self.lines.text[word.start : word.start + 1]
        return f"{first}{new}{first}" if word.quoted and first in ("'", '"') else new

    def _name(self, value: Word) -> None:
        pattern, least, most, grammar = _NAMES[self.name]
        name = value.text
        if self.name == "model register" and not self.form.closed:
            return
        if pattern.fullmatch(name) and least <= len(name) <= most:
            return
        if self.name == "model register":
            better = re.sub(r"[^a-zA-Z0-9\-._]+", "-", name).lstrip("-._")[:most]
        else:
            better = re.sub(r"[^a-zA-Z0-9]+", "-", name.lower() if self.name == "model deploy" else name)
            better = re.sub(r"^[^a-zA-Z]+|-+$", "", better)[:most].rstrip("-")
        fix = (
            (self.edit(l10n.t("Change to {new}", new=better), value, self._quoted(value, better)),)
            if pattern.fullmatch(better) and len(better) >= least
            else ()
        )
        self.tell(
            rules.NAME.finding(self.lines.range(value.start, value.end), fixes=fix, grammar=grammar(), name=name[:60])
        )

    def _model(self, value: Word) -> None:
        if ":" in value.text or "/" in value.text or "\\" in value.text:
            return
        versions = (self.facts.models or {}).get(value.text)
        version = versions[-1].version if versions else 1
        title = l10n.t("Change to {new}", new=f"{value.text}:{version}")
        fix = Fix(
            title,
            (self.lines.edit(value.start, value.end, self._quoted(value, f"{value.text}:{version}")),),
            preferred=bool(versions),
        )
        self.tell(
            rules.VERSION.finding(
                self.lines.range(value.start, value.end),
                fixes=(fix,),
                name=value.text[:60],
                version=l10n.t("version") if not versions else version,
            )
        )

    def _source_directory(self) -> str | None:
        """The folder that the entry script is in; None where a variable holds it."""
        item = next((each for each in self.given if each.option.long == "--source-directory"), None)
        if item is None or item.value is None:
            return ""
        return None if item.value.variable or item.value.placeholder else item.value.text

    def _file(self, value: Word, source: str | None) -> None:
        folder = known_folder(self.facts)
        path = resolve(source or "", value.text.replace("\\", "/"))
        if (
            folder is None
            or source is None
            or path.startswith(("/", "~", "http", "@"))
            or path[1:2] == ":"
            or self.has("--path")
            or "*" in path
        ):
            return
        base = folder
        for _ in range(5):  # scripts are often started from a folder above their own
            if self.facts.exists(resolve(base, path)):
                return
            above = resolve(base, "..")
            if above == base:
                break
            base = above
        name = path.rsplit("/", 1)[-1]
        if name and self.lines.text.count(name) > 1:
            return  # an earlier line may make it
        if any(self._lies_in_a_folder_of(each, path) for each in (folder, resolve(folder, ".."))):
            return
        if "/" in path.strip("./") and lies_elsewhere(path, self.facts):
            return
        self.tell(
            rules.FILE.finding(
                self.lines.range(value.start, value.end),
                fixes=() if source else self._nearest(value, path, folder),
                path=value.text[:200],
            )
        )

    def _lies_in_a_folder_of(self, above: str, path: str) -> bool:
        """True if a folder below or beside that of the script has the file: a pipeline starts the script there."""
        if self.facts.listing is None:
            return False
        try:
            beside = self.facts.listing(above)
        except OSError:
            return False
        return any(self.facts.exists(resolve(resolve(above, name), path)) for name in beside[:_FOLDERS])

    def _nearest(self, value: Word, path: str, folder: str) -> tuple[Fix, ...]:
        parent, _, name = path.rpartition("/")
        if self.facts.listing is None:
            return ()
        try:
            names = self.facts.listing(resolve(folder, parent) if parent else folder)
        except OSError:
            return ()
        near = similar(name[:100], names, 1, 0.7)
        if not near:
            return ()
        new = f"{parent}/{near[0]}" if parent else near[0]
        return (self.edit(l10n.t("Change to {new}", new=new), value, self._quoted(value, new)),)
