"""Decides if a job of GitLab CI is part of a pipeline: rules, their conditions, and `only` with `except`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Union

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import ExpressionScope, evaluate_words, is_true
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault, ExpressionWord
from scoredock.contrib.pipelines.domain.values import Fields, PipelineFault, Text, Value, items_of, texts_of
from scoredock.late_dataclass import dataclass

Matching = Callable[[str], "tuple[str, ...]"]
"""The files of the repository that a pattern means."""
Operand = Union[str, bool, "re.Pattern[str]", None]
_TOKEN = re.compile(r"\s*(\$\w+|null\b|\"[^\"]*\"|'[^']*'|/(?:\\.|[^/\\])+/[ims]*|==|!=|=~|!~|&&|\|\||[()])")
_PATTERN = re.compile(r"/(.+)/([ims]*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_SOURCES = {
    "api": "api",
    "chat": "chat",
    "external": "external",
    "external_pull_requests": "external_pull_request_event",
    "merge_requests": "merge_request_event",
    "pipelines": "pipeline",
    "pushes": "push",
    "schedules": "schedule",
    "triggers": "trigger",
    "web": "web",
}


def facts_of(branch: str, default: str, commit: str, repository: str, event: str) -> dict[str, str]:
    """Variables of the platform that rules see."""
    request = event == "merge_request_event"
    names = {"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch, "CI_MERGE_REQUEST_IID": "1"} if request else {}
    return {
        "CI": "true",
        "GITLAB_CI": "true",
        **(names or {"CI_COMMIT_BRANCH": branch}),
        "CI_COMMIT_REF_NAME": branch,
        "CI_COMMIT_REF_SLUG": re.sub(r"[^a-z0-9]+", "-", branch.lower())[:63].strip("-"),
        "CI_COMMIT_SHA": commit,
        "CI_COMMIT_SHORT_SHA": commit[:8],
        "CI_DEFAULT_BRANCH": default,
        "CI_PIPELINE_SOURCE": event or "push",
        "CI_PROJECT_NAME": repository.rpartition("/")[2],
        "CI_PROJECT_NAMESPACE": repository.rpartition("/")[0],
        "CI_PROJECT_PATH": repository,
    }


def filled(text: str, variables: Mapping[str, str]) -> str:
    """Text with the values of variables filled in."""
    return _VARIABLE.sub(lambda match: variables.get(match.group(1) or match.group(2), ""), text)


@dataclass(frozen=True, slots=True)
class Membership:
    """Result of the rules of a job: whether it is part of the pipeline."""

    is_in: bool
    rule: Fields | None = None
    """The first one that holds."""
    by_changes: bool = False
    """It depends on the files that a commit changed, which nobody looks at here."""


def by_rules(rules: Value | None, variables: Mapping[str, str], matching: Matching) -> Membership:
    """The first rule that holds. Raises PipelineFault."""
    for rule in items_of(rules):
        if not isinstance(rule, Fields):
            continue
        condition, paths = rule.get("if"), rule.get("exists")
        if isinstance(condition, Text) and not holds(condition, variables):
            continue
        if paths is not None and not any(matching(filled(each, variables)) for each in _paths(paths)):
            continue
        return Membership(rule.text("when") != "never", rule, rule.get("changes") is not None)
    return Membership(False)


def by_lists(job: Fields, variables: Mapping[str, str]) -> Membership:
    """`only` and `except`: of the first all keys must hold, of the second one is enough. Raises PipelineFault."""
    only, but = job.get("only"), job.get("except")
    try:
        inside = [_key_holds(key, value, variables) for key, value in _keys(only)] or [_is_ref("branches", variables)]
        outside = [_key_holds(key, value, variables) for key, value in _keys(but)]
    except ExpressionFault as fault:
        raise PipelineFault(str(fault), job.source) from None
    by_changes = None in inside or None in outside
    return Membership(False not in inside and True not in outside, None, by_changes)


def _keys(value: Value | None) -> tuple[tuple[str, Value], ...]:
    if isinstance(value, Fields):
        return tuple((key.text, each) for key, each in value.entries)
    return () if value is None else (("refs", value),)


def _key_holds(key: str, value: Value, variables: Mapping[str, str]) -> bool | None:
    """None where that depends on changed files, or on what the platform has."""
    if key == "refs":
        return any(_is_ref(each, variables) for each in texts_of(value))
    if key == "variables":
        return any(holds(each, variables) for each in items_of(value) if isinstance(each, Text))
    return None


def _is_ref(text: str, variables: Mapping[str, str]) -> bool:
    name, _, path = text.partition("@")
    if path and path != variables["CI_PROJECT_PATH"]:
        return False
    if name in ("branches", "tags"):
        return ("CI_COMMIT_BRANCH" if name == "branches" else "CI_COMMIT_TAG") in variables
    if name in _SOURCES:
        return variables["CI_PIPELINE_SOURCE"] == _SOURCES[name]
    pattern = _PATTERN.fullmatch(name)
    reference = variables["CI_COMMIT_REF_NAME"]
    return name == reference if pattern is None else bool(_compiled(name).search(reference))


def _paths(value: Value) -> tuple[str, ...]:
    return texts_of(value.get("paths") if isinstance(value, Fields) else value)


def holds(condition: Text, variables: Mapping[str, str]) -> bool:
    """A condition of a rule. Raises PipelineFault."""
    scope = ExpressionScope({}, {}, (("||",), ("&&",), ("==", "!=", "=~", "!~")), _compared)
    try:
        return is_true(evaluate_words(list(_words(condition, variables)), scope, condition.text))
    except ExpressionFault as fault:
        raise PipelineFault(str(fault), condition.source) from None


def _words(condition: Text, variables: Mapping[str, str]) -> Iterator[ExpressionWord]:
    text, at = condition.text.rstrip(), 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(condition.text)
        at = match.end()
        word = match.group(1)
        values = {"$": variables.get(word[1:]), "n": None, "'": word[1:-1], '"': word[1:-1]}
        if word.startswith("/"):
            values["/"] = _compiled(word)
        yield ExpressionWord("value" if word[0] in values else "sign", word, values.get(word[0]))


def _compared(sign: str, one: Operand, other: Operand) -> bool:
    if sign in ("==", "!="):
        return (one == other) == (sign == "==")
    pattern = _compiled(other) if isinstance(other, str) else other
    if not isinstance(pattern, re.Pattern):
        raise _unreadable("null" if other is None else str(other))
    return (isinstance(one, str) and pattern.search(one) is not None) == (sign == "=~")


def variables_of(condition: str) -> list[str]:
    """The names that it reads."""
    return re.findall(r"\$(\w+)", condition)


def _compiled(text: str) -> re.Pattern[str]:
    """Raises ExpressionFault."""
    match = _PATTERN.fullmatch(text)
    if match is not None:
        with contextlib.suppress(re.error):
            flags = re.RegexFlag(sum(getattr(re, each.upper()) for each in set(match.group(2))))
            return re.compile(match.group(1).replace("\\/", "/"), flags)
    raise _unreadable(text)


def _unreadable(text: str) -> ExpressionFault:
    return ExpressionFault(l10n.t("The expression “{text}” cannot be read.", text=text.strip()))
