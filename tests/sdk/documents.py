"""The SDK and client samples of Azure ML's documents: what is filled into each, and what it takes for granted.

The texts in `samples.json` are unchanged. `FILLS` closes the brackets that the documents leave open and fills their
placeholders; `BEFORE` is what stands before a sample in the reader's notebook; `AFTER` asks what a reader would see.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("samples.json")
TITLES: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))["documents"]
FILLS = {
    "path-to-score.py": "score.py",
    "'path-to-conda-specification-file'": "'conda.yml')",
    '"myenv.yml"}': '"myenv.yml"',
    "https://www.cntk.ai/OnnxModels/mnist/opset_7/mnist.tar.gz": "THE_ARCHIVE",
    "port=8890": "port=THE_PORT",
    "'1.14.0'": "THE_TENSORFLOW",
    "'0.19.1'": "THE_SKLEARN",
    "'scoring uri for your service'": "service.scoring_uri",
    "'http://localhost:6789/score'": "service.scoring_uri",
    "'<scoring-uri>'": "service.scoring_uri",
}
CLIENTS = {"001:617", "001:1036", "001:1128", "002:292"}
"""Samples that only call a service."""
_WORKSPACE = "from azureml.core import Workspace\nws = Workspace.from_config('.file-path/ws_config.json')"
_RUN = "from azureml.core import Run\nrun = Run.get(ws, RUN_ID)"
_AUTOML = (
    "from azureml.core import Experiment\nfrom azureml.train.automl.run import AutoMLRun\n"
    "run = AutoMLRun(Experiment(ws, 'iris'), PARENT_ID)"
)
_MODEL = "from azureml.core.model import InferenceConfig, Model\n"
_LIGHT = (
    _MODEL + "from azureml.core.environment import Environment\n"
    "inference_config = InferenceConfig('score.py', environment=Environment('light'))\n"
)
_SERVICE = (
    _LIGHT + "from azureml.core.webservice import AciWebservice\n"
    "model = Model.register(ws, 'plain/model.json', 'plain')\n"
    "here = AciWebservice.deploy_configuration()\n"
    "service = Model.deploy(ws, NAME, [model], inference_config, here, overwrite=True)\n"
    "service.wait_for_deployment()\n"
)
_IMAGE = (
    "from azureml.core.image import ContainerImage\nfrom azureml.core.webservice import AciWebservice, Webservice\n"
    "def image_of(name):\n"
    "    config = ContainerImage.image_configuration('score.py', 'python', conda_file='myenv.yml')\n"
    "    made = ContainerImage.create(ws, name, [model], config)\n"
    "    made.wait_for_creation()\n"
    "    return made\n"
)
_TO_UPDATE = (
    "service = Webservice.deploy_from_image(ws, 'aci-mnist-3', image, AciWebservice.deploy_configuration(),"
    " overwrite=True)\nservice.wait_for_deployment()\n"
)
_HEALTHY = "service.wait_for_deployment()\nassert service.state in ('Healthy', 'running'), service.state"
_ANSWERED = "assert response.status_code == 200 and response.json() == [55, 55], response.text"

BEFORE = {
    "000:50": _RUN,
    "000:61": _AUTOML,
    "001:89": _RUN,
    "001:100": _AUTOML,
    "004:125": _RUN,
    "004:136": _AUTOML,
    "001:250": "import os\nos.environ['AZUREML_MODEL_DIR'] = 'azureml-models'",
    "001:472": "model_id = model.id",
    "001:617": _SERVICE.replace("NAME", "'client-service'"),
    "001:834": "Model.register(ws, 'plain/model.json', 'mymodel')",
    "001:960": _LIGHT + "model = Model(ws, 'plain')",
    "001:988": _LIGHT + "model = Model(ws, 'plain')",
    "002:58": _WORKSPACE,
    "002:265": _LIGHT,
    "003:274": "from azureml.core.webservice import AksWebservice",
    "003:69": _WORKSPACE,
    "003:464": _IMAGE + "image_of('myimage2')\n" + _TO_UPDATE,
    "003:505": _TO_UPDATE,
    "004:214": "workspace = ws\nenv_name = 'my-env'",
}
AFTER = {
    "000:50": "assert model.name == 'sklearn_mnist' and model.tags == {'area': 'mnist'}",
    "000:61": "assert run.model_id == model.name",
    "000:82": "assert model.name == 'onnx_mnist' and model.tags == {'onnx': 'demo'}",
    "000:136": "assert Environment.get(ws, 'myenv').version == '1'",
    "000:196": _HEALTHY + "\nassert service.run('{\"data\": [[1, 2]]}') == [3]",
    "001:551": _HEALTHY,
    "001:617": _ANSWERED,
    "001:834": "assert __import__('os').path.isfile(model_path)",
    "001:852": _HEALTHY,
    "001:872": _HEALTHY,
    "001:894": _HEALTHY,
    "001:912": "assert len(output) == 1",
    "001:960": "assert package.state == 'Succeeded'",
    "001:988": "assert __import__('os').path.isfile('imagefiles/Dockerfile')",
    "001:1036": "assert resp.status_code == 200",
    "002:265": _HEALTHY,
    "002:292": "assert response.status_code == 200",
    "003:199": "image.wait_for_creation()\nassert image.creation_state == 'Succeeded'",
    "003:364": _HEALTHY,
    "003:486": "assert prediction == [55, 55]",
    "003:464": "assert service.state == 'Healthy' and service.image_id == 'myimage2:1'",
    "004:299": _HEALTHY,
}
WITH_DOCKER = {"001:960", "003:199", "003:364", "003:455", "003:464", "003:486", "003:505"}
WHY = {
    "001:1128": "The document writes `request.post` where it imports `requests`: the name does not exist.",
    "003:566": "It asks Azure itself for the credentials of a registry, with `azure.mgmt.containerregistry`.",
}
"""Samples that cannot run anywhere, or not without Azure."""


@dataclass(frozen=True)
class Sample:
    """One sample, ready to run behind those before it."""

    key: str
    """Document and line."""
    text: str
    """Filled."""

    @property
    def document(self) -> str:
        return self.key.partition(":")[0]

    @property
    def before(self) -> str:
        return BEFORE.get(self.key, "")

    @property
    def after(self) -> str:
        return AFTER.get(self.key, "")


def samples() -> list[Sample]:
    """All, in the order of the documents."""
    raw = json.loads(FILE.read_text(encoding="utf-8"))["samples"]
    return [Sample(f"{each['document']}:{each['line']}", _filled(each["text"])) for each in raw]


def _filled(text: str) -> str:
    lines = [line.removeprefix("> ").removeprefix(">") if line.startswith(">") else line for line in text.splitlines()]
    filled = _dedented(lines)
    for placeholder, value in FILLS.items():
        filled = filled.replace(placeholder, value)
    return filled


def _dedented(lines: list[str]) -> str:
    """As one pastes it: what the list around a sample adds to its lines is taken off."""
    text = textwrap.dedent("\n".join(lines)) + "\n"
    try:
        compile(text, "sample", "exec")
    except IndentationError:
        # Some lines of a sample stand further to the left than its first ones.
        return "\n".join(line.strip() if not line.startswith(" " * 20) else line for line in lines) + "\n"
    except SyntaxError:
        pass
    return text
