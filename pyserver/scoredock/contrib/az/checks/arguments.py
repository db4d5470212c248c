"""The options of one `az ml` command: known, complete, of the right form."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import enumeration
from scoredock.analysis.tree import Lines
from scoredock.checks.similar import similar
from scoredock.contrib.az.checks import rules
from scoredock.contrib.az.checks.option_values import QUOTES, OptionValue, ValueReader
from scoredock.formats.az_lines.lines import Line, Word
from scoredock.formats.az_lines.table import AzVerb, Option, verbs
from scoredock.text import Fix

_V2_ALONE = re.compile(
    r"\baz[ \t]+ml[ \t]+(?:(?:online|batch)-(?:endpoint|deployment)|job|component|data|registry)\b|--registry-name\b"
)
_DASHES = {"\u2014": "--", "\u2013": "--", "\u2212": "--"}
_ANY_ONE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "model register": (("--model-path", "--asset-path", "--run-metadata-file"), ("--model-path", "--asset-path")),
    "model show": (("--model-id", "--model-name", "--name", "--run-id"), ("--model-id", "--model-name")),
    "model profile": (("--model", "--model-metadata-file"), ("--model",)),
    "model package": (("--model", "--model-metadata-file", "--name", "--file"), ("--model",)),
    "online-endpoint create": (("--name", "--file"), ("--name", "--file")),
    "batch-endpoint create": (("--name", "--file"), ("--name", "--file")),
    "online-endpoint update": (("--name", "--file"), ("--name", "--file")),
    "online-deployment update": (("--name", "--file"), ("--name", "--file")),
}
"""Verbs that need one of several options, and those of them that a message names."""
_EXCLUSIVE = (
    (("model register",), ("--model-path", "--asset-path")),
    (
        ("model deploy", "service update", "model package", "model profile"),
        ("--environment-name", "--environment-directory"),
    ),
    (("model deploy", "service update", "model package"), ("--environment-name", "--conda-file")),
    (("model show",), ("--model-id", "--model-name")),
)
"""Options of v1 that say the same thing twice."""


def check_arguments(
    name: str,
    forms: tuple[AzVerb, ...],
    words: Sequence[Word],
    line: Line,
    lines: Lines,
    facts: Facts,
) -> list[Finding]:
    """Findings of the words behind a verb, by the form of it (v1 or v2) that fits better; where both fit as badly by
    the first one."""
    best: list[Finding] | None = None
    for form in forms:
        others = frozenset(n for other in forms if other is not form for option in other.options for n in option.names)
        reader = _Reader(name, form, words, line, lines, facts)
        reader.others = others
        findings = reader.run()
        if best is None or _weight(findings) < _weight(best):
            best = findings
    return best or []


def speaks_v2(text: str) -> bool:
    """True if lines of a text are of CLI v2 alone."""
    return _V2_ALONE.search(text) is not None


def _weight(findings: list[Finding]) -> int:
    return sum({"error": 100, "warning": 10}.get(f.severity, 1) for f in findings)


class _Reader(ValueReader):
    def __init__(
        self,
        name: str,
        form: AzVerb,
        words: Sequence[Word],
        line: Line,
        lines: Lines,
        facts: Facts,
    ) -> None:
        super().__init__(name, form, line, lines, facts)
        self.words = words
        self.others: frozenset[str] = frozenset()
        """Options that the verb has in the other release."""
        self.strays: list[Word] = []
        self.names = {n: option for option in form.options for n in option.names}
        self.unsure = False
        """Whether a variable may hold further options."""

    def run(self) -> list[Finding]:
        index = 0
        while index < len(self.words):
            index = self._next(index)
        self._missing()
        self._together()
        for item in self.given:
            self.value(item)
        return self.findings

    def _place(self, word: Word) -> tuple[int, int]:
        return word.start, word.end

    def _next(self, index: int) -> int:
        word = self.words[index]
        text = word.text
        if text[:1] in _DASHES and len(text) > 2 and text[1].isalpha():
            plain = "--" + text[1:]
            fix = self.edit(l10n.t("Change to {new}", new=plain), word, plain, certain=True)
            self.tell(
                rules.CHARACTER.finding(
                    self.lines.range(word.start, word.start + 1), fixes=(fix,), character=text[0], plain="--"
                )
            )
            text = plain
        elif text[:1] in QUOTES and not word.quoted:
            self.tell(self.curly(word))
            self.unsure = True
            return index + 1
        if not text.startswith("-") or re.fullmatch(r"-[\d.]+", text) or word.quoted or text == "-":
            if word.variable or text.startswith("@"):
                self.unsure = self.unsure or (index == 0 or (bool(self.given) and self.given[-1].value is not None))
                return index + 1
            if self.given and self.given[-1].option.many:
                return index + 1
            self.strays.append(word)
            return index + 1
        option, attached = self._option(word, text)
        if option is None:
            return index + (1 if attached else self._skip(index))
        item = OptionValue(option, word)
        self.given.append(item)
        if option.flag or attached is not None:
            if attached is not None and not option.flag:
                item.value = Word(attached, word.start, word.end, word.variable, word.placeholder, word.quoted)
            following = self.words[index + 1] if index + 1 < len(self.words) else None
            takes_word = option.flag and following is not None and following.text.lower() in ("true", "false")
            return index + (2 if takes_word else 1)
        if index + 1 >= len(self.words) or (self._is_option(self.words[index + 1])):
            if not option.many and not self.unsure and not word.variable:
                self.tell(rules.NO_VALUE.finding(self.lines.range(word.start, word.end), option=text[:60]))
            return index + 1
        item.value = self.words[index + 1]
        return index + 2

    def _is_option(self, word: Word) -> bool:
        return bool(re.match(r"--[A-Za-z]|-[A-Za-z]$", word.text)) and not word.quoted

    def _skip(self, index: int) -> int:
        """Words that an unknown option takes with it."""
        following = self.words[index + 1] if index + 1 < len(self.words) else None
        return 2 if following is not None and not self._is_option(following) else 1

    def _option(self, word: Word, text: str) -> tuple[Option | None, str | None]:
        """The option that a word names, and the value that is attached to it."""
        head, equals, tail = text.partition("=")
        attached = tail if equals else None
        names = self.names
        if head in names:
            return names[head], attached
        if "$" in head or "{" in head or (word.placeholder and "<" in head):
            self.unsure = True
            return None, ""
        if not head.startswith("--"):
            return self._short(word, text, names)
        matches = sorted(n for n in names if n.startswith(head))
        distinct = {id(names[n]) for n in matches}
        if len(distinct) == 1 and (self.form.closed or len(head) > 3):
            return names[matches[0]], attached
        if matches and len(distinct) > 1:
            longest = list(dict.fromkeys(names[n].long for n in matches))
            fixes = tuple(
                Fix(l10n.t("Change to {new}", new=n), (self.lines.edit(word.start, word.start + len(head), n),))
                for n in longest[:4]
            )
            place = self.lines.range(word.start, word.start + len(head))
            self.tell(
                rules.AMBIGUOUS.finding(place, fixes=fixes, option=head[:60], matches=enumeration(matches[:5], "or"))
            )
            self.unsure = True
            return None, attached
        self._unknown(word, head, names)
        return None, attached

    def _short(self, word: Word, text: str, names: dict[str, Option]) -> tuple[Option | None, str | None]:
        """One dash: a letter with its value attached, or a long option with too few dashes."""
        long = "--" + text[1:].partition("=")[0]
        short = names.get(text[:2])
        if long in names and len(text) > 2:
            edit = self.lines.edit(word.start, word.start + 1, "--")
            fix = Fix(l10n.t("Change to {new}", new=long), (edit,), preferred=True, certain=True)
            if short is None or short.flag:
                self.tell(
                    rules.OPTION.finding(
                        self.lines.range(word.start, word.end),
                        fixes=(fix,),
                        verb=self.name,
                        option=text[:60],
                        hint=l10n.t("; did you mean {option}", option=long),
                    )
                )
            else:
                self.tell(
                    rules.ONE_DASH.finding(
                        self.lines.range(word.start, word.end),
                        fixes=(fix,),
                        option=text[:60],
                        short=text[:2],
                        rest=text[2:60],
                        word=long[2:],
                    )
                )
            return names[long], None
        if short is not None:
            return short, (None if short.flag else text[2:])
        self._unknown(word, text.partition("=")[0], names)
        return None, None

    def _unknown(self, word: Word, head: str, names: dict[str, Option]) -> None:
        wanted = [n for n in names if n.startswith("--")]
        near = self._near(head, wanted) if len(head) > 2 else []
        if not near and not self.form.closed:
            self.unsure = True
            return
        elsewhere = (
            []
            if near or not head.startswith("--") or head == "--name"  # means something else under each verb
            else [
                v
                for v, forms in verbs().items()
                if v.split()[0] == self.name.split()[0]
                and any(head in o.names for f in forms if f.closed is self.form.closed for o in f.options)
            ]
        )
        hint = l10n.t("; it belongs to “az ml {verb}”", verb=elsewhere[0]) if elsewhere else ""
        if near:
            hint = l10n.t("; did you mean {option}", option=near[0])
        if head in self.others:
            near = []
            hint = l10n.t("; only azure-cli-ml (v1) has it") if not self.form.closed else l10n.t("; only CLI v2 has it")
        fix = (
            (
                Fix(
                    l10n.t("Change to {new}", new=near[0]),
                    (self.lines.edit(word.start, word.start + len(head), near[0]),),
                    preferred=True,
                ),
            )
            if near
            else ()
        )
        self.tell(
            rules.OPTION.finding(
                self.lines.range(word.start, word.start + len(head)),
                fixes=fix,
                verb=self.name,
                option=head[:60],
                hint=hint,
            )
        )
        self.unsure = self.unsure or bool(near)

    def _near(self, head: str, names: Sequence[str]) -> list[str]:
        """Option that was probably meant: for a group's own name `--name`, else one that the word begins with, else a
        similar one.
        """
        if head == f"--{self.name.split()[0].rpartition('-')[2]}-name" and "--name" in names:
            return ["--name"]
        begun = sorted((each for each in names if head.startswith(f"{each}-")), key=len)
        return begun[-1:] or similar(head[:60], names, 1, 0.75)

    def _missing(self) -> None:
        if self.unsure or self.has("--help"):
            return
        missing = [o for o in self.form.options if o.required and not any(item.option is o for item in self.given)]
        place = self.lines.range(self.line.start, self.line.words[1].end)
        if missing:
            fixes: tuple[Fix, ...] = ()
            if len(missing) == 1 and len(self.strays) == 1 and not self.strays[0].placeholder:
                stray = self.strays[0]
                short = min(missing[0].names, key=len)
                fixes = (
                    Fix(
                        l10n.t("Insert {text}", text=short),
                        (self.lines.edit(stray.start, stray.start, f"{short} "),),
                        preferred=True,
                    ),
                )
                place = self.lines.range(stray.start, stray.end)
            names = enumeration([o.long for o in missing])
            self.tell(rules.MISSING.finding(place, fixes=fixes, verb=self.name, names=names))
            return
        wanted, shown = _ANY_ONE.get(self.name, ((), ()))
        if wanted and not self.has(*wanted):
            self.tell(rules.MISSING.finding(place, verb=self.name, names=enumeration(shown, "or")))
        elif self.name == "model deploy" and not self.has(
            "--model", "--model-metadata-file", "--inference-config-file", "--entry-script"
        ):
            self.tell(rules.MISSING.finding(place, verb=self.name, names=enumeration(("--model", "--ic"), "or")))

    def _together(self) -> None:
        if not self.form.closed:
            return
        for names, pair in _EXCLUSIVE:
            if self.name not in names:
                continue
            items = [next((i for i in self.given if n in i.option.names), None) for n in pair]
            if all(items) and items[0] is not None and items[1] is not None:
                one, other = sorted((items[0], items[1]), key=lambda i: i.word.start)
                fixes = tuple(self._without(item) for item in (one, other))
                self.tell(
                    rules.EXCLUSIVE.finding(
                        self.lines.range(other.word.start, other.word.end),
                        fixes=fixes,
                        one=one.option.long,
                        other=other.option.long,
                    )
                )
        both = [self._true("--auth-enabled"), self._true("--token-auth-enabled")]
        if both[0] and both[1]:
            self.tell(
                rules.EXCLUSIVE.finding(
                    self.lines.range(both[1].word.start, both[1].word.end),
                    fixes=tuple(self._without(i) for i in both if i),
                    one="--auth-enabled true",
                    other="--token-auth-enabled true",
                )
            )
        scaling, replicas = (
            self._true("--autoscale-enabled"),
            next((i for i in self.given if "--num-replicas" in i.option.names), None),
        )
        if scaling and replicas:
            self.tell(
                rules.EXCLUSIVE.finding(
                    self.lines.range(replicas.word.start, replicas.word.end),
                    fixes=(self._without(scaling), self._without(replicas)),
                    one="--autoscale-enabled true",
                    other="--num-replicas",
                )
            )

    def _true(self, name: str) -> OptionValue | None:
        return next(
            (
                i
                for i in self.given
                if name in i.option.names and i.value is not None and i.value.text.lower() == "true"
            ),
            None,
        )

    def _without(self, item: OptionValue) -> Fix:
        end = item.value.end if item.value is not None else item.word.end
        start = item.word.start
        while start > 0 and self.lines.text[start - 1] in " \t":
            start -= 1
        return Fix(l10n.t("Remove {option}", option=item.option.long), (self.lines.edit(start, end, ""),))
