"""Lines of azure-cli-ml (v1) in shell scripts and pipelines: what they say, and the same lines of v2's `ml`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from scoredock import l10n
from scoredock.analysis.tree import Lines
from scoredock.contrib.migration.domain.report import Note
from scoredock.formats.az_lines.lines import Line, Word, command_lines, mark_of
from scoredock.formats.az_lines.table import AzVerb, Option, v1_verbs
from scoredock.late_dataclass import dataclass

_VERB_WORDS = (3, 2)
_COMMON = ("--resource-group", "--workspace-name", "--subscription-id", "--subscription", "--output", "--query")
_FLAGS = ("--debug", "--verbose", "--only-show-errors")
_ID = re.compile(r"([A-Za-z0-9][\w.-]*):(\d+)")
_V1_GROUPS = ("service", "computetarget", "folder", "dataset", "endpoint", "experiment", "pipeline", "run", "datastore")


@dataclass(frozen=True, slots=True)
class V1Line:
    """One line that was understood."""

    verb: str
    options: Mapping[str, tuple[Word, ...]]
    """By the long name of the option; flags have no value."""
    start: int
    end: int
    line: int
    """From 1."""

    def text(self, option: str) -> str:
        """The value, without quotes; empty where it is not given or the shell fills it in."""
        words = self.options.get(option, ())
        return words[0].text if words and not words[0].variable else ""

    def texts(self, option: str) -> tuple[str, ...]:
        """Values of an option that may be repeated; those with variables are left out."""
        return tuple(word.text for word in self.options.get(option, ()) if not word.variable)

    def pairs(self, option: str) -> dict[str, str]:
        """KEY=VALUE words."""
        split = (text.partition("=") for text in self.texts(option))
        return {key: value for key, equals, value in split if equals}


@dataclass(frozen=True, slots=True)
class RewrittenLines:
    """A file with its lines as v2 has them."""

    text: str
    changed: int = 0
    notes: tuple[Note, ...] = ()
    """Of lines that stay as they are."""


@dataclass(frozen=True, slots=True)
class NamesInV2:
    """Endpoints and deployments of the same shelf, by the names of their services in v1."""

    endpoints: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Service → endpoint, its file, and the file of its deployment."""
    deployment: str = "blue"


def read_lines(text: str) -> Iterator[V1Line]:
    """The lines of v1 whose verb and options v1 has."""
    lines = Lines(text)
    for line in command_lines(text):
        read = _read(line, lines)
        if read is not None:
            yield read


def _read(line: Line, lines: Lines) -> V1Line | None:
    words = [word.text for word in line.words]
    verbs = v1_verbs()
    for count in _VERB_WORDS:
        name = " ".join(words[:count])
        if name in verbs:
            options = _options(verbs[name], line.words[count:])
            if options is None:
                return None
            return V1Line(name, options, line.start, line.end, lines.position(line.start).line + 1)
    return None


def _options(verb: AzVerb, words: list[Word]) -> dict[str, tuple[Word, ...]] | None:
    by_name = {name: option for option in verb.options for name in option.names}
    options: dict[str, tuple[Word, ...]] = {}
    index = 0
    while index < len(words):
        word = words[index]
        head, equals, tail = word.text.partition("=")
        option: Option | None = by_name.get(head)
        if option is None:
            return None
        index += 1
        if option.flag:
            options[option.long] = ()
            continue
        if equals:
            value = Word(tail, word.start + len(head) + 1, word.end, word.variable, word.placeholder, word.quoted)
        elif index < len(words):
            value = words[index]
            index += 1
        else:
            return None
        options[option.long] = (*options.get(option.long, ()), value)
    return options


# -------------------------------------------------------------------------------------------------- rewriting


def rewrite(text: str, path: str, names: NamesInV2) -> RewrittenLines:
    """The lines whose meaning in v2 is certain, as v2 has them; the others stay, with a note. `path` says which
    shell."""
    both = " ; " if path.lower().endswith(".ps1") else " && "
    lines = Lines(text)
    parts: list[str] = []
    notes: list[Note] = []
    position = changed = 0
    for line in command_lines(text, mark=mark_of(path)):
        number = lines.position(line.start).line + 1
        read = _read(line, lines)
        new = _LineRewriting(text, read, names, both).text() if read is not None else None
        if new is None:
            said = _stays(line, read)
            if said:
                verb = " ".join(word.text for word in line.words[:2])
                notes.append(Note("absent", f"{path}:{number}", f"az ml {verb}", said, _next(verb), path, number))
            continue
        end = line.start + len(text[line.start : line.end].rstrip())
        parts += [text[position : line.start], new]
        position, changed = end, changed + 1
    return RewrittenLines("".join([*parts, text[position:]]), changed, tuple(notes))


def _stays(line: Line, read: V1Line | None) -> str:
    """Why a line stays as it is; empty for one that is none of v1."""
    words = [word.text for word in line.words[:2]]
    if read is not None:
        return l10n.t("What the line means in v2 is not certain; it stays as it is.")
    if words and words[0] in _V1_GROUPS:
        return l10n.t("The line is of v1 and could not be read; it stays as it is.")
    return ""


def _next(verb: str) -> str:
    steps = {
        "model profile": l10n.t("v2 has no profiles: measure with a load test."),
        "model package": l10n.t("Use `az ml online-deployment create --local`, or `az ml model package`."),
        "model delete": l10n.t("v2 archives versions: `az ml model archive`."),
        "service update": l10n.t("Change the file of the deployment, then `az ml online-deployment update --file`."),
        "service run": l10n.t("Write the request into a file, then `az ml online-endpoint invoke --request-file`."),
    }
    return steps.get(verb, l10n.t("Write the line of v2 by hand."))


