"""Set-ups of logging that turn off what the server has set up before: the loggers that print() goes through."""

from __future__ import annotations

import ast

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.environment import service_use_rules as rules
from scoredock.checks.script.qualified import argument, follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IN_IF, MAIN_ONLY
from scoredock.text import Fix

_KEY = "disable_existing_loggers"
_SETUPS = {"logging.config.dictConfig": 0, "logging.config.fileConfig": 2}
_LEVELS = {"INFO": 20, "WARNING": 30, "WARN": 30, "ERROR": 40, "CRITICAL": 50, "FATAL": 50}
"""What `logging.disable` takes; print() is logged as INFO."""


def check_lost_prints(script: ParsedScript) -> list[Finding]:
    """Findings about calls that surely turn print() off."""
    findings = []
    for call, scope, flags, name in script.named_calls:
        if flags & (MAIN_ONLY | IN_IF) or not scope.is_started or scope.entry_function == "run":
            continue
        if name in _SETUPS:
            findings += _check_setup(script, call, scope, name)
        elif name == "logging.disable" and _disables(script, call, scope):
            findings.append(rules.LOST_PRINTS.finding(script.range(call.func), call="logging.disable()", hint=""))
    return findings


def _check_setup(script: ParsedScript, call: ast.Call, scope: Scope, name: str) -> list[Finding]:
    called = f"{name.rpartition('.')[2]}()"
    hint = l10n.t("; set “{key}” to False", key=_KEY)
    if called.startswith("dict"):
        config = argument(call, 0, "config")
        literal = follow(config, scope)[0] if config is not None else None
        if not isinstance(literal, ast.Dict) or None in literal.keys:
            return []
        entries = {
            key.value: value
            for key, value in zip(literal.keys, literal.values, strict=True)
            if isinstance(key, ast.Constant)
        }
        if len(entries) < len(literal.keys) or "incremental" in entries or _names_the_server(entries.get("loggers")):
            return []
        value = entries.get(_KEY)
        if value is None:
            span = script.range(literal).start
            text = f'"{_KEY}": False, ' if literal.keys else f'"{_KEY}": False'
            after = script.lines.range(script.lines.offset(span) + 1, script.lines.offset(span) + 1).start
            fix = Fix(l10n.t("Leave the other loggers on"), (script.insert(after, text),), preferred=True)
            return [rules.LOST_PRINTS.finding(script.range(call.func), fixes=(fix,), call=called, hint=hint)]
    else:
        if any(each.arg is None for each in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
            return []
        value = argument(call, _SETUPS[name], _KEY)
        if value is None:
            return [rules.LOST_PRINTS.finding(script.range(call.func), call=called, hint=hint)]
    if not isinstance(value, ast.Constant) or not value.value:
        return []
    fix = Fix(l10n.t("Leave the other loggers on"), (script.replace(value, "False"),), preferred=True)
    return [rules.LOST_PRINTS.finding(script.range(value), fixes=(fix,), call=called, hint=hint)]


def _names_the_server(loggers: ast.expr | None) -> bool:
    """True if the loggers of the server may be among those that are configured, which stay on."""
    if loggers is None:
        return False
    if not isinstance(loggers, ast.Dict):
        return True
    return not all(
        isinstance(key, ast.Constant) and not str(key.value).startswith("azmlinfsrv") for key in loggers.keys
    )


def _disables(script: ParsedScript, call: ast.Call, scope: Scope) -> bool:
    """True if the level is INFO or above; without one it is CRITICAL."""
    level = argument(call, 0, "level")
    if level is None:
        return not call.args and not call.keywords
    if isinstance(level, ast.Constant):
        return isinstance(level.value, int) and level.value >= _LEVELS["INFO"]
    return _LEVELS.get(script.dotted(level, scope).removeprefix("logging."), 0) >= _LEVELS["INFO"]
