"""Base of described parameters (public as `inference_schema.parameter_types.abstract_parameter_type`)."""

from abc import ABC, abstractmethod
from typing import Any, Dict, List


class AbstractParameterType(ABC):
    """Base of all parameter types; scripts may derive their own."""

    __module__ = "inference_schema.parameter_types.abstract_parameter_type"  # messages show it

    def __init__(self, sample_input: Any) -> None:
        self.sample_input = sample_input
        self.sample_data_type = type(sample_input)

    def supported_versions(self) -> List[str]:
        """Swagger 2 cannot say that the items of an array differ in type."""
        versions = ["3.0", "3.1"]
        return ["2.0", *versions] if _is_uniform(self.input_to_swagger()["example"]) else versions

    @abstractmethod
    def deserialize_input(self, input_data: Any) -> Any:
        """The value that run() gets, from what came as JSON."""

    @abstractmethod
    def input_to_swagger(self) -> Dict[str, Any]:
        """The fragment that describes the sample, with an `example`."""


def _is_uniform(example: Any) -> bool:
    """Loops instead of `all`: samples may be nested as deeply as the library bears."""
    if type(example) is dict:
        for value in example.values():
            if not _is_uniform(value):
                return False
    elif type(example) is list:
        for value in example:
            if type(value) is not type(example[0]):
                return False
            if type(value) is list and not _is_uniform(value):
                return False
    return True
