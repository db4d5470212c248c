"""Finds the class of the SDK that an expression surely has, if the text says so."""

from __future__ import annotations

import ast

from scoredock.checks.script.qualified import argument
from scoredock.checks.script.scope import Binding, Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.contrib.sdk.checks.classes import NAMED_INSIDE, classes, import_lines, is_a, kinds_of, method

_DEPTH = 8
_MOST_BINDINGS = 200
"""Assignments of one name that are looked at."""
_ITEMS = {
    "compute_targets": "ComputeTarget",
    "webservices": "Webservice",
    "models": "Model",
    "environments": "Environment",
}
"""Dictionaries of a workspace, and what they hold."""
_SERVICE_OF = {
    "LocalWebserviceDeploymentConfiguration": "LocalWebservice",
    "AciServiceDeploymentConfiguration": "AciWebservice",
    "AksServiceDeploymentConfiguration": "AksWebservice",
    "AksEndpointDeploymentConfiguration": "AksEndpoint",
}
_TARGET_OF = {
    "AksProvisioningConfiguration": "AksCompute",
    "AksAttachConfiguration": "AksCompute",
    "AmlComputeProvisioningConfiguration": "AmlCompute",
}


class SdkValues:
    """Answers for one script, each found once."""

    def __init__(self, script: ParsedScript) -> None:
        self.script = script
        self._known: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._named: dict[int, str] = {}

    def class_named(self, node: ast.AST, scope: Scope) -> str:
        """The SDK class that an expression names, or empty."""
        known = self._named.get(id(node))
        if known is None:
            known = self._named[id(node)] = self._class_named(node, scope)
        return known

    def _class_named(self, node: ast.AST, scope: Scope) -> str:
        dotted = self.script.dotted(node, scope)
        if not dotted:
            return self._never_imported(node, scope)
        if not dotted.startswith("azureml."):
            return ""
        first, _, last = dotted.rpartition(".")
        inside = NAMED_INSIDE.get((first.rpartition(".")[2], last))
        if inside:
            return inside
        known = classes().get(last)
        if known is None or not (first == known.module or known.module.startswith(first + ".")):
            return ""  # the SDK has further classes of the same names inside
        return last

    def _never_imported(self, node: ast.AST, scope: Scope) -> str:
        """A class that is used by its well-known name though nothing binds it; another check reports that."""
        inside = ""
        if isinstance(node, ast.Attribute):
            inside = node.attr
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in import_lines() or self.script.walk.star_import:
            return ""
        if scope.lookup(node.id) is not None or node.id not in classes():
            return ""
        return NAMED_INSIDE.get((node.id, inside), "") if inside else node.id

    def class_of(self, node: ast.AST | None, scope: Scope, depth: int = _DEPTH) -> str:
        """The SDK class of the object that an expression gives, or empty when it may be anything."""
        if node is None or depth <= 0:
            return ""
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = ""  # a name that is made of itself tells nothing
            known = self._known[id(node)] = self._class_of(node, scope, depth)
        return known

    def _class_of(self, node: ast.AST, scope: Scope, depth: int) -> str:
        if isinstance(node, ast.Name):
            bindings = scope.resolve(node.id)
            if not bindings or len(bindings) > _MOST_BINDINGS:
                return ""
            known = self._names.get(id(bindings))
            if known is None:
                known = self._names[id(bindings)] = self._of_bindings(bindings, scope, depth)
            return known
        if isinstance(node, ast.Call):
            return self._of_call(node, scope, depth)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
            owner = self.class_of(node.value.value, scope, depth - 1)
            return _ITEMS.get(node.value.attr, "") if owner == "Workspace" else ""
        return ""

    def _of_bindings(self, bindings: list[Binding], scope: Scope, depth: int) -> str:
        result = ""
        for binding in bindings:
            if binding.kind == "value" and isinstance(binding.value, ast.Constant) and binding.value.value is None:
                continue
            class_name = ""
            if binding.kind == "value" and binding.value is not None:
                class_name = self.class_of(binding.value, binding.owner or scope, depth - 1)
            if not class_name or (result and not is_a(class_name, result) and not is_a(result, class_name)):
                return (
                    "Webservice"
                    if class_name and result and is_a(class_name, "Webservice") and is_a(result, "Webservice")
                    else ""
                )
            result = class_name if not result or is_a(result, class_name) else result
        return result

    def _of_call(self, call: ast.Call, scope: Scope, depth: int) -> str:
        made = self.class_named(call.func, scope)
        if made:
            return "" if made.endswith("Factory") else made
        if not isinstance(call.func, ast.Attribute):
            return ""
        name = call.func.attr
        owner = self.class_named(call.func.value, scope) or self.class_of(call.func.value, scope, depth - 1)
        if not owner:
            return ""
        found = method(owner, name)
        returns = found.returns if found else ""
        if returns == "Webservice" and found is not None:
            position = found.positional.index("deployment_config") if "deployment_config" in found.positional else 99
            config = argument(call, position, "deployment_config")
            return _SERVICE_OF.get(self.class_of(config, scope, depth - 1), returns)
        if returns == "ComputeTarget":
            config = argument(call, 2, "provisioning_configuration") or argument(call, 2, "attach_configuration")
            return _TARGET_OF.get(self.class_of(config, scope, depth - 1), returns)
        return returns

    def owner(self, function: ast.AST, scope: Scope) -> tuple[str, bool]:
        """Class of x in `x.name`, and True if x is the class itself."""
        if not isinstance(function, ast.Attribute):
            return "", False
        named = self.class_named(function.value, scope)
        return (named, True) if named else (self.class_of(function.value, scope), False)


def possible(owner: str, named: bool) -> tuple[str, ...]:
    """The classes whose methods may be meant."""
    return (owner,) if named else kinds_of(owner)
