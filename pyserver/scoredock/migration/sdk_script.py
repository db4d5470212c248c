"""Scripts of the SDK v1 in the words of azure-ai-ml, where the meaning is certain. What is not stays as it is, and is
told with its line."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.migration.code import CLASSES
from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script
from scoredock.checks.sdk.classes import is_a
from scoredock.checks.sdk.values import SdkValues
from scoredock.late_dataclass import dataclass
from scoredock.migration.environments import BASE_IMAGE, SERVER
from scoredock.migration.online import online_files
from scoredock.migration.report import Note, Outcome
from scoredock.migration.sdk_values import COMPUTE_TYPES, UNKNOWN, SdkCall, sdk_call, settings_of, texts_of
from scoredock.migration.source import V1Service

DEPLOYMENT = "blue"
_MOST_NOTES = 100
_MOST_ROUNDS = 12
"""What stays may hold back what it is given, and that again what it was made of."""
_ENTITIES = "entities"
_KEYWORDS = {
    "request_settings": "OnlineRequestSettings",
    "liveness_probe": "ProbeSettings",
    "resources": "ResourceRequirementsSettings",
    "requests": "ResourceSettings",
    "limits": "ResourceSettings",
    "data_collector": "DataCollector",
    "model_inputs": "DeploymentCollection",
    "model_outputs": "DeploymentCollection",
    "scale_settings": "TargetUtilizationScaleSettings",
}
"""Key of a deployment → class of azure-ai-ml that holds it."""


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
    environment: str = ""
    """Name of the environment."""
    conda_file: str = ""
    models: tuple[tuple[str, int, str], ...] = ()
    """Name, version (0 for the newest) and path of the files where the script registers them."""


@dataclass(frozen=True, slots=True)
class RewrittenScript:
    """A script of v2."""

    text: str
    changed: int = 0
    """Expressions and statements that were rewritten."""
    notes: tuple[Note, ...] = ()
    deployments: tuple[SdkDeployment, ...] = ()
    registered: tuple[tuple[str, str], ...] = ()
    """Name and path of models that it registers."""


def rewrite(text: str, path: str) -> RewrittenScript:
    """Never raises: a script that cannot be parsed stays as it is."""
    try:
        script = parse_script(text, Facts(path=path))
    except (SyntaxError, TooComplex, RecursionError, MemoryError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        message = l10n.t("The script cannot be parsed, and stays as it is.")
        step = l10n.t("Look what is wrong with `scoredock check {path}`.", path=path)
        return RewrittenScript(text, notes=(Note("broken", f"{path}:{line}", "", message, step, path, line),))
    kept: set[int] = set()
    try:
        for _ in range(_MOST_ROUNDS):
            work = _Rewriting(script, path, frozenset(kept))
            result = work.result()
            held = work.held_back()
            if not held:
                return result
            kept |= held
        return RewrittenScript(text)
    except RecursionError:
        return RewrittenScript(text)
    finally:
        script.walk.release()


class _NoClientError(Exception):
    """No client of v2 is there where one is needed."""


class _Rewriting:
    """One script."""

    def __init__(self, script: ParsedScript, path: str, kept: frozenset[int]) -> None:
        """`kept` are calls that stay, as others that stay need what they give."""
        self._script = script
        self._kept = kept
        self._path = path
        self._values = SdkValues(script)
        self._scopes = _scopes(script)
        self._calls: dict[int, SdkCall] = {}
        for call, scope, _ in script.walk.calls:
            found = sdk_call(call, scope, self._values)
            if found is not None:
                self._calls[id(call)] = found
        self._names = _Names.of(script.text)
        self._uses_second = False
        self._runs = False
        self._edits: list[tuple[int, int, str]] = []
        self._done: set[int] = set()
        """Nodes that have a form in v2, or went."""
        self._notes: list[Note] = []
        self._deployments: list[SdkDeployment] = []
        self._registered: list[tuple[str, str]] = []
        self._client = self._name_of_client()

    def result(self) -> RewrittenScript:
        """Statements first, then what is left of expressions, then the imports."""
        for statement in _statements(self._script.tree):
            self._statement(statement)
        for statement in _statements(self._script.tree):
            if not _is_block(statement):
                self._expressions(statement)
        changed = len(self._edits)
        self._left()
        if self._uses_second:
            self._add_client()
        text = _applied(self._script.text, self._edits)
        if changed:
            text = _with_imports(text, self._names.module, self._names.runs if self._runs else "")
        return RewrittenScript(
            text, changed, tuple(self._notes[:_MOST_NOTES]), tuple(self._deployments), tuple(self._registered)
        )

    # ------------------------------------------------------------------------------------------ text

    def _span(self, node: ast.AST) -> tuple[int, int]:
        place, lines = self._script.range(node), self._script.lines
        return lines.offset(place.start), lines.offset(place.end)

    def _text(self, node: ast.AST) -> str:
        """An expression in the words of v2."""
        if isinstance(node, ast.expr):
            new = self._expression(node)
            if new is not None:
                return new
        start, end = self._span(node)
        edits = [
            (first - start, last - start, text)
            for first, last, text in self._inner(node)
            if start <= first and last <= end
        ]
        return _applied(self._script.text[start:end], edits)

    def _inner(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        """Rewritten expressions below a node, the outermost ones."""
        for child in ast.iter_child_nodes(node):
            new = self._expression(child) if isinstance(child, ast.expr) else None
            if new is not None:
                yield (*self._span(child), new)
            else:
                yield from self._inner(child)

    def _expressions(self, statement: ast.stmt) -> None:
        if id(statement) not in self._done:
            self._edits += self._inner(statement)

    # ------------------------------------------------------------------------------------------ expressions

    def _expression(self, node: ast.expr) -> str | None:
        """The expression of v2, None where it stays."""
        new = None
        if isinstance(node, ast.Call) and id(node) in self._calls:
            call = self._calls[id(node)]
            work = _CALLS.get((_family(call.owner), call.name)) if id(node) not in self._kept else None
            with contextlib.suppress(_NoClientError):
                new = work(self, call) if work is not None else None
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            new = self._attribute(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            new = self._item(node)
        if new is not None:
            self._done.add(id(node))
        return new

    def _class_of(self, node: ast.AST) -> str:
        return self._values.class_of(node, self._scope_of(node))

    def _scope_of(self, node: ast.AST) -> Scope:
        """The scope that an expression stands in."""
        return self._scopes.get(id(node), self._script.walk.module)

    def _attribute(self, node: ast.Attribute) -> str | None:
        family = _family(self._class_of(node.value))
        if self._is_kept(node.value):
            return None
        if (family, node.attr) == ("Model", "id") and isinstance(node.value, ast.Name):
            return f"(str({node.value.id}.name) + ':' + str({node.value.id}.version))"
        new = _ATTRIBUTES.get((family, node.attr))
        if new == "provisioning_state":
            self._say_state(node)
        return f"{self._text(node.value)}.{new}" if new else None

    def _say_state(self, node: ast.Attribute) -> None:
        message = l10n.t("The state has other words in v2: Succeeded for Healthy, Failed, Creating, Updating.")
        subject = f"{self._path}:{node.lineno}"
        note = Note("changes", subject, "Webservice.state", message, "", self._path, node.lineno)
        if note not in self._notes:
            self._notes.append(note)

    def _is_kept(self, node: ast.expr) -> bool:
        """Whether an object is made by a call that stays."""
        return any(id(each) in self._kept for each in self._makers(node))

    def _makers(self, node: ast.AST) -> list[ast.Call]:
        """Calls of the SDK that give the objects that a name stands for."""
        if isinstance(node, ast.Call):
            return [node] if id(node) in self._calls else []
        if not isinstance(node, ast.Name):
            return []
        bindings = self._scope_of(node).resolve(node.id)
        return [each.value for each in bindings if isinstance(each.value, ast.Call) and id(each.value) in self._calls]

    def held_back(self) -> set[int]:
        """Calls that were rewritten though something that stays needs what they give."""
        held: set[int] = set()
        for node in ast.walk(self._script.tree):
            if (isinstance(node, ast.Call) and not self._is_rewritten(node) and _name_of(node) not in _HARMLESS) or (
                isinstance(node, ast.Return | ast.Yield) and node.value is not None
            ):
                held |= self._made_below(node)
            elif (
                isinstance(node, ast.Assign)
                and id(node) not in self._done
                and not all(isinstance(each, ast.Name) for each in node.targets)
            ):
                held |= self._made_by(node.value)
        return held - self._kept

    def _is_rewritten(self, node: ast.Call) -> bool:
        return id(node) in self._done or self._is_inside(node)

    def _made_below(self, node: ast.AST) -> set[int]:
        """What is handed on somewhere else, as it is and not one of its attributes."""
        if isinstance(node, ast.Call):
            parts = [*node.args, *(each.value for each in node.keywords)]
            if id(node) in self._calls and isinstance(node.func, ast.Attribute):
                parts.append(node.func.value)
        else:
            parts = list(ast.iter_child_nodes(node))  # type: ignore[arg-type]
        return {found for part in parts for found in self._made_by(part)}

    def _made_by(self, node: ast.AST) -> set[int]:
        """Rewritten calls whose object an expression is, or has in it."""
        if isinstance(node, ast.Attribute):
            return set()
        found = {id(each) for each in self._makers(node) if id(each) in self._done}
        if not isinstance(node, ast.Call):
            for child in ast.iter_child_nodes(node):
                found |= self._made_by(child)
        return found

    def _item(self, node: ast.Subscript) -> str | None:
        """`ws.models["x"]` and `ws.webservices["x"]`."""
        if not isinstance(node.value, ast.Attribute) or self._class_of(node.value.value) != "Workspace":
            return None
        owner, key = self._text(node.value.value), self._text(node.slice)
        forms = {
            "models": f'{owner}.models.get(name={key}, label="latest")',
            "environments": f'{owner}.environments.get(name={key}, label="latest")',
            "webservices": f"{owner}.online_endpoints.get({key})",
            "compute_targets": f"{owner}.compute.get({key})",
        }
        return forms.get(node.value.attr)

    def _argument(self, call: SdkCall, name: str, new: str = "") -> str:
        """`new=VALUE`, empty where it is not given."""
        node = call.arguments.get(name)
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return ""
        return f"{new or name}={self._text(node)}"

    def _client_of(self, call: SdkCall) -> str:
        """The client, by the workspace that the call is given, or the only one of the script."""
        node = call.arguments.get("workspace")
        if self._workspace is not None and id(self._workspace) in self._kept:
            self._uses_second = True
            return self._names.second_client
        makers = self._makers(node) if node is not None else [self._workspace] if self._workspace else []
        if len(makers) != 1 or makers[0] is None or self._expression(makers[0]) is None:
            raise _NoClientError
        return self._text(node) if node is not None else self._client

    def _name_of_client(self) -> str:
        names = {
            name
            for scope in self._script.walk.scopes
            for name, bindings in scope.bindings.items()
            for each in bindings
            if isinstance(each.value, ast.Call)
            and (found := self._calls.get(id(each.value))) is not None
            and found.owner == "Workspace"
            and found.name in _WORKSPACES
        }
        return names.pop() if len(names) == 1 else ""

    @property
    def _workspace(self) -> ast.Call | None:
        """The call that makes the only workspace of the script."""
        made = [call for call in self._calls.values() if call.owner == "Workspace" and call.name in _WORKSPACES]
        return made[0].node if len(made) == 1 else None

    def _add_client(self) -> None:
        """After the workspace of v1, which something still needs."""
        for statement in _statements(self._script.tree):
            if isinstance(statement, ast.Assign) and statement.value is self._workspace:
                call = self._calls[id(statement.value)]
                form = self.from_config(call) if call.name == "from_config" else self.workspace(call)
                if form is not None:
                    _, end = self._span(statement)
                    self._edits.append((end, end, f"\n{self._indent(statement)}{self._names.second_client} = {form}"))

    def run(self, call: SdkCall) -> str | None:
        body = call.arguments.get("input_data") or call.arguments.get("input")
        if body is None or not self._client or not isinstance(call.node.func, ast.Attribute):
            return None
        if not call.is_certain or len(call.arguments) != 1:
            return None
        self._runs = True
        name = f"{self._text(call.node.func.value)}.name"
        return f"{self._names.runs}({self._client_of(call)}, {name}, {self._text(body)})"

    def from_config(self, call: SdkCall) -> str | None:
        if not call.has_only("path"):
            return None
        return f"MLClient.from_config({_joined('DefaultAzureCredential()', self._argument(call, 'path'))})"

    def workspace(self, call: SdkCall) -> str | None:
        if not call.has_only("subscription_id", "resource_group", "workspace_name", "name"):
            return None
        name = "workspace_name" if "workspace_name" in call.arguments else "name"
        given = [self._argument(call, each) for each in ("subscription_id", "resource_group")]
        given += [self._argument(call, name, "workspace_name")]
        if not all(given):
            return None
        words = (each.replace("resource_group=", "resource_group_name=", 1) for each in given)
        return f"MLClient({_joined('DefaultAzureCredential()', *words)})"

    def register_model(self, call: SdkCall) -> str | None:
        kept = ("workspace", "model_path", "model_name", "tags", "properties", "description")
        if not call.has_only(*kept, "model_framework", "model_framework_version"):
            return None
        if call.text("model_name") and call.text("model_path"):
            self._registered.append((call.text("model_name"), call.text("model_path")))
        words = (
            self._argument(call, "model_path", "path"),
            self._argument(call, "model_name", "name"),
            'type="custom_model"',
            *(self._argument(call, each) for each in ("description", "tags", "properties")),
        )
        return f"{self._client_of(call)}.models.create_or_update({self._names.module}.Model({_joined(*words)}))"

    def get_model(self, call: SdkCall) -> str | None:
        if not call.has_only("workspace", "name", "version") or "name" not in call.arguments:
            return None
        version = call.value("version")
        if version is UNKNOWN:
            which = f"version=str({self._text(call.arguments['version'])})"
        else:
            which = f'version="{version}"' if version is not None else 'label="latest"'
        return f"{self._client_of(call)}.models.get({_joined(self._argument(call, 'name'), which)})"

    def list_models(self, call: SdkCall) -> str | None:
        if not call.has_only("workspace", "name"):
            return None
        return f"{self._client_of(call)}.models.list({self._argument(call, 'name')})"

    def conda_environment(self, call: SdkCall) -> str | None:
        if not call.has_only("name", "file_path"):
            return None
        words = (self._argument(call, "name"), f'image="{BASE_IMAGE}"', self._argument(call, "file_path", "conda_file"))
        return f"{self._names.module}.Environment({_joined(*words)})"

    def register_environment(self, call: SdkCall) -> str | None:
        if not call.has_only("workspace") or not isinstance(call.node.func, ast.Attribute):
            return None
        return f"{self._client_of(call)}.environments.create_or_update({self._text(call.node.func.value)})"

    def get_environment(self, call: SdkCall) -> str | None:
        if not call.has_only("workspace", "name", "version") or "name" not in call.arguments:
            return None
        which = self._argument(call, "version") or 'label="latest"'
        return f"{self._client_of(call)}.environments.get({_joined(self._argument(call, 'name'), which)})"

    def conda_dependencies(self, call: SdkCall) -> str | None:
        """A table that conda_file takes, of values that are certain."""
        if not call.has_only("pip_packages", "conda_packages", "python_version"):
            return None
        pip, conda, python = (call.value(each) for each in ("pip_packages", "conda_packages", "python_version"))
        if UNKNOWN in (pip, conda, python):
            return None
        pip = [SERVER if str(each).startswith("azureml-defaults") else each for each in pip or ()]  # type: ignore[attr-defined]
        if SERVER not in pip:
            pip.append(SERVER)
        packages = [f"python={python or '3.10'}", *(conda or ()), "pip", {"pip": pip}]  # type: ignore[misc]
        return repr({"name": "project_environment", "channels": ["conda-forge"], "dependencies": packages})

    def inference_config(self, call: SdkCall) -> str | None:
        if not call.has_only("entry_script", "source_directory", "environment"):
            return None
        script, folder = call.text("entry_script"), self._argument(call, "source_directory", "code")
        if not folder and script:
            above, _, name = script.rpartition("/")
            return f'{self._names.module}.CodeConfiguration(code="{above or "."}", scoring_script="{name}")'
        words = _joined(folder or 'code="."', self._argument(call, "entry_script", "scoring_script"))
        return f"{self._names.module}.CodeConfiguration({words})"

    def service(self, call: SdkCall) -> str | None:
        if not call.has_only("workspace", "name") or "name" not in call.arguments:
            return None
        return f"{self._client_of(call)}.online_endpoints.get({self._text(call.arguments['name'])})"

    def list_services(self, call: SdkCall) -> str | None:
        return f"{self._client_of(call)}.online_endpoints.list()" if call.has_only("workspace") else None

    def delete_service(self, call: SdkCall) -> str | None:
        return self._of_service(call, "begin_delete(name={name}).result()", "online_endpoints")

    def logs(self, call: SdkCall) -> str | None:
        lines = self._argument(call, "num_lines", "lines") or "lines=5000"
        form = f'get_logs(name="{DEPLOYMENT}", endpoint_name={{name}}, {lines})'
        return self._of_service(call, form, "online_deployments", "num_lines")

    def regenerate(self, call: SdkCall) -> str | None:
        kind = str(call.value("key") or "").lower()
        if kind not in ("primary", "secondary"):
            return None
        form = f'begin_regenerate_keys(name={{name}}, key_type="{kind}").result()'
        return self._of_service(call, form, "online_endpoints", "key")

    def _of_service(self, call: SdkCall, form: str, operations: str, *allowed: str) -> str | None:
        if not self._client or not call.has_only(*allowed) or not isinstance(call.node.func, ast.Attribute):
            return None
        name = f"{self._text(call.node.func.value)}.name"
        return f"{self._client_of(call)}.{operations}.{form.format(name=name)}"

    # ------------------------------------------------------------------------------------------ statements

    def _statement(self, statement: ast.stmt) -> None:
        call = self._call_of(statement)
        if call is None:
            return
        if id(call.node) in self._kept:
            return
        with contextlib.suppress(_NoClientError):
            self._by_statement(statement, call)

    def _by_statement(self, statement: ast.stmt, call: SdkCall) -> None:
        family = _family(call.owner)
        if (family, call.name) == ("Model", "deploy"):
            self._deploy(statement, call)
        elif self._is_kept(call.node.func.value if isinstance(call.node.func, ast.Attribute) else call.node):
            return
        elif family == "Webservice" and call.name == "wait_for_deployment" and isinstance(statement, ast.Expr):
            self._remove(statement)
            self._done.add(id(call.node))
        elif family == "Webservice" and call.name == "get_keys":
            self._keys(statement, call)

    def _call_of(self, statement: ast.stmt) -> SdkCall | None:
        value = statement.value if isinstance(statement, ast.Assign | ast.Expr) else None
        return self._calls.get(id(value)) if isinstance(value, ast.Call) else None

    def _keys(self, statement: ast.stmt, call: SdkCall) -> None:
        """`primary, secondary = service.get_keys()`."""
        target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
        read = self._of_service(call, "get_keys(name={name})", "online_endpoints")
        if not isinstance(target, ast.Tuple) or len(target.elts) != 2 or read is None:
            return
        keys = _free("keys", self._script.text)
        indent = self._indent(statement)
        lines = [f"{keys} = {read}", f"{self._text(target)} = {keys}.primary_key, {keys}.secondary_key"]
        self._put(statement, f"\n{indent}".join(lines))
        self._done.add(id(call.node))

    def _deploy(self, statement: ast.stmt, call: SdkCall) -> None:
        plan = self._plan(call)
        if plan is None:
            return
        target = "endpoint"
        if isinstance(statement, ast.Assign):
            if len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
                return
            target = statement.targets[0].id
        self._put(statement, f"\n{self._indent(statement)}".join(self._lines(plan, target)))
        self._done.add(id(call.node))
        self._deployments.append(plan.deployment)
        for name in plan.configurations:
            self._forget(name)

    def _lines(self, plan: _Plan, target: str) -> list[str]:
        """The statements of a deployment."""
        client, module = plan.client, self._names.module
        local = ", local=True" if plan.local else ""
        ending = "" if plan.local else ".result()"
        kind = "Kubernetes" if plan.kubernetes else "Managed"
        deployment = _free(f"{target}_deployment", self._script.text)
        lines = [
            f"{target} = {module}.{kind}OnlineEndpoint({_joined(f'name={plan.name}', *_words(plan.endpoint, module))})",
            f"{target} = {client}.online_endpoints.begin_create_or_update({target}{local}){ending}",
            f"{deployment} = {module}.{kind}OnlineDeployment(",
            f'    name="{DEPLOYMENT}",',
            f"    endpoint_name={plan.name},",
            *(f"    {each}," for each in plan.parts),
            *(f"    {each}," for each in _words(plan.settings, module)),
            ")",
            f"{client}.online_deployments.begin_create_or_update({deployment}{local}){ending}",
        ]
        if not plan.local:
            lines += [
                f'{target}.traffic = {{"{DEPLOYMENT}": 100}}',
                f"{target} = {client}.online_endpoints.begin_create_or_update({target}).result()",
            ]
        return lines

    def _plan(self, call: SdkCall) -> _Plan | None:
        allowed = ("workspace", "name", "models", "inference_config", "deployment_config", "deployment_target")
        if not call.has_only(*allowed, "overwrite", "show_output") or "name" not in call.arguments:
            return None
        config, compute_type, values = self._configuration(call)
        inference = self._made(call, "inference_config", "InferenceConfig")
        models = self._models(call)
        if values is None or inference is None or models is None:
            return None
        if not inference.has_only("entry_script", "source_directory", "environment"):
            return None
        compute = self._compute(call)
        if compute_type in ("aks", "aksendpoint") and not compute:
            return None
        name = call.text("name")
        described = {each: config.value(each) if config is not None else None for each in ("description", "tags")}
        source = V1Service(
            name or "service",
            self._path,
            compute_type,
            values,
            str(described["description"] or ""),
            texts_of(described["tags"]),
            compute=compute,
        )
        return self._planned(call, inference, source, models)

    def _planned(
        self, call: SdkCall, inference: SdkCall, source: V1Service, models: list[tuple[ast.expr, Scope]]
    ) -> _Plan:
        files = online_files(source, source.name, DEPLOYMENT, Outcome())
        settings = {
            key: value for key, value in files.deployment.items() if key not in ("name", "endpoint_name", "type")
        }
        endpoint = {key: value for key, value in files.endpoint.items() if value and key not in ("name", "properties")}
        if "compute" in endpoint:
            endpoint["compute"] = str(endpoint["compute"]).removeprefix("azureml:")
        parts = [f"model={self._text(node)}" for node, _ in models]
        parts.append(f"code_configuration={self._text(call.arguments['inference_config'])}")
        environment = self._argument(inference, "environment")
        parts += [environment] if environment else []
        configurations = [
            node.id for key in ("deployment_config",) if isinstance(node := call.arguments.get(key), ast.Name)
        ]
        if files.variables:
            settings["environment_variables"] = files.variables
        return _Plan(
            client=self._client_of(call),
            name=self._text(call.arguments["name"]),
            endpoint=endpoint,
            settings=settings,
            parts=parts,
            kubernetes=files.kubernetes,
            local=source.compute_type == "local",
            configurations=configurations,
            deployment=self._deployment(call, inference, source, models),
        )

    def _deployment(
        self, call: SdkCall, inference: SdkCall, source: V1Service, models: list[tuple[ast.expr, Scope]]
    ) -> SdkDeployment:
        environment = self._made(inference, "environment", "Environment")
        return SdkDeployment(
            call.node.lineno,
            call.text("name"),
            source.compute_type,
            source.values,
            source.description,
            source.tags,
            inference.text("entry_script"),
            inference.text("source_directory"),
            environment.text("name") if environment is not None else "",
            environment.text("file_path") if environment is not None else "",
            tuple(each for each in (self._model(node, scope) for node, scope in models) if each[0]),
        )

    def _model(self, node: ast.expr, scope: Scope) -> tuple[str, int, str]:
        made, _ = follow(node, scope)
        call = self._calls.get(id(made)) if isinstance(made, ast.Call) else None
        if call is None or call.owner != "Model":
            return "", 0, ""
        if call.name == "register":
            return call.text("model_name"), 1, call.text("model_path")
        version = call.value("version")
        return call.text("name"), version if isinstance(version, int) else 0, ""

    def _configuration(self, call: SdkCall) -> tuple[SdkCall | None, str, dict[str, Any] | None]:
        """The deployment configuration, its compute type and its settings; None for settings that are not certain."""
        if "deployment_config" not in call.arguments:
            return None, "aks" if "deployment_target" in call.arguments else "aci", {}
        node, _ = follow(call.arguments["deployment_config"], call.scope)
        config = self._calls.get(id(node)) if isinstance(node, ast.Call) else None
        if config is None or config.name != "deploy_configuration" or config.owner not in COMPUTE_TYPES:
            return None, "", None
        return config, COMPUTE_TYPES[config.owner], settings_of(config)

    def _made(self, call: SdkCall, argument: str, owner: str) -> SdkCall | None:
        """The call that made an argument."""
        node = call.arguments.get(argument)
        made, _ = follow(node, call.scope) if node is not None else (None, None)
        found = self._calls.get(id(made)) if isinstance(made, ast.Call) else None
        return found if found is not None and found.owner == owner else None

    def _models(self, call: SdkCall) -> list[tuple[ast.expr, Scope]] | None:
        """One model, or none; several become one folder, which a script cannot be rewritten to alone."""
        node = call.arguments.get("models")
        if node is None:
            return []
        made, scope = follow(node, call.scope)
        if not isinstance(made, ast.List) or len(made.elts) > 1:
            return None
        return [(each, scope) for each in made.elts]

    def _compute(self, call: SdkCall) -> str:
        """Name of the cluster."""
        node = call.arguments.get("deployment_target")
        made, _ = follow(node, call.scope) if node is not None else (None, None)
        target = self._calls.get(id(made)) if isinstance(made, ast.Call) else None
        if target is None or not (is_a(target.owner, "ComputeTarget") or target.owner == "ComputeTarget"):
            return ""
        return target.text("name")

    # ------------------------------------------------------------------------------------------ edits

    def _indent(self, statement: ast.stmt) -> str:
        return " " * statement.col_offset

    def _put(self, statement: ast.stmt, text: str) -> None:
        self._done.add(id(statement))
        self._edits.append((*self._span(statement), text))

    def _remove(self, statement: ast.stmt) -> None:
        """With its line; `pass` where a block would be empty."""
        self._done.add(id(statement))
        start, end = self._span(statement)
        text = self._script.text
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end)
        alone = not text[first:start].strip() and not text[end : last if last >= 0 else len(text)].strip()
        if alone and not _is_only(self._script.tree, statement):
            self._edits.append((first, last + 1 if last >= 0 else len(text), ""))
        else:
            self._edits.append((start, end, "pass"))

    def _forget(self, name: str) -> None:
        """Takes out a configuration that only deployments read, which have its settings now."""
        reads = [
            node
            for node in ast.walk(self._script.tree)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        deploys = sum(name in ast.dump(call.node) for call in self._calls.values() if call.name == "deploy")
        if len(reads) > deploys:
            return
        for statement in _statements(self._script.tree):
            call = self._call_of(statement)
            is_assignment = isinstance(statement, ast.Assign) and any(
                isinstance(each, ast.Name) and each.id == name for each in statement.targets
            )
            if (
                is_assignment
                and call is not None
                and call.name == "deploy_configuration"
                and id(statement) not in self._done
            ):
                self._remove(statement)
                self._done.add(id(call.node))

    # ------------------------------------------------------------------------------------------ what stays

    def _left(self) -> None:
        """What of the SDK is still there."""
        for call in self._calls.values():
            if id(call.node) in self._done or self._is_inside(call.node):
                continue
            known = CLASSES.get(_family(call.owner)) or CLASSES.get(call.owner)
            step = l10n.t("In v2: {classes}.", classes=known()) if known is not None else l10n.t("Rewrite it for v2.")
            line = call.node.lineno
            name = call.owner if call.name == "new" else f"{call.owner}.{call.name}"
            message = l10n.t("{name}() stays as it is: what it means in v2 is not certain.", name=name)
            self._notes.append(Note("absent", f"{self._path}:{line}", name, message, step, self._path, line))

        called = {id(call.func) for call, _, _ in self._script.walk.calls}
        for node, scope, _ in self._script.walk.attributes:
            if isinstance(node, ast.Attribute) and not {id(node)} & (called | self._done) and not self._is_inside(node):
                self._attribute_left(node, scope)

    def _attribute_left(self, node: ast.Attribute, scope: Scope) -> None:
        family = _family(self._values.class_of(node.value, scope))
        if family not in _SAME or node.attr in _SAME[family] or (family, node.attr) in _ATTRIBUTES:
            return
        message = l10n.t("{name} is another thing in v2, and stays as it is.", name=f"“{node.attr}”")
        step = l10n.t("Look what the object of azure-ai-ml has instead.")
        subject = f"{self._path}:{node.lineno}"
        self._notes.append(Note("changes", subject, f"{family}.{node.attr}", message, step, self._path, node.lineno))

    def _is_inside(self, node: ast.AST) -> bool:
        start, end = self._span(node)
        return any(first <= start and end <= last for first, last, _ in self._edits)


@dataclass(frozen=True, slots=True)
class _Names:
    """Names that the script does not use."""

    module: str
    """Of azure.ai.ml.entities."""
    second_client: str
    """The client beside a workspace of v1 that is still needed."""
    runs: str
    """The function that calls an endpoint."""

    @staticmethod
    def of(text: str) -> _Names:
        return _Names(_free("entities", text), _free("ml_client", text), _free("run_service", text))


@dataclass(frozen=True, slots=True)
class _Plan:
    """A deployment in the words of v2."""

    client: str
    name: str
    """The expression of its name."""
    endpoint: Mapping[str, Any]
    settings: Mapping[str, Any]
    parts: list[str]
    kubernetes: bool
    local: bool
    configurations: list[str]
    """Names of configurations of v1 that it has in it."""
    deployment: SdkDeployment


def _family(owner: str) -> str:
    """Kinds of services have one form in v2."""
    return "Webservice" if owner and is_a(owner, "Webservice") else owner


_HARMLESS = ("print", "str", "repr", "len", "isinstance", "type", "format")
"""Functions that take any object."""
_WORKSPACES = ("new", "from_config", "get")
"""How a workspace is made."""
_RUN = '''

def {name}(client, endpoint, body):
    """The answer of an endpoint, as Webservice.run() gave it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "request.json")
        with open(path, "wb") as file:
            file.write(body if isinstance(body, bytes) else body.encode("utf-8"))
        return json.loads(client.online_endpoints.invoke(endpoint_name=endpoint, request_file=path))


