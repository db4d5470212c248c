"""Rewrites one script of the SDK v1 for v2: which of its expressions have a form there, and the edits that put it in
their place.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

from scoredock import l10n
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.contrib.migration.domain.report import Note
from scoredock.contrib.migration.domain.sdk.python_text import free_name, is_only, with_edits
from scoredock.contrib.migration.domain.sdk.values import SdkCall, sdk_call
from scoredock.contrib.sdk.api import SdkValues, is_a
from scoredock.late_dataclass import dataclass

DEPLOYMENT = "blue"
_WORKSPACES = ("new", "from_config", "get")
"""How a workspace is made."""
ATTRIBUTES = {
    ("Workspace", "name"): "workspace_name",
    ("Workspace", "resource_group"): "resource_group_name",
    ("Webservice", "swagger_uri"): "openapi_uri",
    ("Webservice", "state"): "provisioning_state",
}
"""Attribute of v1 → attribute of the object of azure-ai-ml."""


@dataclass(frozen=True, slots=True)
class SdkEnvironment:
    """Environment that a script makes, or takes from its workspace."""

    name: str = ""
    """Empty where it is not certain."""
    version: str = ""
    line: int = 0
    of_workspace: bool = False
    """Whether nothing but its name is known here."""
    is_registered: bool = False
    """Whether the script registers it."""
    file: str = ""
    """The conda, requirements or JSON file of its packages, or the folder of one."""
    python: str = ""
    channels: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()
    """Packages besides those of the file."""
    image: str = ""
    dockerfile: str = ""
    """Its text, or its path."""
    user_managed: bool = False
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    unclear: tuple[int, ...] = ()
    """Lines that say more of it which is not certain."""


@dataclass(frozen=True, slots=True)
class SdkDeployment:
    """A call of Model.deploy whose service is certain."""

    line: int
    """From 1."""
    name: str
    compute_type: str
    values: Mapping[str, Any] = field(hash=False)
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    entry_script: str = ""
    source_directory: str = ""
    environment: SdkEnvironment | None = None
    models: tuple[tuple[str, int, str], ...] = ()
    """Name, version (0 for the newest) and path of the files where the script registers them."""


class NoClientError(Exception):
    """No client of v2 is there where one is needed."""


class Rewriting:
    """Rewriting of one script."""

    def __init__(self, script: ParsedScript, path: str, forms: Forms, v1_calls: frozenset[int]) -> None:
        """`forms` give the form of a call; `v1_calls` are those that stay, as others that stay need what they give."""
        self.script = script
        self.path = path
        self.v1_calls = v1_calls
        self.values = SdkValues(script)
        self.calls: dict[int, SdkCall] = {}
        for node, scope, _ in script.walk.calls:
            call = sdk_call(node, scope, self.values)
            if call is not None:
                self.calls[id(node)] = call
        self.names = NewNames.of(script.text)
        self.edits: list[tuple[int, int, str]] = []
        self.v2_nodes: set[int] = set()
        """Nodes that have a form in v2, or went."""
        self.notes: list[Note] = []
        self.deployments: list[SdkDeployment] = []
        self.registrations: list[tuple[str, str]] = []
        """Name and path of models that it registers."""
        self.uses_second_client = False
        self.runs_services = False
        self._forms = forms
        self._scopes = _scopes(script)

    # ------------------------------------------------------------------------------------------ text

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Offsets of a node in the text."""
        place, lines = self.script.range(node), self.script.lines
        return lines.offset(place.start), lines.offset(place.end)

    def text(self, node: ast.AST) -> str:
        """An expression in the words of v2."""
        if isinstance(node, ast.expr):
            new = self.expression(node)
            if new is not None:
                return new
        start, end = self.span(node)
        edits = [
            (first - start, last - start, text)
            for first, last, text in self.inner(node)
            if start <= first and last <= end
        ]
        return with_edits(self.script.text[start:end], edits)

    def inner(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        """Rewritten expressions below a node, the outermost ones; not those of statements inside of a statement."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                continue
            new = self.expression(child) if isinstance(child, ast.expr) else None
            if new is not None:
                yield (*self.span(child), new)
            else:
                yield from self.inner(child)

    def argument(self, call: SdkCall, name: str, new: str = "") -> str:
        """`new=VALUE`, empty where it is not given."""
        node = call.arguments.get(name)
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return ""
        return f"{new or name}={self.text(node)}"

    # ------------------------------------------------------------------------------------------ expressions

    def expression(self, node: ast.expr) -> str | None:
        """The expression of v2, None where it stays."""
        new = None
        if isinstance(node, ast.Call) and id(node) in self.calls:
            call = self.calls[id(node)]
            form = self._forms.get((family(call.owner), call.name)) if id(node) not in self.v1_calls else None
            with contextlib.suppress(NoClientError):
                new = form(self, call) if form is not None else None
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            new = self._attribute(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            new = self._item(node)
        if new is not None:
            self.v2_nodes.add(id(node))
        return new

    def class_of(self, node: ast.AST) -> str:
        """The class of the SDK that an expression is of; empty for none."""
        return self.values.class_of(node, self.scope_of(node))

    def scope_of(self, node: ast.AST) -> Scope:
        """The scope that an expression stands in."""
        return self._scopes.get(id(node), self.script.walk.module)

    def _attribute(self, node: ast.Attribute) -> str | None:
        owner = family(self.class_of(node.value))
        if self.is_of_v1(node.value):
            return None
        if (owner, node.attr) == ("Model", "id") and isinstance(node.value, ast.Name):
            return f"(str({node.value.id}.name) + ':' + str({node.value.id}.version))"
        new = ATTRIBUTES.get((owner, node.attr))
        if new == "provisioning_state":
            self._say_state(node)
        return f"{self.text(node.value)}.{new}" if new else None

    def _say_state(self, node: ast.Attribute) -> None:
        message = l10n.t("The state has other words in v2: Succeeded for Healthy, Failed, Creating, Updating.")
        subject = f"{self.path}:{node.lineno}"
        note = Note("changes", subject, "Webservice.state", message, "", self.path, node.lineno)
        if note not in self.notes:
            self.notes.append(note)

    def _item(self, node: ast.Subscript) -> str | None:
        """`ws.models["x"]` and `ws.webservices["x"]`."""
        if not isinstance(node.value, ast.Attribute) or self.class_of(node.value.value) != "Workspace":
            return None
        owner, key = self.text(node.value.value), self.text(node.slice)
        forms = {
            "models": f'{owner}.models.get(name={key}, label="latest")',
            "environments": f'{owner}.environments.get(name={key}, label="latest")',
            "webservices": f"{owner}.online_endpoints.get({key})",
            "compute_targets": f"{owner}.compute.get({key})",
        }
        return forms.get(node.value.attr)

    # ------------------------------------------------------------------------------------------ objects

    def is_of_v1(self, node: ast.expr) -> bool:
        """True if an object is made by a call that stays."""
        return any(id(each) not in self.v2_nodes and self.expression(each) is None for each in self.makers(node))

    def makers(self, node: ast.AST) -> list[ast.Call]:
        """Calls of the SDK that give the objects that a name stands for."""
        if isinstance(node, ast.Call):
            return [node] if id(node) in self.calls else []
        if not isinstance(node, ast.Name):
            return []
        bindings = self.scope_of(node).resolve(node.id)
        return [each.value for each in bindings if isinstance(each.value, ast.Call) and id(each.value) in self.calls]

    def client_of(self, call: SdkCall) -> str:
        """The client, by the workspace that the call is given, or the only one of the script. Raises NoClientError."""
        node = call.arguments.get("workspace")
        if self.workspace is not None and id(self.workspace) in self.v1_calls:
            self.uses_second_client = True
            return self.names.second_client
        makers = self.makers(node) if node is not None else [self.workspace] if self.workspace else []
        if len(makers) != 1 or makers[0] is None or self.expression(makers[0]) is None:
            raise NoClientError
        return self.text(node) if node is not None else self.client

    @cached_property
    def client(self) -> str:
        """The name that the only workspace of the script has; empty where it has several."""
        names = {
            name
            for scope in self.script.walk.scopes
            for name, bindings in scope.bindings.items()
            for each in bindings
            if isinstance(each.value, ast.Call)
            and (call := self.calls.get(id(each.value))) is not None
            and _is_workspace(call)
        }
        return names.pop() if len(names) == 1 else ""

    @property
    def workspace(self) -> ast.Call | None:
        """The call that makes the only workspace of the script."""
        nodes = [call.node for call in self.calls.values() if _is_workspace(call)]
        return nodes[0] if len(nodes) == 1 else None

    # ------------------------------------------------------------------------------------------ edits

    def call_of(self, statement: ast.stmt) -> SdkCall | None:
        """The call of the SDK that a statement is, or whose value it gives a name."""
        value = statement.value if isinstance(statement, ast.Assign | ast.Expr) else None
        return self.calls.get(id(value)) if isinstance(value, ast.Call) else None

    @staticmethod
    def indent(statement: ast.stmt) -> str:
        """Indentation of a statement."""
        return " " * statement.col_offset

    def put(self, statement: ast.stmt, text: str) -> None:
        """Puts a text in place of a statement."""
        self.v2_nodes.add(id(statement))
        self.edits.append((*self.span(statement), text))

    def remove(self, statement: ast.stmt) -> None:
        """Removes a statement with its line; writes `pass` if it shares the line or is alone in a block."""
        self.v2_nodes.add(id(statement))
        start, end = self.span(statement)
        text = self.script.text
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end)
        alone = not text[first:start].strip() and not text[end : last if last >= 0 else len(text)].strip()
        if alone and not is_only(self.script.tree, statement):
            self.edits.append((first, last + 1 if last >= 0 else len(text), ""))
        else:
            self.edits.append((start, end, "pass"))

    def is_inside_edit(self, node: ast.AST) -> bool:
        """True if something that has another text now has the node in it."""
        start, end = self.span(node)
        return any(first <= start and end <= last for first, last, _ in self.edits)


Forms = Mapping[tuple[str, str], Callable[[Rewriting, SdkCall], str | None]]
"""Family of the class and name of the method → the call in v2, None where it is not certain."""


@dataclass(frozen=True, slots=True)
class NewNames:
    """Names that the script does not use."""

    module: str
    """Of azure.ai.ml.entities."""
    second_client: str
    """The client beside a workspace of v1 that is still needed."""
    runs: str
    """The function that calls an endpoint."""

    @staticmethod
    def of(text: str) -> NewNames:
        """Names that are free in the text of a script."""
        return NewNames(free_name("entities", text), free_name("ml_client", text), free_name("run_service", text))


def family(owner: str) -> str:
    """Kinds of services have one form in v2."""
    return "Webservice" if owner and is_a(owner, "Webservice") else owner


def _is_workspace(call: SdkCall) -> bool:
    return call.owner == "Workspace" and call.name in _WORKSPACES


def _scopes(script: ParsedScript) -> dict[int, Scope]:
    """The scope of every expression. Those that stand inside come later and win."""
    scopes: dict[int, Scope] = {}
    for scope in script.walk.scopes:
        inside = scope.node if scope.kind == "module" else None
        bodies = [inside] if inside is not None else getattr(scope.node, "body", [])
        for part in bodies if isinstance(bodies, list) else [bodies]:
            scopes.update({id(node): scope for node in ast.walk(part)})
    return scopes
