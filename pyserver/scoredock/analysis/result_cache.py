"""Results of an analysis that are found again while nothing that it looked at has changed.

An analysis is a pure function of a text and of facts. While it runs, every question that it asks of the facts is noted
with its answer. When the same text comes again, those questions are asked again, and only if each has the same answer
the result is taken over: no time of a file and no size is trusted.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.text_digest import text_digest
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import PickleFacts

_KEPT = 64
"""Results of one analysis that are kept; a text of 2 MB has a result of some 100 kB."""
_NOTHING = Facts()

_T = TypeVar("_T")
_P = ParamSpec("_P")
_A = ParamSpec("_A")
Question = tuple[str, tuple[Hashable, ...]]
"""A field of the facts that is a function, and what it is called with."""
Answers = dict[Question, object]
"""Answers of the facts, texts as their hash."""


_caches: list[OrderedDict[object, Any]] = []


def clear() -> None:
    """Every result is forgotten; for tests and measurements, which want the analysis itself."""
    for kept in _caches:
        kept.clear()


def result_cache(analysis: Callable[Concatenate[str, Facts, _P], _T]) -> Callable[Concatenate[str, Facts, _P], _T]:
    """`analysis`, which takes over its last result for the same text, path and options while its facts are the same.

    A list in the result, or in a tuple that is the result, is the caller's own to change.
    """
    results: OrderedDict[object, _Result[_T]] = OrderedDict()
    _caches.append(results)
    lock = threading.Lock()

    @wraps(analysis)
    def from_cache(text: str, facts: Facts, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        key = (text_digest(text), facts.path, facts.serves, facts.encoding, args, tuple(kwargs.items()))
        with lock:
            result = results.get(key)
            if result is not None:
                results.move_to_end(key)
        if result is not None and result.holds(facts):
            return _own(result.value)
        noted: Answers = {}
        language = l10n.spoken()
        value = analysis(text, noting(facts, noted), *args, **kwargs)
        with lock:
            results[key] = _Result(_own(value), without_functions(facts), noted, language)
            if len(results) > _KEPT:
                results.popitem(last=False)
        return value

    return cast("Callable[Concatenate[str, Facts, _P], _T]", from_cache)


@dataclass(frozen=True, slots=True)
class _Result(Generic[_T]):
    value: _T
    facts: Facts
    """Without its functions."""
    answers: Answers
    language: Mapping[str, str]

    def holds(self, facts: Facts) -> bool:
        """True if the analysis would give the same now."""
        if l10n.spoken() is not self.language or without_functions(facts) != self.facts:
            return False
        return same_answers(facts, self.answers)


def same_answers(facts: Facts, answers: Answers) -> bool:
    """True if facts give the same answers as they did."""
    return all(
        (ask := getattr(facts, name)) is not None and _fingerprint(ask(*arguments)) == was
        for (name, arguments), was in answers.items()
    )


def without_functions(facts: Facts) -> Facts:
    """The same facts, so that two of them can be compared."""
    return replace(
        facts,
        exists=_NOTHING.exists,
        is_folder=_NOTHING.is_folder,
        listing=facts.listing and _unlisted,
        read=_NOTHING.read,
        pickle=_NOTHING.pickle,
        is_package=_NOTHING.is_package,
    )


def _unlisted(folder: str) -> list[str]:  # noqa: ARG001 (only says that there was such a function)
    return []


def noting(facts: Facts, answers: Answers) -> Facts:
    """The same facts; what is asked of their functions is written into `answers`."""

    def noted(name: str, function: Callable[_A, _T]) -> Callable[_A, _T]:
        def ask(*args: _A.args, **kwargs: _A.kwargs) -> _T:
            answer = function(*args, **kwargs)
            answers[name, args] = _fingerprint(answer)
            return answer

        return ask

    return replace(
        facts,
        exists=noted("exists", facts.exists),
        is_folder=noted("is_folder", facts.is_folder),
        listing=facts.listing and noted("listing", facts.listing),
        read=noted("read", facts.read),
        pickle=noted("pickle", facts.pickle),
        is_package=noted("is_package", facts.is_package),
    )


def _fingerprint(answer: object) -> object:
    """Value that is equal for equal answers; texts of files are not kept."""
    if isinstance(answer, str):
        return text_digest(answer)
    return answer if answer is None or isinstance(answer, bool | PickleFacts) else tuple(cast("list[str]", answer))


def _own(value: _T) -> _T:
    """The value with lists of its own."""
    if isinstance(value, list):
        return cast("_T", list(value))
    if type(value) is tuple:  # none with names
        return cast("_T", tuple(_own(each) for each in cast("tuple[object, ...]", value)))
    return value
