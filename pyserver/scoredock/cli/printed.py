"""Runs of most commands: make the params of their arguments, ask the verb, print the result."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from scoredock.cli.command import OK, Run
from scoredock.cli.params import params_of
from scoredock.protocol import messages
from scoredock.verb import verb_at

if TYPE_CHECKING:
    from scoredock.cli.declarations import Declaration
    from scoredock.cli.session import Session


def printed(text: Callable[[Any], str], code: Callable[[Any], int] = lambda _: OK) -> Run:
    """A run that gives each field of the params the argument of its name, and prints the result as `text` words it;
    `code` gives the exit code of a result."""
    return _run_with(lambda _, result: text(result), code)


def printed_with_params(text: Callable[[Any, Any], str]) -> Run:
    """The same with a text of the params and the result."""
    return _run_with(text)


def printed_by_kind(texts: Mapping[type, Callable[[Any], str]]) -> Run:
    """The same for a verb whose result others have as well; nothing is printed of one that is not listed."""
    return _run_with(lambda _, result: texts.get(type(result), nothing)(result))


def nothing(_: object) -> str:
    return ""


TEXTS = {messages.Empty: nothing}


def _run_with(text: Callable[[Any, Any], str], code: Callable[[Any], int] = lambda _: OK) -> Run:
    def run(options: Namespace, session: Session) -> int:
        command: Declaration = options.command
        verb = verb_at(command.verb)
        params: Any = params_of(verb.params, options)
        result = verb.function(params, session.context, session.operation())
        session.result(result, text(params, result))
        return code(result)

    return run
