"""A script of the SDK v1 in the words of azure-ai-ml, where the meaning is certain. What is not stays as it is, with a
note of its line."""

from __future__ import annotations

import ast
import contextlib

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script
from scoredock.contrib.migration.domain.report import Note
from scoredock.contrib.migration.domain.sdk.deployments import deploy
from scoredock.contrib.migration.domain.sdk.environments import environments
from scoredock.contrib.migration.domain.sdk.forms import FORMS, from_config, of_service, workspace
from scoredock.contrib.migration.domain.sdk.imports import with_imports
from scoredock.contrib.migration.domain.sdk.parallel_runs import SdkBatch, parallel_runs
from scoredock.contrib.migration.domain.sdk.python_text import free_name, statements, with_edits
from scoredock.contrib.migration.domain.sdk.rewriting import (
    NoClientError,
    Rewriting,
    SdkDeployment,
    SdkEnvironment,
    family,
)
from scoredock.contrib.migration.domain.sdk.staying import needed_in_v1, note_what_stays
from scoredock.contrib.migration.domain.sdk.values import SdkCall
from scoredock.late_dataclass import dataclass

_MOST_NOTES = 100
_MOST_ROUNDS = 12
"""What stays may hold back what it is given, and that again what it was made of."""


@dataclass(frozen=True, slots=True)
class RewrittenScript:
    """A script of v2."""

    text: str
    changed: int = 0
    """Expressions and statements that were rewritten."""
    notes: tuple[Note, ...] = ()
    deployments: tuple[SdkDeployment, ...] = ()
    registrations: tuple[tuple[str, str], ...] = ()
    """Name and path of models that it registers."""
    batches: tuple[SdkBatch, ...] = ()
    environments: tuple[SdkEnvironment, ...] = ()
    """Those that it makes."""


def rewrite(text: str, path: str) -> RewrittenScript:
    """Never raises: a script that cannot be parsed stays as it is."""
    try:
        script = parse_script(text, Facts(path=path))
    except (SyntaxError, TooComplex, RecursionError, MemoryError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        message = l10n.t("The script cannot be parsed, and stays as it is.")
        step = l10n.t("Look what is wrong with `scoredock check {path}`.", path=path)
        return RewrittenScript(text, notes=(Note("broken", f"{path}:{line}", "", message, step, path, line),))
    v1_calls: frozenset[int] = frozenset()
    try:
        for _ in range(_MOST_ROUNDS):
            work = Rewriting(script, path, FORMS, v1_calls)
            result = _result(work)
            more = needed_in_v1(work)
            if not more:
                return result
            v1_calls |= more
        return RewrittenScript(text)
    except RecursionError:
        return RewrittenScript(text)
    finally:
        script.walk.release()


def _result(work: Rewriting) -> RewrittenScript:
    """Statements first, then what is left of expressions, then the imports."""
    script: ParsedScript = work.script
    for statement in statements(script.tree):
        _rewrite_deployment(work, statement)
    for statement in statements(script.tree):
        _rewrite_statement(work, statement)
    for statement in statements(script.tree):
        if id(statement) not in work.v2_nodes:
            work.edits += work.inner(statement)
    changed = len(work.edits)
    note_what_stays(work)
    if work.uses_second_client:
        _add_client(work)
    text = with_edits(script.text, work.edits)
    if changed:
        text = with_imports(text, work.names.module, work.names.runs if work.runs_services else "")
    return RewrittenScript(
        text,
        changed,
        tuple(work.notes[:_MOST_NOTES]),
        tuple(work.deployments),
        tuple(work.registrations),
        tuple(parallel_runs(work)),
        tuple(environments(work)),
    )


def _rewrite_deployment(work: Rewriting, statement: ast.stmt) -> None:
    """Model.deploy, whose object others use."""
    call = work.call_of(statement)
    if call is not None and id(call.node) not in work.v1_calls and (call.owner, call.name) == ("Model", "deploy"):
        with contextlib.suppress(NoClientError):
            deploy(work, statement, call)


def _rewrite_statement(work: Rewriting, statement: ast.stmt) -> None:
    """Those whose form in v2 is more than one expression, or none."""
    call = work.call_of(statement)
    if call is None or id(call.node) in work.v1_calls or family(call.owner) != "Webservice":
        return
    if not isinstance(call.node.func, ast.Attribute) or work.is_of_v1(call.node.func.value):
        return
    with contextlib.suppress(NoClientError):
        if call.name == "wait_for_deployment" and isinstance(statement, ast.Expr):
            work.remove(statement)
            work.v2_nodes.add(id(call.node))
        elif call.name == "get_keys":
            _read_keys(work, statement, call)


def _read_keys(work: Rewriting, statement: ast.stmt, call: SdkCall) -> None:
    """`primary, secondary = service.get_keys()`."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    read = of_service(work, call, "get_keys(name={name})", "online_endpoints")
    if not isinstance(target, ast.Tuple) or len(target.elts) != 2 or read is None:
        return
    keys = free_name("keys", work.script.text)
    lines = [f"{keys} = {read}", f"{work.text(target)} = {keys}.primary_key, {keys}.secondary_key"]
    work.put(statement, f"\n{work.indent(statement)}".join(lines))
    work.v2_nodes.add(id(call.node))


def _add_client(work: Rewriting) -> None:
    """After the workspace of v1, which something still needs."""
    for statement in statements(work.script.tree):
        if isinstance(statement, ast.Assign) and statement.value is work.workspace:
            call = work.calls[id(statement.value)]
            form = from_config(work, call) if call.name == "from_config" else workspace(work, call)
            if form is not None:
                _, end = work.span(statement)
                work.edits.append((end, end, f"\n{work.indent(statement)}{work.names.second_client} = {form}"))