'''
_CALLS: dict[tuple[str, str], Callable[[_Rewriting, SdkCall], str | None]] = {
    ("Workspace", "from_config"): _Rewriting.from_config,
    ("Workspace", "new"): _Rewriting.workspace,
    ("Workspace", "get"): _Rewriting.workspace,
    ("Model", "register"): _Rewriting.register_model,
    ("Model", "new"): _Rewriting.get_model,
    ("Model", "list"): _Rewriting.list_models,
    ("Environment", "from_conda_specification"): _Rewriting.conda_environment,
    ("Environment", "register"): _Rewriting.register_environment,
    ("Environment", "get"): _Rewriting.get_environment,
    ("CondaDependencies", "create"): _Rewriting.conda_dependencies,
    ("InferenceConfig", "new"): _Rewriting.inference_config,
    ("Webservice", "new"): _Rewriting.service,
    ("Webservice", "list"): _Rewriting.list_services,
    ("Webservice", "delete"): _Rewriting.delete_service,
    ("Webservice", "get_logs"): _Rewriting.logs,
    ("Webservice", "run"): _Rewriting.run,
    ("Webservice", "regen_key"): _Rewriting.regenerate,
}
_ATTRIBUTES = {
    ("Workspace", "name"): "workspace_name",
    ("Workspace", "resource_group"): "resource_group_name",
    ("Webservice", "swagger_uri"): "openapi_uri",
    ("Webservice", "state"): "provisioning_state",
}


_SAME: Mapping[str, tuple[str, ...]] = {
    "Workspace": ("subscription_id", "models", "environments", "webservices", "compute_targets"),
    "Webservice": ("name", "scoring_uri", "tags", "description", "properties"),
    "Model": ("name", "version", "tags", "description", "properties"),
}
"""Attributes that objects of v2 have under the same name; items of a workspace are told of by their calls."""


def _scopes(script: ParsedScript) -> dict[int, Scope]:
    """The scope of every expression. Those that stand inside come later and win."""
    found: dict[int, Scope] = {}
    for scope in script.walk.scopes:
        inside = scope.node if scope.kind == "module" else None
        bodies = [inside] if inside is not None else getattr(scope.node, "body", [])
        for part in bodies if isinstance(bodies, list) else [bodies]:
            found.update({id(node): scope for node in ast.walk(part)})
    return found


def _name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.stmt))


def _is_block(statement: ast.stmt) -> bool:
    return hasattr(statement, "body")


def _is_only(tree: ast.Module, statement: ast.stmt) -> bool:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and statement in block:
                return len(block) == 1 and node is not tree
    return False


def _joined(*words: str) -> str:
    return ", ".join(filter(None, words))


def _words(values: Mapping[str, Any], module: str) -> list[str]:
    """Keyword arguments, with the classes of azure-ai-ml where they hold several values."""
    return [f"{key}={_value(key, value, module)}" for key, value in values.items() if value not in (None, "", {})]


def _value(key: str, value: object, module: str) -> str:
    if not isinstance(value, Mapping):
        return _quoted(value)
    if key == "collections":
        return "{" + ", ".join(f'"{name}": {_value(name, each, module)}' for name, each in value.items()) + "}"
    kind = _KEYWORDS.get(key)
    if kind is None:
        return "{" + ", ".join(f"{_quoted(name)}: {_quoted(each)}" for name, each in value.items()) + "}"
    named = {("gpu" if name == "nvidia.com/gpu" else name): each for name, each in value.items() if name != "type"}
    if kind == "DeploymentCollection":
        named = {name: str(each) for name, each in named.items()}
    return f"{module}.{kind}({_joined(*_words(named, module))})"


def _quoted(value: object) -> str:
    """A value as people write it in Python."""
    if isinstance(value, str):
        written = repr(value)
        return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written
    return repr(value)


def _free(name: str, text: str) -> str:
    """A name that the script does not use."""
    while re.search(rf"\b{name}\b", text):
        name = f"{name}_"
    return name


def _applied(text: str, edits: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    position = 0
    for start, end, new in sorted(edits):
        if start >= position:
            parts += [text[position:start], new]
            position = end
    return "".join([*parts, text[position:]])


def _with_imports(text: str, module: str, runs: str) -> str:
    """The imports of v2, and those of v1 that something still uses."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = text.splitlines(keepends=True)
    place = 0
    for statement in reversed([each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]):
        if (statement.module or "").split(".")[0] != "azureml" or statement.col_offset:
            continue
        kept = [each for each in statement.names if (each.asname or each.name) in used]
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        if kept != statement.names:
            listed = ", ".join(f"{each.name} as {each.asname}" if each.asname else each.name for each in kept)
            lines[first:last] = [f"from {statement.module} import {listed}\n"] if kept else []
        place = first
    wanted = []
    if {"MLClient", module} & used:
        entities = "entities" if module == "entities" else f"entities as {module}"
        names = [*(["MLClient"] if "MLClient" in used else []), *([entities] if module in used else [])]
        wanted.append(f"from azure.ai.ml import {', '.join(names)}\n")
    if "DefaultAzureCredential" in used:
        wanted.append("from azure.identity import DefaultAzureCredential\n")
    lines = [*lines[:place], *wanted, *lines[place:]]
    if runs:
        lines = _with_run(lines, runs)
    return "".join(lines)


def _with_run(lines: list[str], name: str) -> list[str]:
    """The function that calls an endpoint, after the imports."""
    tree = ast.parse("".join(lines))
    imports = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    known = {alias.name for each in imports if isinstance(each, ast.Import) for alias in each.names if not alias.asname}
    first = imports[0].lineno - 1 if imports else 0
    last = _last_import(tree)
    function = _RUN.format(name=name)
    needed = [f"import {module}\n" for module in ("json", "os", "tempfile") if module not in known]
    futures = [each for each in imports if isinstance(each, ast.ImportFrom) and each.module == "__future__"]
    first = max([first, *((each.end_lineno or each.lineno) for each in futures)])
    last = max(last, first)
    return [*lines[:first], *needed, *lines[first:last], function, *lines[last:]]


def _last_import(tree: ast.Module) -> int:
    """The line after the imports that a script begins with."""
    line = 0
    for statement in tree.body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not (is_text or isinstance(statement, ast.Import | ast.ImportFrom)):
            break
        line = statement.end_lineno or statement.lineno
    return line
