"""Model.deploy in the words of azure-ai-ml: an endpoint, its deployment, and all requests for that."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.contrib.migration.domain.online import online_files
from scoredock.contrib.migration.domain.report import Outcome
from scoredock.contrib.migration.domain.sdk.environments import environment_of
from scoredock.contrib.migration.domain.sdk.python_text import free_name, joined, keyword_words, statements
from scoredock.contrib.migration.domain.sdk.rewriting import DEPLOYMENT, Rewriting, SdkDeployment
from scoredock.contrib.migration.domain.sdk.values import COMPUTE_TYPES, SdkCall, settings_of, texts_of
from scoredock.contrib.migration.domain.source import V1Service
from scoredock.contrib.sdk.api import is_a
from scoredock.late_dataclass import dataclass


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
    """Names of the configuration and the cluster of v1 that it has in it."""
    deployment: SdkDeployment


def deploy(work: Rewriting, statement: ast.stmt, call: SdkCall) -> None:
    """Puts the lines of v2 in place of the statement, if all that the service is made of is certain."""
    plan = _plan(work, call)
    if plan is None:
        return
    target = "endpoint"
    if isinstance(statement, ast.Assign):
        if len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
            return
        target = statement.targets[0].id
    work.put(statement, f"\n{work.indent(statement)}".join(_lines(work, plan, target)))
    work.v2_nodes.add(id(call.node))
    work.deployments.append(plan.deployment)
    for name in plan.configurations:
        _forget(work, name)


def _lines(work: Rewriting, plan: _Plan, target: str) -> list[str]:
    """The statements of a deployment."""
    client, module = plan.client, work.names.module
    local = ", local=True" if plan.local else ""
    ending = "" if plan.local else ".result()"
    kind = "Kubernetes" if plan.kubernetes else "Managed"
    words = joined(f"name={plan.name}", *keyword_words(plan.endpoint, module))
    deployment = free_name(f"{target}_deployment", work.script.text)
    lines = [
        f"{target} = {module}.{kind}OnlineEndpoint({words})",
        f"{target} = {client}.online_endpoints.begin_create_or_update({target}{local}){ending}",
        f"{deployment} = {module}.{kind}OnlineDeployment(",
        f'    name="{DEPLOYMENT}",',
        f"    endpoint_name={plan.name},",
        *(f"    {each}," for each in plan.parts),
        *(f"    {each}," for each in keyword_words(plan.settings, module)),
        ")",
        f"{client}.online_deployments.begin_create_or_update({deployment}{local}){ending}",
    ]
    if not plan.local:
        lines += [
            f'{target}.traffic = {{"{DEPLOYMENT}": 100}}',
            f"{target} = {client}.online_endpoints.begin_create_or_update({target}).result()",
        ]
    return lines


def _plan(work: Rewriting, call: SdkCall) -> _Plan | None:
    allowed = ("workspace", "name", "models", "inference_config", "deployment_config", "deployment_target")
    if not call.has_only(*allowed, "overwrite", "show_output") or "name" not in call.arguments:
        return None
    config, compute_type, values = _configuration(work, call)
    inference = _call_that_made(work, call, "inference_config", "InferenceConfig")
    models = _models(call)
    if values is None or inference is None or models is None:
        return None
    if not inference.has_only("entry_script", "source_directory", "environment"):
        return None
    compute = _compute(work, call)
    if compute_type in ("aks", "aksendpoint") and not compute:
        return None
    name = call.text("name")
    described = {each: config.value(each) if config is not None else None for each in ("description", "tags")}
    source = V1Service(
        name or "service",
        work.path,
        compute_type,
        values,
        str(described["description"] or ""),
        texts_of(described["tags"]),
        compute=compute,
    )
    return _planned(work, call, inference, source, models)


def _planned(
    work: Rewriting, call: SdkCall, inference: SdkCall, source: V1Service, models: list[tuple[ast.expr, Scope]]
) -> _Plan:
    files = online_files(source, source.name, DEPLOYMENT, Outcome())
    settings = {key: value for key, value in files.deployment.items() if key not in ("name", "endpoint_name", "type")}
    endpoint = {key: value for key, value in files.endpoint.items() if value and key not in ("name", "properties")}
    if "compute" in endpoint:
        endpoint["compute"] = str(endpoint["compute"]).removeprefix("azureml:")
    parts = [f"model={work.text(node)}" for node, _ in models]
    parts.append(f"code_configuration={work.text(call.arguments['inference_config'])}")
    environment = work.argument(inference, "environment")
    parts += [environment] if environment else []
    configurations = [
        node.id
        for key in ("deployment_config", "deployment_target")
        if isinstance(node := call.arguments.get(key), ast.Name)
    ]
    if files.variables:
        settings["environment_variables"] = files.variables
    return _Plan(
        client=work.client_of(call),
        name=work.text(call.arguments["name"]),
        endpoint=endpoint,
        settings=settings,
        parts=parts,
        kubernetes=files.kubernetes,
        local=source.compute_type == "local",
        configurations=configurations,
        deployment=_deployment(work, call, inference, source, models),
    )


def _deployment(
    work: Rewriting, call: SdkCall, inference: SdkCall, source: V1Service, models: list[tuple[ast.expr, Scope]]
) -> SdkDeployment:
    node = inference.arguments.get("environment")
    return SdkDeployment(
        call.node.lineno,
        call.text("name"),
        source.compute_type,
        source.values,
        source.description,
        source.tags,
        inference.text("entry_script"),
        inference.text("source_directory"),
        environment_of(work, node, inference.scope) if node is not None else None,
        tuple(each for each in (_model(work, node, scope) for node, scope in models) if each[0]),
    )


def _model(work: Rewriting, node: ast.expr, scope: Scope) -> tuple[str, int, str]:
    maker, _ = follow(node, scope)
    call = work.calls.get(id(maker)) if isinstance(maker, ast.Call) else None
    if call is None or call.owner != "Model":
        return "", 0, ""
    if call.name == "register":
        return call.text("model_name"), 1, call.text("model_path")
    version = call.value("version")
    return call.text("name"), version if isinstance(version, int) else 0, ""


def _configuration(work: Rewriting, call: SdkCall) -> tuple[SdkCall | None, str, dict[str, Any] | None]:
    """The deployment configuration, its compute type and its settings; None for settings that are not certain."""
    if "deployment_config" not in call.arguments:
        return None, "aks" if "deployment_target" in call.arguments else "aci", {}
    node, _ = follow(call.arguments["deployment_config"], call.scope)
    config = work.calls.get(id(node)) if isinstance(node, ast.Call) else None
    if config is None or config.name != "deploy_configuration" or config.owner not in COMPUTE_TYPES:
        return None, "", None
    return config, COMPUTE_TYPES[config.owner], settings_of(config)


def _call_that_made(work: Rewriting, call: SdkCall, argument: str, owner: str) -> SdkCall | None:
    """The call that made an argument."""
    node = call.arguments.get(argument)
    maker, _ = follow(node, call.scope) if node is not None else (None, None)
    made_by = work.calls.get(id(maker)) if isinstance(maker, ast.Call) else None
    return made_by if made_by is not None and made_by.owner == owner else None


def _models(call: SdkCall) -> list[tuple[ast.expr, Scope]] | None:
    """One model, or none; several become one folder, which a script cannot be rewritten to alone."""
    node = call.arguments.get("models")
    if node is None:
        return []
    value, scope = follow(node, call.scope)
    if not isinstance(value, ast.List) or len(value.elts) > 1:
        return None
    return [(each, scope) for each in value.elts]


def _compute(work: Rewriting, call: SdkCall) -> str:
    """Name of the cluster."""
    node = call.arguments.get("deployment_target")
    maker, _ = follow(node, call.scope) if node is not None else (None, None)
    target = work.calls.get(id(maker)) if isinstance(maker, ast.Call) else None
    if target is None or not (is_a(target.owner, "ComputeTarget") or target.owner == "ComputeTarget"):
        return ""
    return target.text("name")


def _forget(work: Rewriting, name: str) -> None:
    """Takes out a configuration or a cluster that only rewritten deployments read, which have it in them now."""
    reads = sum(_is_read(node, name) for node in ast.walk(work.script.tree))
    in_deployments = sum(
        _is_read(node, name)
        for call in work.calls.values()
        if call.name == "deploy" and id(call.node) in work.v2_nodes
        for node in ast.walk(call.node)
    )
    if reads > in_deployments:
        return
    for statement in statements(work.script.tree):
        call = work.call_of(statement)
        is_assignment = isinstance(statement, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == name for each in statement.targets
        )
        if is_assignment and call is not None and _only_describes(call) and id(statement) not in work.v2_nodes:
            work.remove(statement)
            work.v2_nodes.add(id(call.node))


def _is_read(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _only_describes(call: SdkCall) -> bool:
    """True if nothing happens when it runs: a configuration, or the object of a cluster that is there."""
    is_cluster = call.owner == "ComputeTarget" or is_a(call.owner, "ComputeTarget")
    return call.name == "deploy_configuration" or (call.name == "new" and is_cluster)
