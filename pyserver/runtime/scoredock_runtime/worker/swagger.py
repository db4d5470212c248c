"""The service's own description, in the three versions that Azure's inference server offers."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Union

from scoredock_runtime.http.application import SwaggerMissing
from scoredock_runtime.script_process.entry_script import swagger_versions

if TYPE_CHECKING:
    from scoredock_runtime.worker.remote_script import RemoteScript
    from scoredock_runtime.worker.script import Script

Json = Dict[str, Any]

logger = logging.getLogger("azmlinfsrv.swagger")

_VERSIONS: Tuple[Tuple[str, Tuple[str, ...], Tuple[str, ...]], ...] = (
    # Version, what a caller may write for it, files of the person that take its place.
    ("2", ("2", "2.0"), ("swagger.json", "swagger2.json")),
    ("3", ("3", "3.0"), ("swagger3.json",)),
    ("3.1", ("3.1",), ("swagger3.1.json",)),
)
_FAILED = "The service failed to execute due to an error."
_HEALTHY = "If service is up and running, this response will be returned with the content 'Healthy'"
_SCORED = "The service processed the input correctly and provided a result prediction, if applicable."


class BadSwaggerFile(Exception):
    """No service starts with such a file of the person's own, as in v1."""


class Swagger:
    """Made once when the worker starts. Raises BadSwaggerFile."""

    def __init__(self, app_root: str, script: Union[Script, RemoteScript]) -> None:
        self._texts: Dict[str, bytes] = {}
        self._available: List[str] = []
        input_schema, output_schema, supported = _schemas(script)
        for version, names, files in _VERSIONS:
            document = _own_file(app_root, version, files)
            if document is None and any(name in supported for name in names):
                document = _generate(version, input_schema, output_schema)
            if document is None:
                continue
            try:
                text = json.dumps(document).encode()
            except (TypeError, ValueError) as fault:
                logger.warning("No swagger of version %s: %s", version, fault)
                continue
            self._available.append(version)
            self._texts.update(dict.fromkeys(names, text))
        skipped = ", ".join(version for version, _, _ in _VERSIONS if version not in self._available)
        offered = ", ".join(self._available)
        if offered and skipped:
            logger.info("Swaggers are prepared for versions [%s] and skipped for versions [%s].", offered, skipped)
        elif offered:
            logger.info("Swaggers are prepared for the following versions: [%s].", offered)
        else:
            logger.info("No swagger is prepared.")

    def text(self, version: str) -> bytes:
        """The description as JSON. Raises SwaggerMissing."""
        found = self._texts.get(version)
        if found is not None:
            return found
        offered = ", ".join(self._available)
        if any(version in names for _, names, _ in _VERSIONS):
            raise SwaggerMissing(
                f"Swagger version [{version}] is not supported for the scoring script. "
                f"Supported swagger versions: [{offered}]."
            )
        raise SwaggerMissing(f"Swagger version [{version}] is not valid. Supported versions: [{offered}].")


def _own_file(app_root: str, version: str, names: Tuple[str, ...]) -> Optional[Any]:
    for name in names:
        path = os.path.join(app_root, name)
        try:
            with open(path, encoding="utf-8") as stream:
                document = json.load(stream)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as fault:
            raise BadSwaggerFile(f"The swagger file {path} cannot be used: {fault}.") from None
        if document:
            logger.info("Loaded user's swagger file for version [%s] from %s", version, path)
            return document
    return None


def _schemas(script: Union[Script, RemoteScript]) -> Tuple[Any, Any, List[str]]:
    plain = {"type": "object", "example": {}}
    schemas = script.schemas
    if schemas is None:
        return plain, plain, [name for _, names, _ in _VERSIONS for name in names]
    fragments: List[Any] = []
    for read in (schemas.get_input_schema, schemas.get_output_schema):
        try:
            fragments.append(read(script.run))
        except Exception:
            fragments.append(plain)  # only one side is described
    return fragments[0], fragments[1], swagger_versions(schemas, script.run)


