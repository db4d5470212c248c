"""The form that each call of the SDK v1 has in azure-ai-ml, as text; None where its meaning is not certain."""

from __future__ import annotations

import ast

from scoredock.contrib.migration.domain.environments import BASE_IMAGE, SERVER
from scoredock.contrib.migration.domain.sdk.python_text import joined
from scoredock.contrib.migration.domain.sdk.rewriting import DEPLOYMENT, Forms, Rewriting
from scoredock.contrib.migration.domain.sdk.values import UNKNOWN, SdkCall


def _run(work: Rewriting, call: SdkCall) -> str | None:
    body = call.arguments.get("input_data") or call.arguments.get("input")
    if body is None or not work.client or not isinstance(call.node.func, ast.Attribute):
        return None
    if not call.is_certain or len(call.arguments) != 1 or work.is_of_v1(call.node.func.value):
        return None
    work.runs_services = True
    name = f"{work.text(call.node.func.value)}.name"
    return f"{work.names.runs}({work.client_of(call)}, {name}, {work.text(body)})"


def from_config(work: Rewriting, call: SdkCall) -> str | None:
    """The client, by the configuration file of the workspace."""
    if not call.has_only("path"):
        return None
    return f"MLClient.from_config({joined('DefaultAzureCredential()', work.argument(call, 'path'))})"


def workspace(work: Rewriting, call: SdkCall) -> str | None:
    """The client, by the names of the workspace."""
    if not call.has_only("subscription_id", "resource_group", "workspace_name", "name"):
        return None
    name = "workspace_name" if "workspace_name" in call.arguments else "name"
    words = [work.argument(call, each) for each in ("subscription_id", "resource_group")]
    words += [work.argument(call, name, "workspace_name")]
    if not all(words):
        return None
    new = (each.replace("resource_group=", "resource_group_name=", 1) for each in words)
    return f"MLClient({joined('DefaultAzureCredential()', *new)})"


def _register_model(work: Rewriting, call: SdkCall) -> str | None:
    same = ("workspace", "model_path", "model_name", "tags", "properties", "description")
    if not call.has_only(*same, "model_framework", "model_framework_version"):
        return None
    if call.text("model_name") and call.text("model_path"):
        work.registrations.append((call.text("model_name"), call.text("model_path")))
    words = (
        work.argument(call, "model_path", "path"),
        work.argument(call, "model_name", "name"),
        'type="custom_model"',
        *(work.argument(call, each) for each in ("description", "tags", "properties")),
    )
    return f"{work.client_of(call)}.models.create_or_update({work.names.module}.Model({joined(*words)}))"


def _get_model(work: Rewriting, call: SdkCall) -> str | None:
    if not call.has_only("workspace", "name", "version") or "name" not in call.arguments:
        return None
    version = call.value("version")
    if version is UNKNOWN:
        which = f"version=str({work.text(call.arguments['version'])})"
    else:
        which = f'version="{version}"' if version is not None else 'label="latest"'
    return f"{work.client_of(call)}.models.get({joined(work.argument(call, 'name'), which)})"


def _list_models(work: Rewriting, call: SdkCall) -> str | None:
    if not call.has_only("workspace", "name"):
        return None
    return f"{work.client_of(call)}.models.list({work.argument(call, 'name')})"


def _conda_environment(work: Rewriting, call: SdkCall) -> str | None:
    if not call.has_only("name", "file_path"):
        return None
    words = (work.argument(call, "name"), f'image="{BASE_IMAGE}"', work.argument(call, "file_path", "conda_file"))
    return f"{work.names.module}.Environment({joined(*words)})"


def _register_environment(work: Rewriting, call: SdkCall) -> str | None:
    if not call.has_only("workspace") or not isinstance(call.node.func, ast.Attribute):
        return None
    if work.is_of_v1(call.node.func.value):
        return None
    return f"{work.client_of(call)}.environments.create_or_update({work.text(call.node.func.value)})"


def _get_environment(work: Rewriting, call: SdkCall) -> str | None:
    if not call.has_only("workspace", "name", "version") or "name" not in call.arguments:
        return None
    which = work.argument(call, "version") or 'label="latest"'
    return f"{work.client_of(call)}.environments.get({joined(work.argument(call, 'name'), which)})"


