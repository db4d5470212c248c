"""Counts the calls from one module of the server into another during one deployment of a prepared project.

From the arrival of the request to the moment when the process engine starts the service, with `sys.setprofile`. Run
from the root of a checkout: `python tests/rules/module_calls.py [--edges]`.
"""

from __future__ import annotations

import inspect
import json
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
ANALYSIS = ("checks", "formats", "analysis", "configs")
"""How a file is analysed says nothing of how a deployment is made. (`configs` is a folder of older commits.)"""


class ModuleCalls:
    """A profile function: each call of a function from a function of another module of ours."""

    def __init__(self, package: Path) -> None:
        self._prefix = f"{package}/"
        self._names: dict[str, str] = {}
        self._generators: list[FrameType] = []
        self.calls: Counter[tuple[str, str]] = Counter()
        self.stop_at = ""

    def _module(self, file: str) -> str:
        name = self._names.get(file)
        if name is None:
            # The methods of a record are of its class, wherever they are written.
            ours = file.startswith(self._prefix) and not file.endswith("/late_dataclass.py")
            name = self._names[file] = file.removeprefix(self._prefix).removesuffix(".py") if ours else ""
        return name

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        module = self._module(code.co_filename)
        if not module:
            return
        if code.co_flags & inspect.CO_GENERATOR:
            if any(each is frame for each in self._generators):
                return
            self._generators.append(frame)
        caller = frame.f_back
        while caller is not None and not self._module(caller.f_code.co_filename):
            caller = caller.f_back
        if caller is None:
            return
        origin = self._module(caller.f_code.co_filename)
        if origin == module:
            return
        self.calls[f"{origin}:{caller.f_code.co_name}", f"{module}:{code.co_name}"] += 1
        if f"{module}:{code.co_qualname}" == self.stop_at:
            sys.setprofile(None)
            threading.setprofile(None)


def main() -> None:
    sys.path[:0] = [str(ROOT / "pyserver"), str(ROOT / "tests")]
    from scoredock.context import Context, Operation
    from scoredock.features.models import registering
    from scoredock.features.services import deployment, services
    from scoredock.protocol import messages
    from scoredock.settings import Values

    from built_runtime import built_runtime

    with tempfile.TemporaryDirectory() as folder, built_runtime():
        project = Path(folder) / "project"
        project.mkdir()
        (project / "model.json").write_text("[1]")
        (project / "score.py").write_text(
            "import json\nimport os\n\n\ndef init():\n    global model\n"
            '    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.json")) as stream:\n'
            "        model = json.load(stream)\n\n\ndef run(data):\n    return model + json.loads(data)\n"
        )
        (project / "conda.yml").write_text(
            f"name: project\ndependencies:\n  - python={sys.version_info[0]}.{sys.version_info[1]}\n  - pip:\n      -"
            " azureml-defaults\n"
        )
        (project / "inferenceconfig.json").write_text(
            json.dumps({"entryScript": "score.py", "runtime": "python", "condaFile": "conda.yml"})
        )
        (project / "deploymentconfig.json").write_text(json.dumps({"computeType": "local"}))
        context = Context(Values({}, {}), home=Path(folder) / "home", folders=(project,))
        operation = Operation()
        registering.register(messages.ModelRegisterParams([str(project / "model.json")], "m"), context, operation)

        def params(name: str) -> messages.ServiceDeployParams:
            return messages.ServiceDeployParams(
                name=name,
                models=["m"],
                inference_config=str(project / "inferenceconfig.json"),
                deployment_config=str(project / "deploymentconfig.json"),
            )

        for _ in range(2):  # the second one finds the environment built, as every later one does
            deployment.deploy(params("first"), context, operation)
            services.delete(messages.ServiceDeleteParams(name="first"), context, operation)
        profile = ModuleCalls(ROOT / "pyserver" / "scoredock")
        profile.stop_at = "engines/process/engine:ProcessEngine.start"
        arrived = params("second")
        threading.setprofile(profile)
        sys.setprofile(profile)
        try:
            deployment.deploy(arrived, context, operation)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        services.delete(messages.ServiceDeleteParams(name="second"), context, operation)
        if "--edges" in sys.argv:
            for (origin, target), count in profile.calls.items():
                print(f"{count:5} {origin} -> {target}")
        print(f"{sum(profile.calls.values())} calls from one module into another")
        own = {pair: count for pair, count in profile.calls.items() if not pair[0].startswith(ANALYSIS)}
        modules = {name.partition(":")[0] for pair in own for name in pair}
        print(f"{sum(own.values())} of them, in {len(modules)} modules, are not made inside the analysis of the files")


if __name__ == "__main__":
    main()
