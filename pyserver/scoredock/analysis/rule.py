"""Rules: data about one kind of mistake, and the maker of its findings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from functools import partial, reduce
from typing import TYPE_CHECKING, Literal

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.finding import Finding, Related, Severity, Tag
from scoredock.analysis.rule_pages import RulePage, rule_page
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from scoredock.pickles.facts import PickleFacts
    from scoredock.text import Fix, Range

ScriptKind = Literal["entry-script", "batch-script", "module"]
"""What a Python file is in a deployment: the script that the service calls, the one that a run of batches calls, or a
module that one of them imports."""
SCRIPT_KINDS: tuple[ScriptKind, ...] = ("entry-script", "batch-script", "module")
_SHOWN = 300
"""Characters of a word in a message."""
ROOT = "/project"
"""Folder that the examples of the rules pretend to lie in."""


@dataclass(frozen=True, slots=True)
class World:
    """Project around the examples of a rule, so that a page can describe it and a test can make it."""

    path: str = "score.py"
    """Name of the example's own file, relative to the project."""
    files: tuple[str, ...] = ()
    """Further files and, with a trailing slash, folders of the project."""
    models: tuple[ModelFacts, ...] = ()
    deployed: bool = False
    """Whether the script is deployed with those models."""
    environment: EnvironmentFacts | None = None
    """What the script will run in."""
    source_directory: str = ""
    """Source directory of the inference configuration that names the script, relative to the project."""
    script_only: bool = False
    """Whether the script is deployed without a source directory."""
    earlier_names: tuple[str, ...] = ()
    """Names that earlier cells of a notebook leave behind."""
    environments: tuple[tuple[str, tuple[int, ...]], ...] | None = None
    """Registered environments and their versions."""
    texts: tuple[tuple[str, str], ...] = ()
    """What stands in further files of the project; they need not be named in `files` too."""
    migration: bool = False
    """Whether the user wants to see what changes in Azure ML v2."""
    pickles: tuple[tuple[str, PickleFacts], ...] = ()
    """What the opcodes of the files of its models say, by their names."""

    def facts(self) -> Facts:
        """The facts of that small world."""
        texts = {posixpath.normpath(posixpath.join(ROOT, name)): text for name, text in self.texts}
        paths = {posixpath.normpath(posixpath.join(ROOT, name)) for name in (self.path, *self.files)} | set(texts)
        folders = {ROOT} | {posixpath.normpath(posixpath.join(ROOT, n)) for n in self.files if n.endswith("/")}
        for path in list(paths):
            while (path := posixpath.dirname(path)).startswith(ROOT):
                folders.add(path)

        def listing(folder: str) -> Sequence[str]:
            folder = folder.rstrip("/")
            return sorted({p[len(folder) + 1 :].split("/")[0] for p in paths | folders if p.startswith(folder + "/")})

        models: dict[str, tuple[ModelFacts, ...]] = {}
        for model in self.models:
            models[model.name] = (*models.get(model.name, ()), model)
        return Facts(
            path=posixpath.join(ROOT, self.path),
            exists=lambda path: path.rstrip("/") in paths | folders,
            pickle=lambda _, name: dict(self.pickles).get(name),
            is_folder=lambda path: path.rstrip("/") in folders,
            listing=listing,
            read=texts.get,
            models=models if self.models else None,
            deployed_models=self.models if self.deployed else None,
            environment=self.environment,
            source_directory=posixpath.normpath(posixpath.join(ROOT, self.source_directory))
            if self.source_directory
            else "",
            script_only=self.script_only,
            earlier_names=frozenset(self.earlier_names),
            migration=self.migration,
            environments=dict(self.environments) if self.environments is not None else None,
        )


_ARTICLES = ("a ", "an ", "the ")
_GOES_ON = re.compile(r"[;,:?] |[；，：？]")  # noqa: RUF001
_PROPOSALS = (("; did you mean ", ".", "?"), ("；是否指的是", "。", "？"))  # noqa: RUF001
"""How a proposal begins in each language, the sign behind it, and the one that it needs."""
_JOINS_CHARACTERS = "\u200d"
"""Invisible, and part of many emoji."""


def listed(parts: Iterable[str]) -> str:
    """Words one after the other, without a word before the last: a, b, c."""
    each = list(parts)
    return reduce(lambda before, part: l10n.t("{names}, {last}", names=before, last=part), each) if each else ""