class _LineRewriting:
    """One line."""

    def __init__(self, text: str, line: V1Line, names: NamesInV2, both: str) -> None:
        self._text = text
        self._line = line
        self._names = names
        self._both = both

    def text(self) -> str | None:
        """The new line, None where it is not certain."""
        work = _REWRITINGS.get(self._line.verb)
        return work(self) if work is not None else None

    def has_only(self, *options: str) -> bool:
        return set(self._line.options) <= {*options, *_COMMON, *_FLAGS}

    def raw(self, option: str) -> str:
        """The first value as it is written, with its quotes and variables."""
        words = self._line.options.get(option, ())
        return self._text[words[0].start : words[0].end] if words else ""

    def raws(self, option: str) -> str:
        """All values as they are written."""
        return " ".join(self._text[word.start : word.end] for word in self._line.options.get(option, ()))

    def made(self, verb: str, *words: str) -> str:
        """Line of v2 with the options that every line may have."""
        common = [f"{_NEW_NAMES.get(name, name)} {self.raw(name)}" for name in _COMMON if self._line.options.get(name)]
        flags = [name for name in _FLAGS if name in self._line.options]
        return " ".join(("az ml", verb, *filter(None, words), *common, *flags))

    def option(self, new: str, old: str) -> str:
        """`--new VALUE`, empty where the old one is not given."""
        value = self.raw(old)
        return f"{new} {value}" if value else ""

    # ------------------------------------------------------------------------------------------ verbs

    def register(self) -> str | None:
        allowed = ("--name", "--model-path", "--description", "--tag", "--property", "--output-metadata-file")
        if not self.has_only(*allowed) or not self.raw("--model-path"):
            return None
        return self.made(
            "model create",
            self.option("--name", "--name"),
            self.option("--path", "--model-path"),
            "--type custom_model",
            self.option("--description", "--description"),
            f"--tags {self.raws('--tag')}" if self._line.options.get("--tag") else "",
            *(f"--set properties.{self._text[w.start : w.end]}" for w in self._line.options.get("--property", ())),
        )

    def deploy(self) -> str | None:
        files = self._names.endpoints.get(self._line.text("--name"))
        if files is None:
            return None
        _, endpoint, deployment = files
        first = self.made("online-endpoint create", f"--file {endpoint}")
        return f"{first}{self._both}{self.made('online-deployment create', f'--file {deployment}', '--all-traffic')}"

    def of_endpoint(self, verb: str, *more: str) -> str | None:
        if not self.has_only("--name"):
            return None
        return self.made(f"online-endpoint {verb}", f"--name {self._endpoint()}", *more)

    def _endpoint(self) -> str:
        files = self._names.endpoints.get(self._line.text("--name"))
        return files[0] if files is not None else self.raw("--name")

    def logs(self) -> str | None:
        if not self.has_only("--name", "--num_lines"):
            return None
        names = (f"--name {self._names.deployment}", f"--endpoint-name {self._endpoint()}")
        return self.made("online-deployment get-logs", *names, self.option("--lines", "--num_lines"))

    def regenerate(self) -> str | None:
        kind = self._line.text("--key").lower()
        if not self.has_only("--name", "--key") or kind not in ("primary", "secondary"):
            return None
        return self.made("online-endpoint regenerate-keys", f"--name {self._endpoint()}", f"--key-type {kind}")

    def models(self) -> str | None:
        return self.made("model list", self.option("--name", "--model-name")) if self.has_only("--model-name") else None

    def model(self) -> str | None:
        if self.has_only("--model-name", "--version"):
            return self.made("model show", self.option("--name", "--model-name"), self.option("--version", "--version"))
        words = self._id()
        return self.made("model show", *words) if words else None

    def _id(self, *more: str) -> tuple[str, str] | None:
        match = _ID.fullmatch(self._line.text("--model-id"))
        if match is None or not self.has_only("--model-id", *more):
            return None
        return f"--name {match[1]}", f"--version {match[2]}"

    def download(self) -> str | None:
        words = self._id("--target-dir")
        return self.made("model download", *words, self.option("--download-path", "--target-dir")) if words else None

    def attach_folder(self) -> str | None:
        group, workspace = self.raw("--resource-group"), self.raw("--workspace-name")
        if not group or not workspace or not self.has_only():
            return None
        return f"az configure --defaults group={group} workspace={workspace}"

    def of_compute(self, verb: str, *more: str) -> str | None:
        if not self.has_only("--name"):
            return None
        return self.made(f"compute {verb}", self.option("--name", "--name"), *more)


_NEW_NAMES = {"--subscription-id": "--subscription"}
_REWRITINGS: dict[str, Callable[[_LineRewriting], str | None]] = {
    "model register": _LineRewriting.register,
    "model deploy": _LineRewriting.deploy,
    "model list": _LineRewriting.models,
    "model show": _LineRewriting.model,
    "model download": _LineRewriting.download,
    "service show": lambda each: each.of_endpoint("show"),
    "service list": lambda each: each.made("online-endpoint list") if each.has_only() else None,
    "service delete": lambda each: each.of_endpoint("delete", "--yes"),
    "service get-keys": lambda each: each.of_endpoint("get-credentials"),
    "service get-access-token": lambda each: each.of_endpoint("get-credentials"),
    "service get-logs": _LineRewriting.logs,
    "service regen-key": _LineRewriting.regenerate,
    "folder attach": _LineRewriting.attach_folder,
    "computetarget list": lambda each: each.of_compute("list"),
    "computetarget show": lambda each: each.of_compute("show"),
    "computetarget delete": lambda each: each.of_compute("delete", "--yes"),
    "computetarget detach": lambda each: each.of_compute("detach", "--yes"),
}
"""By verb of v1. `get-access-token` of v2 needs an endpoint with aml_token, which the one of v1 had as well."""