def _conda_dependencies(work: Rewriting, call: SdkCall) -> str | None:
    """A table that conda_file takes, of values that are certain."""
    if not call.has_only("pip_packages", "conda_packages", "python_version"):
        return None
    pip, conda, python = (call.value(each) for each in ("pip_packages", "conda_packages", "python_version"))
    if UNKNOWN in (pip, conda, python):
        return None
    if not isinstance(pip or (), (list, tuple)):
        return None  # the SDK takes no other
    listed: list[object] = list(pip or ())  # type: ignore[call-overload]
    pip = [SERVER if str(each).startswith("azureml-defaults") else each for each in listed]
    if SERVER not in pip:
        pip.append(SERVER)
    packages = [f"python={python or '3.10'}", *(conda or ()), "pip", {"pip": pip}]  # type: ignore[misc]
    return repr({"name": "project_environment", "channels": ["conda-forge"], "dependencies": packages})


def _inference_config(work: Rewriting, call: SdkCall) -> str | None:
    if not call.has_only("entry_script", "source_directory", "environment"):
        return None
    script, folder = call.text("entry_script"), work.argument(call, "source_directory", "code")
    if not folder and script:
        above, _, name = script.rpartition("/")
        return f'{work.names.module}.CodeConfiguration(code="{above or "."}", scoring_script="{name}")'
    words = joined(folder or 'code="."', work.argument(call, "entry_script", "scoring_script"))
    return f"{work.names.module}.CodeConfiguration({words})"


def _service(work: Rewriting, call: SdkCall) -> str | None:
    if not call.has_only("workspace", "name") or "name" not in call.arguments:
        return None
    return f"{work.client_of(call)}.online_endpoints.get({work.text(call.arguments['name'])})"


def _list_services(work: Rewriting, call: SdkCall) -> str | None:
    return f"{work.client_of(call)}.online_endpoints.list()" if call.has_only("workspace") else None


def _delete_service(work: Rewriting, call: SdkCall) -> str | None:
    return of_service(work, call, "begin_delete(name={name}).result()", "online_endpoints")


def _logs(work: Rewriting, call: SdkCall) -> str | None:
    lines = work.argument(call, "num_lines", "lines") or "lines=5000"
    form = f'get_logs(name="{DEPLOYMENT}", endpoint_name={{name}}, {lines})'
    return of_service(work, call, form, "online_deployments", "num_lines")


def _regenerate(work: Rewriting, call: SdkCall) -> str | None:
    kind = str(call.value("key") or "").lower()
    if kind not in ("primary", "secondary"):
        return None
    form = f'begin_regenerate_keys(name={{name}}, key_type="{kind}").result()'
    return of_service(work, call, form, "online_endpoints", "key")


def of_service(work: Rewriting, call: SdkCall, form: str, operations: str, *allowed: str) -> str | None:
    """Call of the client in place of a method of a service, as text; None if that is not certain. `form` has `{name}`
    for the name of the endpoint.
    """
    if not work.client or not call.has_only(*allowed) or not isinstance(call.node.func, ast.Attribute):
        return None
    if work.is_of_v1(call.node.func.value):
        return None
    name = f"{work.text(call.node.func.value)}.name"
    return f"{work.client_of(call)}.{operations}.{form.format(name=name)}"


FORMS: Forms = {
    ("Workspace", "from_config"): from_config,
    ("Workspace", "new"): workspace,
    ("Workspace", "get"): workspace,
    ("Model", "register"): _register_model,
    ("Model", "new"): _get_model,
    ("Model", "list"): _list_models,
    ("Environment", "from_conda_specification"): _conda_environment,
    ("Environment", "register"): _register_environment,
    ("Environment", "get"): _get_environment,
    ("CondaDependencies", "create"): _conda_dependencies,
    ("InferenceConfig", "new"): _inference_config,
    ("Webservice", "new"): _service,
    ("Webservice", "list"): _list_services,
    ("Webservice", "delete"): _delete_service,
    ("Webservice", "get_logs"): _logs,
    ("Webservice", "run"): _run,
    ("Webservice", "regen_key"): _regenerate,
}
