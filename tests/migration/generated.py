"""Projects of Azure ML v1 as people write them, drawn from a seed: configurations with every key of v1, environments of
every form, several models, command lines."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import yaml

_NAMES = ("diabetes", "churn model", "3d_shapes", "Ünïcode", "a", "x" * 60, "sentiment-v2", "AzureML-own")
_PACKAGES = ("numpy", "scikit-learn==1.1.3", "pandas", "azureml-defaults", "joblib>=1.0", "azureml-defaults==1.60.0")


class Drawn:
    """One project."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._random = random.Random(seed)
        self.folder = folder / f"{seed:03d} {self._random.choice(_NAMES)}"
        self.folder.mkdir(parents=True)

    def write(self) -> Path:
        """Everything; gives the folder."""
        models = self._models()
        (self.folder / "score.py").write_text(self._script(models), encoding="utf-8")
        self._json("inferenceconfig.json", self._inference())
        for number in range(self._random.choice((0, 1, 1, 1, 2))):
            name = "deploymentconfig.json" if not number else "aks-deploymentconfig.json"
            self._json(name, self._deployment())
        if self._random.random() < 0.3:
            self._commands(models)
        return self.folder

    def _json(self, name: str, values: object) -> None:
        (self.folder / name).write_text(json.dumps(values, indent=2, ensure_ascii=False), encoding="utf-8")

    def _maybe(self, values: dict[str, Any], key: str, *choices: Any) -> None:
        if self._random.random() < 0.4:
            values[key] = self._random.choice(choices)

    # ------------------------------------------------------------------------------------------ models and scripts

    def _models(self) -> list[tuple[str, int]]:
        models = [
            (f"model-{number}", self._random.randint(1, 9)) for number in range(self._random.choice((0, 1, 1, 2, 3)))
        ]
        for name, _ in models:
            (self.folder / f"{name}.pkl").write_bytes(name.encode())
        return models

    def _script(self, models: list[tuple[str, int]]) -> str:
        lines = ["import json", "import os", "", "def init():", "    global model"]
        folder = 'os.getenv("AZUREML_MODEL_DIR")'
        if len(models) == 1:
            lines.append(f'    model = open(os.path.join({folder}, "{models[0][0]}.pkl"), "rb").read()')
        elif models:
            parts = [f'os.path.join({folder}, "{name}", "{version}", "{name}.pkl")' for name, version in models]
            lines.append(f"    model = [open(each, 'rb').read() for each in ({', '.join(parts)},)]")
        else:
            lines.append("    model = None")
        return "\n".join([*lines, "", "def run(raw_data):", "    return json.loads(raw_data)", ""])

    def _commands(self, models: list[tuple[str, int]]) -> None:
        name = self._random.choice(("my-service", "other-service"))
        named = " ".join(f"-m {model}:{version}" for model, version in models)
        registered = "".join(f"az ml model register -n {model} -p {model}.pkl\n" for model, _ in models)
        line = f"az ml model deploy -n {name} {named} --ic inferenceconfig.json --overwrite\n"
        (self.folder / "deploy.sh").write_text(f"#!/bin/sh\n{registered}{line}az ml service get-keys -n {name}\n")

    # ------------------------------------------------------------------------------------------ configurations

    def _inference(self) -> dict[str, Any]:
        values: dict[str, Any] = {"entryScript": "score.py"}
        self._maybe(values, "sourceDirectory", ".", None)
        form = self._random.choice(("none", "file", "inline", "inline", "image", "dockerfile", "reference", "managed"))
        if form == "file":
            (self.folder / "conda.yml").write_text(yaml.safe_dump(self._conda()), encoding="utf-8")
            values["condaFile"] = "conda.yml"
        elif form == "reference":
            values["environment"] = {"name": self._random.choice(_NAMES), "version": self._random.choice((None, "3"))}
        elif form != "none":
            values["environment"] = self._environment(form)
        return values

    def _conda(self) -> dict[str, Any]:
        pip = self._random.sample(_PACKAGES, self._random.randint(0, 4))
        dependencies: list[Any] = [self._random.choice(("python=3.8.13", "python", "python>=3.9"))]
        dependencies += self._random.sample(("numpy", "conda-forge::scipy=1.9"), self._random.randint(0, 2))
        values: dict[str, Any] = {"dependencies": [*dependencies, *([{"pip": pip}] if pip else [])]}
        self._maybe(values, "channels", ["conda-forge", "defaults"], [])
        self._maybe(values, "name", "project_environment", "own")
        return values

    def _environment(self, form: str) -> dict[str, Any]:
        docker: dict[str, Any] = {"enabled": True}
        if form == "dockerfile":
            docker["baseDockerfile"] = "FROM python:3.10\nRUN echo hello"
        elif form in ("image", "managed"):
            docker["baseImage"] = "registry.example.com/images/base:1.0"
        self._maybe(docker, "arguments", ["--shm-size=1g"], [])
        self._maybe(docker, "baseImageRegistry", {"address": "registry.example.com", "username": "u", "password": "p"})
        values: dict[str, Any] = {"name": self._random.choice(_NAMES), "docker": docker}
        python = {"userManagedDependencies": form == "managed"}
        values["python"] = python if form in ("image", "managed") else {**python, "condaDependencies": self._conda()}
        variables = {"MODE": self._random.choice(("true", "1.0", "null", "on: off", "ünï"))}
        self._maybe(values, "environmentVariables", variables, {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"})
        self._maybe(values, "inferencingStackVersion", "latest", None)
        self._maybe(values, "databricks", {"mavenLibraries": []}, None)
        return values

    def _deployment(self) -> dict[str, Any]:
        kind = self._random.choice(("aci", "ACI", "aks", "aks", "AKS", "local", "aksendpoint"))
        values: dict[str, Any] = {"computeType": kind}
        size: dict[str, Any] = {}
        self._maybe(size, "cpu", 0.1, 0.5, 1, 1.5, 2, 3.7, 4, 8, 64)
        self._maybe(size, "memoryInGB", 0.5, 1, 1.2, 2, 7, 16, 32, 900)
        if kind.lower() == "local":
            self._maybe(values, "port", 6789, None)
            return values
        if kind.lower().startswith("aks"):
            self._kubernetes(values, size)
        else:
            for key in ("sslEnabled", "dnsNameLabel", "vnetName", "vaultBaseUrl", "location", "cname"):
                self._maybe(values, key, "text", True, None)
        values["containerResourceRequirements"] = size
        self._maybe(values, "authEnabled", True, False)
        self._maybe(values, "appInsightsEnabled", True, False)
        self._maybe(values, "keys", {"primaryKey": "a-secret-key", "secondaryKey": "another-secret"})
        return values

    def _kubernetes(self, values: dict[str, Any], size: dict[str, Any]) -> None:
        self._maybe(size, "cpuLimit", 2, 8.5)
        self._maybe(size, "memoryInGBLimit", 4, 64)
        self._maybe(values, "computeTargetName", "my-cluster")
        self._maybe(values, "autoScaler", self._scaler())
        self._maybe(values, "numReplicas", 1, 3)
        self._maybe(values, "gpuCores", 1, 0)
        self._maybe(values, "scoringTimeoutMs", 1000, 60000, 600000)
        self._maybe(values, "maxConcurrentRequestsPerContainer", 1, 5)
        self._maybe(values, "maxQueueWaitMs", 500, 10)
        self._maybe(values, "livenessProbeRequirements", {"periodSeconds": 5}, {"failureThreshold": 9})
        self._maybe(values, "dataCollection", {"storageEnabled": True})
        self._maybe(values, "tokenAuthEnabled", True, False)
        self._maybe(values, "namespace", "scoring")
        if values["computeType"] == "aksendpoint":
            self._maybe(values, "versionName", "version-a", "blue")
            self._maybe(values, "trafficPercentile", 10, 100, 33.3)

    def _scaler(self) -> dict[str, Any]:
        scaler: dict[str, Any] = {"autoscaleEnabled": self._random.choice((True, True, False))}
        self._maybe(scaler, "minReplicas", 1, 4)
        self._maybe(scaler, "maxReplicas", 3, 10)
        self._maybe(scaler, "targetUtilization", 50, 90)
        self._maybe(scaler, "refreshPeriodInSeconds", 1, 5)
        return scaler
