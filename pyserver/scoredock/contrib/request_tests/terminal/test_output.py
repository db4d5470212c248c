"""Prints the results of tests: for people, for GitHub, and as JUnit XML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scoredock import l10n
from scoredock.cli.scripts.check_output import annotation, short_path
from scoredock.contrib.request_tests import messages

_MARKS = {"passed": "✓", "failed": "✗", "error": "!"}
_LOG_LINES = 20
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def result_lines(result: messages.TestResult) -> str:
    """A line for a test, and below it what is wrong."""
    place = f"{short_path(result.path)}:{result.line + 1}"
    took = f" ({result.milliseconds:.0f} ms)" if result.milliseconds else ""
    lines = [f"{_MARKS[result.state]} {place} {result.name}{took}"]
    for message in _messages(result):
        lines += [f"    {line}" for line in message.split("\n")]
    lines += [f"  | {line}" for line in result.log_lines[-_LOG_LINES:] if result.state != "passed"]
    return "\n".join(lines)


def summary(run: messages.TestRun) -> str:
    """Summary of a test run in one line."""
    counts = [
        l10n.t("{count} passed", count=run.passed) if run.passed else "",
        l10n.t("{count} failed", count=run.failed) if run.failed else "",
        l10n.t("{count} could not be run", count=run.errors) if run.errors else "",
    ]
    text = l10n.t(", ").join(filter(None, counts))
    return l10n.t("{counts} in {seconds:.1f} s", counts=text, seconds=run.seconds)


def github_lines(run: messages.TestRun) -> Iterator[str]:
    """A workflow command for each thing that is wrong, at its line."""
    for result in run.results:
        for each in result.unmet:
            yield annotation("error", each.path, each.line, result.name, each.message)
        if result.error:
            yield annotation("error", result.path, result.line, result.name, result.error)


def junit(run: messages.TestRun) -> str:
    """Suites by file, as CI systems read them."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="scoredock" tests="{len(run.results)}" failures="{run.failed}" errors="{run.errors}"'
        f' time="{run.seconds:.3f}">',
    ]
    for path in dict.fromkeys(result.path for result in run.results):
        lines += _suite(path, [result for result in run.results if result.path == path])
    return "\n".join([*lines, "</testsuites>", ""])


def _suite(path: str, results: list[messages.TestResult]) -> Iterator[str]:
    name, states = _attribute(short_path(path)), [each.state for each in results]
    seconds = sum(each.milliseconds for each in results) / 1000
    yield (
        f'  <testsuite name={name} tests="{len(results)}" failures="{states.count("failed")}"'
        f' errors="{states.count("error")}" skipped="0" time="{seconds:.3f}">'
    )
    for each in results:
        yield (
            f'    <testcase classname={name} name={_attribute(each.name)} file={name} line="{each.line + 1}"'
            f' time="{each.milliseconds / 1000:.3f}">'
        )
        tag = "error" if each.state == "error" else "failure"
        for message in _messages(each):
            first = message.split("\n", 1)[0]
            yield f"      <{tag} message={_attribute(first)}>{_escaped(message)}</{tag}>"
        if each.log_lines and each.state != "passed":
            yield f"      <system-out>{_escaped(chr(10).join(each.log_lines))}</system-out>"
        yield "    </testcase>"
    yield "  </testsuite>"


def _messages(result: messages.TestResult) -> list[str]:
    return [result.error] if result.error else [each.message for each in result.unmet]


def _escaped(text: str) -> str:
    # It brings modules for the network, which no other command needs at its start.
    from xml.sax.saxutils import escape

    return escape(_xml(text))


def _attribute(text: str) -> str:
    from xml.sax.saxutils import quoteattr

    return quoteattr(_xml(text), {"\n": "&#10;"})


def _xml(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
