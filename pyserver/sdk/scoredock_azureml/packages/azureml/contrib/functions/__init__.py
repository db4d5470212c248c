"""Models as apps of Azure Functions: the folder that `docker build` makes an image of.

May import: the standard library and `azureml`. Door: the functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Union

from azureml._scoredock.absent import PREVIEW, every_name
from azureml.core._package import ModelPackage
from azureml.core.model import _model_id
from azureml.exceptions import WebserviceException

if TYPE_CHECKING:
    from azureml.core._inference_config import InferenceConfig
    from azureml.core.model import Model
    from azureml.core.workspace import Workspace

HTTP_TRIGGER, BLOB_TRIGGER, SERVICE_BUS_QUEUE_TRIGGER = "http", "blob", "service_bus_queue"
__all__ = [
    "BLOB_TRIGGER",
    "HTTP_TRIGGER",
    "SERVICE_BUS_QUEUE_TRIGGER",
    "package",
    "package_blob",
    "package_http",
    "package_service_bus_queue",
]
__getattr__ = every_name(__name__, PREVIEW)


def package(
    workspace: "Workspace",
    models: "List[Union[str, Model]]",
    inference_config: "InferenceConfig",
    generate_dockerfile: bool = False,
    functions_enabled: bool = False,
    trigger: Optional[str] = None,
    **kwargs: Any,
) -> ModelPackage:
    """Begins to write the files of an app with this trigger. Raises WebserviceException for another one, and for
    options that it has not."""
    options = _OPTIONS.get(trigger or "")
    if options is None:
        raise WebserviceException(f"Invalid trigger {trigger}, valid options are [{','.join(_OPTIONS)}]")
    try:
        functions = options(**kwargs)
    except TypeError as fault:
        raise WebserviceException(f"Invalid option {fault} for trigger {trigger}") from None
    if not generate_dockerfile:
        print("The app is written as a folder, of which `docker build` makes the image: location says where it is.")
    app = ModelPackage._create(
        workspace,
        [_model_id(workspace, each) for each in models],
        inference_config,
        True,
        (None, None),
        functions={name: value for name, value in functions.items() if value is not None},
    )
    if not generate_dockerfile:
        app._folder = ""  # nobody asks for a copy of it, so that it stays
    return app


def package_http(
    workspace: "Workspace",
    models: "List[Union[str, Model]]",
    inference_config: "InferenceConfig",
    generate_dockerfile: bool = False,
    auth_level: Optional[str] = None,
) -> ModelPackage:
    """An app that is called by HTTP."""
    return package(
        workspace, models, inference_config, generate_dockerfile, trigger=HTTP_TRIGGER, auth_level=auth_level
    )


def package_blob(
    workspace: "Workspace",
    models: "List[Union[str, Model]]",
    inference_config: "InferenceConfig",
    generate_dockerfile: bool = False,
    input_path: Optional[str] = None,
    output_path: Optional[str] = None,
) -> ModelPackage:
    """An app that is called by new blobs."""
    return package(
        workspace,
        models,
        inference_config,
        generate_dockerfile,
        trigger=BLOB_TRIGGER,
        input_path=input_path,
        output_path=output_path,
    )


def package_service_bus_queue(
    workspace: "Workspace",
    models: "List[Union[str, Model]]",
    inference_config: "InferenceConfig",
    generate_dockerfile: bool = False,
    input_queue_name: Optional[str] = None,
    output_queue_name: Optional[str] = None,
) -> ModelPackage:
    """An app that is called by messages of a queue of Service Bus."""
    return package(
        workspace,
        models,
        inference_config,
        generate_dockerfile,
        trigger=SERVICE_BUS_QUEUE_TRIGGER,
        input_queue_name=input_queue_name,
        output_queue_name=output_queue_name,
    )


def _http(auth_level: Optional[str] = None) -> Dict[str, Optional[str]]:
    return {"trigger": HTTP_TRIGGER, "authLevel": auth_level}


def _blob(input_path: Optional[str] = None, output_path: Optional[str] = None) -> Dict[str, Optional[str]]:
    return {"trigger": BLOB_TRIGGER, "input": input_path, "output": output_path}


def _queue(input_queue_name: Optional[str] = None, output_queue_name: Optional[str] = None) -> Dict[str, Optional[str]]:
    return {"trigger": SERVICE_BUS_QUEUE_TRIGGER, "input": input_queue_name, "output": output_queue_name}


_OPTIONS: Dict[str, Callable[..., Dict[str, Optional[str]]]] = {
    BLOB_TRIGGER: _blob,
    SERVICE_BUS_QUEUE_TRIGGER: _queue,
    HTTP_TRIGGER: _http,
}