def _generate(version: str, input_schema: Any, output_schema: Any) -> Json:
    definitions = {
        "ServiceInput": input_schema,
        "ServiceOutput": output_schema,
        "ErrorResponse": {"type": "object", "properties": {"message": {"type": "string"}}},
    }
    name = os.environ.get("SERVICE_NAME", "ML service")
    info = {
        "title": name,
        "description": f"API specification for the Azure Machine Learning service {name}",
        "version": os.environ.get("SERVICE_VERSION", "1.0"),
    }
    bearer = {
        "Bearer": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "description": "For example: Bearer abc123",
        }
    }
    if version == "2":
        return {
            "swagger": "2.0",
            "info": info,
            "schemes": ["https"],
            "consumes": ["application/json"],
            "produces": ["application/json"],
            "securityDefinitions": bearer,
            "paths": _paths(_Swagger2()),
            "definitions": definitions,
        }
    return {
        "openapi": "3.0.3" if version == "3" else "3.1.0",
        "info": info,
        "security": [{"Bearer": []}],
        "paths": _paths(_OpenApi3()),
        "components": {"schemas": definitions, "securitySchemes": bearer},
    }


class _Swagger2:
    """How swagger 2 writes the parts that differ."""

    def reference(self, name: str) -> Json:
        return {"$ref": f"#/definitions/{name}"}

    def text(self, description: str, example: str = "") -> Json:
        response: Json = {"description": description, "schema": {"type": "string"}}
        if example:
            response["examples"] = {"application/json": example}
        return response

    def json(self, description: str, name: str) -> Json:
        return {"description": description, "schema": self.reference(name)}

    def payload(self, description: str) -> Json:
        body = {"name": "serviceInputPayload", "in": "body", "description": description}
        return {"parameters": [{**body, "schema": self.reference("ServiceInput")}]}

    def choice(self) -> Json:
        return {"type": "integer", "enum": [2, 3]}


class _OpenApi3(_Swagger2):
    """The same for OpenAPI 3."""

    def reference(self, name: str) -> Json:
        return {"$ref": f"#/components/schemas/{name}"}

    def text(self, description: str, example: str = "") -> Json:
        schema = {"type": "string", "example": example} if example else {"type": "string"}
        return {"description": description, "content": {"text/plain": {"schema": schema}}}

    def json(self, description: str, name: str) -> Json:
        return {"description": description, "content": {"application/json": {"schema": self.reference(name)}}}

    def payload(self, description: str) -> Json:
        return {"requestBody": self.json(description, "ServiceInput")}

    def choice(self) -> Json:
        return {"schema": super().choice()}


def _paths(write: _Swagger2) -> Json:
    failed = write.json(_FAILED, "ErrorResponse")
    prefix = os.environ.get("SERVICE_PATH_PREFIX", "").strip("/")
    root = f"/{prefix}" if prefix else ""
    payload = write.payload("The input payload for executing the real-time machine learning service.")
    return {
        f"{root}/": {
            "get": {
                "operationId": "ServiceHealthCheck",
                "description": "Simple health check endpoint to ensure the service is up at any given point.",
                "responses": {"200": write.text(_HEALTHY, "Healthy"), "default": failed},
            }
        },
        f"{root}/score": {
            "post": {
                "operationId": "RunMLService",
                "description": "Run web service's model and get the prediction output",
                "security": [{"Bearer": []}],
                **payload,
                "responses": {"200": write.json(_SCORED, "ServiceOutput"), "default": failed},
            }
        },
        f"{root}/swagger.json": {
            "get": {
                "operationId": "GetSwaggerSpec",
                "description": "Get the Swagger specification.",
                "parameters": [{"name": "version", "in": "query", "required": False, **write.choice()}],
                "responses": {"200": write.text("The Swagger specification."), "default": failed},
            }
        },
    }
