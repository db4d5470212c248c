"""The `az ml` lines of Azure ML's documents, as they were published, and what becomes of each.

Placeholders in angle brackets are filled in with `FILLED`, the experiment's run is one of MLflow.
"""

from __future__ import annotations

from dataclasses import dataclass

HOW_2020 = "How and where to deploy models (April 2020)"
EXISTING = "Use and deploy an existing model (March 2020)"
HOW_2021 = "How and where to deploy models (January 2021)"
FILLED = {
    "<resource-group-name>": "myresourcegroup",
    "<workspace-name>": "myworkspace",
    "<path-to-inf-config.json>": "inferenceconfig.json",
    "<model-id>": "mymodel:1",
    "<input-dataset-id>": "samples:1",
    "<unique-name>": "first-profile",
    "<my resource group>": "myresourcegroup",
}


@dataclass(frozen=True)
class Line:
    """One line and what it must come to."""

    document: str
    text: str
    correction: str = ""
    """The line as it was meant, of one that azure-cli-ml itself refuses."""
    deploys: bool = False
    needs_time: bool = False
    """Only the long run runs it."""

    @property
    def filled(self) -> str:
        found = self.text
        for placeholder, value in FILLED.items():
            found = found.replace(placeholder, value)
        return found


REGISTER_RUN = (
    "az ml model register -n sklearn_mnist  --asset-path outputs/sklearn_mnist_model.pkl  --experiment-name"
    " myexperiment --run-id myrunid --tag area=mnist"
)
LINES = (
    Line(HOW_2020, REGISTER_RUN),
    Line(HOW_2020, "az ml model register -n onnx_mnist -p mnist/model.onnx"),
    Line(HOW_2020, "az ml model deploy -n myservice -m mymodel:1 --ic inferenceconfig.json", deploys=True),
    Line(
        HOW_2020,
        "az ml model profile -g <resource-group-name> -w <workspace-name> --inference-config-file"
        " <path-to-inf-config.json> -m <model-id> --idi <input-dataset-id> -n <unique-name>",
        needs_time=True,
    ),
    Line(
        HOW_2020,
        "az ml model profile -g <resource-group-name> -w <workspace-name> --i <model-id> --add-tag requestedCpu=1"
        " --add-tag requestedMemoryInGb=0.5",
        correction="az ml model update -g myresourcegroup -w myworkspace -i mymodel:1 --add-tag requestedCpu=1"
        " --add-tag requestedMemoryInGb=0.5",
    ),
    Line(
        HOW_2020,
        "az ml model deploy -m mymodel:1 --ic inferenceconfig.json --dc deploymentconfig.json",
        correction="az ml model deploy -n mymodel -m mymodel:1 --ic inferenceconfig.json --dc deploymentconfig.json",
    ),
    Line(HOW_2020, "az ml model download --model-id mymodel:1 --target-dir model_folder"),
    Line(EXISTING, "az ml model register -p ./models -n sentiment -w myworkspace -g myresourcegroup"),
    Line(
        EXISTING,
        "az ml model deploy -n myservice -m sentiment:1 --ic inferenceConfig.json --dc deploymentConfig.json",
        deploys=True,
        needs_time=True,
    ),
    Line(HOW_2021, "az ml workspace list --resource-group=<my resource group>"),
    Line(HOW_2021, REGISTER_RUN),
    Line(HOW_2021, "az ml model register -n onnx_mnist -p mnist/model.onnx"),
    Line(
        HOW_2021,
        "az ml model deploy -m mymodel:1 --ic inferenceconfig.json --dc deploymentconfig.json",
        correction="az ml model deploy -n mymodel -m mymodel:1 --ic inferenceconfig.json --dc deploymentconfig.json",
    ),
    Line(
        HOW_2021,
        "az ml model deploy --ic inferenceconfig.json --dc deploymentconfig.json",
        correction="az ml model deploy -n myservice --ic inferenceconfig.json --dc deploymentconfig.json",
    ),
)
SPOKEN = (
    Line(HOW_2021, "az ml model delete mymodel:1", correction="az ml model delete -i mymodel:1"),
    Line(HOW_2021, "az ml service myservice"),
)
"""Lines in running text, which lack an option and a verb."""
