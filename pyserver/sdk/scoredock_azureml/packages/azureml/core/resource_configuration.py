"""`ResourceConfiguration`: CPU and memory that a model needs by default when it is deployed."""

from __future__ import annotations

from typing import Any, Dict, Optional

from azureml.exceptions import WebserviceException


class ResourceConfiguration:
    """Cores, memory in GB and GPUs; None where nothing is said."""

    def __init__(
        self, cpu: Optional[float] = None, memory_in_gb: Optional[float] = None, gpu: Optional[int] = None
    ) -> None:
        named = {"cpu": cpu, "memory_in_gb": memory_in_gb, "gpu": gpu}
        for name, value in named.items():
            if value is not None and value <= 0:
                raise WebserviceException(f"Invalid configuration, {name} must be greater than zero.")
        self.cpu = cpu
        self.memory_in_gb = memory_in_gb
        self.gpu = gpu

    def serialize(self) -> Dict[str, Any]:
        """The values under the names of the SDK."""
        return {"cpu": self.cpu, "memoryInGB": self.memory_in_gb, "gpu": self.gpu}

    @staticmethod
    def deserialize(payload_obj: Optional[Dict[str, Any]]) -> "Optional[ResourceConfiguration]":
        """Configuration that `serialize` wrote; None for None."""
        if payload_obj is None:
            return None
        return ResourceConfiguration(payload_obj.get("cpu"), payload_obj.get("memoryInGB"), payload_obj.get("gpu"))