def enumeration(parts: Sequence[str], last: Literal["and", "or"] = "and") -> str:
    """Words one after the other, as a sentence of the person's language has them: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    before = listed(parts[:-1])
    if last == "or":
        return l10n.t("{names} or {last}", names=before, last=parts[-1])
    return l10n.t("{names} and {last}", names=before, last=parts[-1])


def quoted_names(names: Iterable[object], last: Literal["and", "or"] = "and") -> str:
    """Names and values as a message shows them: “a”, “b” and “c”."""
    return enumeration([_quoted(name) for name in names], last)


def quoted_value(value: str, nothing: str = "") -> str:
    """A value of a file as a message shows it; `nothing` where there is nothing to see, or “empty”."""
    return _quoted(value) if value else nothing or l10n.t("empty")


def _quoted(name: object) -> str:
    """In the quotes of the person's language."""
    return l10n.t("“{name}”", name=name)


def proposal(name: str | None) -> str:
    """The end of a sentence that proposes a name, before its sign; empty where there is none to propose."""
    return l10n.t("; did you mean “{name}”", name=name) if name else ""


def _one_line(sentence: str) -> str:
    """Line ends as spaces, and what cannot be seen as its code: a message is one line, whatever the text it speaks
    of."""
    if sentence.isprintable():
        return sentence
    joined = " ".join(sentence.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    seen = (c if c.isprintable() or c == _JOINS_CHARACTERS else repr(c)[1:-1] for c in joined)
    return "".join(seen)


def _as_sentence(words: str) -> str:
    """A capital where prose begins, and a question mark behind a question."""
    if words.startswith(_ARTICLES):
        words = words[0].upper() + words[1:]
    if words.endswith("？。"):  # noqa: RUF001
        return words[:-1]
    for begin, stop, sign in _PROPOSALS:
        _, subject, proposed = words.rpartition(begin)
        if subject and words.endswith(stop) and not _GOES_ON.search(proposed):
            return words[:-1] + sign
    return words


def _shortened(value: object) -> object:
    """The value, cut where it is a long text: what comes from a file may be of any length, a sentence may not."""
    return f"{value[:_SHOWN]}…" if isinstance(value, str) and len(value) > _SHOWN else value


def first_of_each(findings: Iterable[Finding], path: str, kind: Callable[[Finding], str]) -> list[Finding]:
    """The first finding of each kind in a file, with the places of the others beside it."""
    first: dict[str, Finding] = {}
    for each in findings:
        name = kind(each)
        earlier = first.get(name)
        again = (Related(path, l10n.t("Here as well."), each.range),)
        first[name] = each if earlier is None else replace(earlier, related=(*earlier.related, *again))
    return list(first.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of mistake, declared once: the checks, the pages, `--explain` and the tests all read it here. Its texts
    and examples are files of `pyserver/rule_pages/CODE`."""

    code: str
    """`SD` and three digits; never reused."""
    severity: Severity
    """The usual one; a check may lower or raise it where it knows more."""
    world: World = field(default=World())
    fixable: bool = False
    """Whether the editor offers at least one repair for the bad example."""
    tag: Tag = ""
    """How the editor shows the place besides the underline."""
    runs: bool = False
    """Only running the script tells ("Try it"); reading it never does."""
    scripts: tuple[ScriptKind, ...] = SCRIPT_KINDS
    """Of a rule about scripts: which of them it is asked of."""

    @property
    def page(self) -> RulePage:
        """Its texts, and its bad and its good example."""
        return rule_page(self.code)

    def finding(
        self,
        place: Range,
        *,
        severity: Severity | None = None,
        fixes: tuple[Fix, ...] = (),
        related: tuple[Related, ...] = (),
        message: str = "",
        **words: object,
    ) -> Finding:
        """A finding of this rule at a place; `words` fill the template, `message` replaces it."""
        sentence = message or l10n.t(self.page.message, **{name: _shortened(value) for name, value in words.items()})
        text = _as_sentence(_one_line(sentence))
        return Finding(self.code, severity or self.severity, text, place, fixes, related, self.tag)


EntryScriptRule = partial(Rule, scripts=("entry-script",))
"""A rule about what the server does with the entry script, and not with the modules that the script imports."""
BatchScriptRule = partial(Rule, scripts=("batch-script",))
ServiceScriptRule = partial(Rule, scripts=("entry-script", "batch-script"))
"""A rule about a script that is called by itself, whether by a server or by a run of batches."""
