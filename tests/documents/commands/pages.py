"""The pages with commands: what was done before the first one and before those below some headings, which words stand
for others, and which commands are not run like all others, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tracking_stores

from . import preparations


@dataclass(frozen=True)
class Page:
    """One page, or one noun of the reference of the command line."""

    first: str = ""
    """Command lines before all others."""
    before: Mapping[str, str] = field(default_factory=dict)
    """The same before those below a heading, or before one line."""
    files: Callable[[Path], None] = preparations.project
    """Writes what lies in the folder."""
    trained: bool = False
    """Whether `iris.pkl` lies there, too, a model of scikit-learn."""
    long: str = ""
    """Why only the long run does what it shows."""


@dataclass(frozen=True)
class Unusual:
    """A command that is not run like all others."""

    reason: str
    code: int | None = None
    """The exit code that is right; None where it is not run."""


REGISTER = "scoredock model register model.pkl --name diabetes"
THREE_VERSIONS = f"{REGISTER} --tag stage=champion\n{REGISTER} --tag draft=yes\n{REGISTER} --tag draft=yes"
DEPLOY = "scoredock service deploy diabetes --register-model model.pkl --entry-script score.py --overwrite"
REVIEWS, BLUE, GREEN = (DEPLOY.replace("diabetes", name) for name in ("reviews", "blue", "green"))
BLUE_AND_GREEN = "\n".join(DEPLOY.replace("diabetes", name) for name in ("diabetes-blue", "diabetes-green"))
ENDPOINT = f"""{BLUE_AND_GREEN}
scoredock endpoint create diabetes --service diabetes-blue --version blue
scoredock endpoint set-version diabetes green --service diabetes-green --traffic 10
"""
UPDATE = "scoredock service update diabetes"
ENVIRONMENT = "scoredock environment register conda.yml --name diabetes-env"

COLLECTED = f"""{DEPLOY} --dc deployment.json
scoredock service call diabetes --data @request.json
scoredock service stop diabetes
"""
FOLLOWED = f"{REGISTER}\nscoredock service deploy diabetes --model diabetes:1 --entry-script score.py"
CHAMPION = """scoredock model alias diabetes:1 champion
scoredock rule create champion --model diabetes@champion --service diabetes
"""
_KUBECONFIG = "mkdir -p ~/.kube && cp kubeconfig ~/.kube/config"

PAGES: dict[str, Page] = {
    "README.md": Page(files=preparations.nothing),
    "examples/diabetes/README.md": Page(files=preparations.example("diabetes")),
    "examples/guarded/README.md": Page(files=preparations.example("guarded")),
    "examples/multi-model/README.md": Page(files=preparations.example("multi-model")),
    "docs/assets.md": Page(THREE_VERSIONS, files=preparations.environments),
    "docs/az.md": Page(),
    "docs/azure.md": Page(),
    "docs/batch.md": Page(files=preparations.customers),
    "docs/v2.md": Page(files=preparations.deployment_files),
    "docs/carry-over.md": Page(
        "scoredock model register price.pkl --name price",
        files=preparations.old_model,
        long="tests/carry_over has the same commands at the gate",
    ),
    "docs/checks.md": Page(REGISTER),
    "docs/continuous-deployment.md": Page(FOLLOWED, files=preparations.labelled_rows),
    "docs/drift.md": Page(COLLECTED, files=preparations.moved_data),
    "docs/endpoints.md": Page(f"{REGISTER}\n{REGISTER}", files=preparations.endpoint),
    "docs/events.md": Page(files=preparations.event_program),
    "docs/lineage.md": Page(),
    "docs/environments.md": Page(files=preparations.old_pins),
    "docs/getting-started.md": Page(files=preparations.nothing),
    "docs/image-creation.md": Page(
        REGISTER,
        {
            "scoredock service update diabetes --image diabetes:2": (
                "scoredock service deploy diabetes --image diabetes:1\n"
                "scoredock image create --name diabetes --execution-script score.py --model diabetes:1"
            )
        },
    ),
    "docs/kubernetes.md": Page(_KUBECONFIG, files=preparations.kubeconfig),
    "docs/logs.md": Page(f"{DEPLOY}\n{REVIEWS}\nscoredock service restart diabetes"),
    "docs/models.md": Page(),
    "docs/metrics.md": Page(f"{DEPLOY}\n{BLUE}\n{GREEN}"),
    "docs/migration.md": Page(before={"scoredock migrate --service diabetes --output-path ../service-v2": DEPLOY}),
    "docs/no-code.md": Page("scoredock model register iris.pkl --name iris", trained=True),
    "docs/old-pythons.md": Page(files=preparations.old_environment),
    "docs/exports.md": Page(DEPLOY),
    "docs/packages.md": Page(),
    "docs/pickles.md": Page(REGISTER, files=preparations.known_bad),
    "docs/mlflow.md": Page(REGISTER),
    "docs/registry.md": Page(REGISTER),
    "docs/remote-docker.md": Page(),
    "docs/requests.md": Page(
        f"{DEPLOY}\nscoredock service deploy faces --entry-script faces/faces.py",
        files=preparations.requests_with_pictures,
    ),
    "docs/runs.md": Page("scoredock sdk run log.py", files=preparations.runs),
    "docs/runtime-contract.md": Page(
        before={"scoredock-runtime --entry_script score.py": "export AZUREML_MODEL_DIR=model"},
        files=preparations.model_folder,
    ),
    "docs/profiling.md": Page(
        f"{REGISTER}\n{DEPLOY}",
        files=preparations.services,
        long="a search takes minutes; tests/profiling has the parts of it at the gate",
    ),
    "docs/sdk.md": Page(files=preparations.sdk),
    "docs/services.md": Page(REGISTER),
    "docs/testing.md": Page(files=preparations.tests),
    "docs/cli.md#workspace": Page(
        REGISTER,
        {
            "scoredock workspace move --from contoso-ml --to local": "scoredock workspace create contoso-ml",
            "scoredock workspace write-config": "rm -f config.json",
        },
        files=preparations.configured,
    ),
    "docs/cli.md#model": Page(
        f"{THREE_VERSIONS}\nscoredock model alias diabetes:1 champion\nscoredock model register iris.pkl --name iris",
        {
            "scoredock model register": (
                "mkdir outputs && cp model.pkl labels.txt outputs\nscoredock model export diabetes:3"
            ),
            "scoredock model text": "scoredock model register sentiment",
            "scoredock model consent": "scoredock model register known-bad.pkl --name known-bad",
            "scoredock model purge": "scoredock model delete diabetes:2",
            "scoredock model profile": "scoredock dataset register rows.txt --name diabetes-requests",
        },
        files=preparations.models,
        trained=True,
    ),
    "docs/cli.md#batch": Page(
        "scoredock model register model.pkl --name churn",
        files=preparations.customers,
    ),
    "docs/cli.md#run": Page("scoredock sdk run log.py", files=preparations.runs),
    "docs/cli.md#dataset": Page(COLLECTED, files=preparations.moved_data),
    "docs/cli.md#drift": Page(
        f"{COLLECTED}scoredock drift compare service:diabetes --baseline training.csv",
        files=preparations.moved_data,
    ),
    "docs/cli.md#rule": Page(
        f"{FOLLOWED}\nscoredock endpoint create door --service diabetes --version main\nmkdir tests",
        {
            "scoredock rule create newest --model diabetes --service diabetes --tests tests --canary 10,50 --for 30m": (
                "scoredock rule delete champion"
            ),
            "scoredock rule show": f"scoredock rule delete newest\n{CHAMPION}",
            "scoredock rule run": CHAMPION,
        },
    ),
    "docs/cli.md#azure": Page(),
    "docs/cli.md#environment": Page(files=preparations.environment_file),
    "docs/cli.md#image": Page(
        f"{THREE_VERSIONS}\n{ENVIRONMENT}", {"scoredock image restore": "scoredock image delete diabetes:1"}
    ),
    "docs/cli.md#docker": Page(),
    "docs/cli.md#compute": Page(_KUBECONFIG, files=preparations.kubeconfig),
    "docs/cli.md#service": Page(
        f"{THREE_VERSIONS}\nscoredock model register iris.pkl --name iris",
        {
            "scoredock service deploy diabetes --register-model model.pkl --ic inferenceconfig.json": (
                "scoredock service delete diabetes"
            ),
            "scoredock service deploy diabetes --model diabetes:1 --entry-script score.py --engine docker": (
                "scoredock service delete diabetes"
            ),
            "scoredock service call": f"{DEPLOY}\nscoredock service deploy faces --entry-script faces/faces.py",
            "scoredock service reload": "scoredock service start diabetes",
            "scoredock service revisions": f"{UPDATE}\n{UPDATE}",
            "scoredock service rollback": "\n".join(["scoredock service delete diabetes", DEPLOY, *4 * [UPDATE]]),
            "scoredock service metrics": f"{BLUE}\n{GREEN}",
            "scoredock service traffic": (
                "scoredock service delete diabetes\n"
                "scoredock endpoint create diabetes --service blue --version blue\n"
                "scoredock endpoint set-version diabetes green --service green"
            ),
            "scoredock service logs": (
                f"scoredock endpoint delete diabetes\n{DEPLOY}\n{REVIEWS}\nscoredock service restart diabetes"
            ),
            "scoredock service keys": f"{DEPLOY} --auth keys",
            "scoredock service token": f"{DEPLOY} --auth tokens",
        },
        files=preparations.services,
        trained=True,
    ),
    "docs/cli.md#endpoint": Page(
        ENDPOINT,
        {
            "scoredock endpoint create": "scoredock endpoint delete diabetes",
            "scoredock endpoint promote": (
                "scoredock endpoint set-version diabetes green --service diabetes-green --traffic 10"
            ),
            "scoredock endpoint withdraw": "scoredock endpoint promote diabetes blue",
            "scoredock endpoint differences": (
                "scoredock endpoint create diabetes --service diabetes-blue --version blue"
            ),
        },
        files=preparations.endpoint,
    ),
    "docs/cli.md#event": Page("scoredock event subscribe ci --command cat"),
    "docs/cli.md#lineage": Page(
        f"{THREE_VERSIONS}\n{DEPLOY.replace('deploy diabetes', 'deploy diabetes-api')}", files=preparations.services
    ),
    "docs/cli.md#package": Page(REGISTER),
    "docs/cli.md#az": Page(
        REGISTER, {"scoredock az install --github": 'export GITHUB_PATH="$PWD/path" && touch "$GITHUB_PATH"'}
    ),
    "docs/cli.md#sdk": Page(files=preparations.sdk),
    "docs/pipelines.md": Page(REGISTER, files=preparations.pipelines),
    "docs/cli.md#pipeline": Page(REGISTER, files=preparations.pipelines),
    "docs/cli.md#project": Page(files=preparations.nothing, trained=True),
    "docs/cli.md#more": Page(
        REGISTER,
        {
            "scoredock migrate --service diabetes --output-path v2": DEPLOY,
            "scoredock migrate --all --output-path v2 --json": "rm -r v2",
            "scoredock test --service diabetes": DEPLOY,
        },
        files=preparations.tests,
    ),
}
"""By page, those of docs/cli.md by noun as well."""

_READ = "python -c 'import json, sys; print({})'"
WORDS: dict[str, str] = {
    "RUN": tracking_stores.RUN,
    "NAME:VERSION": "diabetes:1",
    "model consent diabetes:3": "model consent known-bad:1",
    "KEY": "$(scoredock service keys loans --json | " + _READ.format('json.load(sys.stdin)["primaryKey"]') + ")",
    "ADDRESS": "$(scoredock service show loans --json | " + _READ.format('json.load(sys.stdin)["scoringUri"]') + ")",
    "0123456789abcdef": (
        "$(scoredock environment list --built --json | "
        + _READ.format('json.load(sys.stdin)["environments"][0]["builds"][0]["key"]')
        + ")"
    ),
    "0f8fad5b-d9cb-469f-a165-70867728950e": "$(python -c 'import uuid; print(uuid.uuid4())')",
    "python train.py": '"$PACKAGES" train.py',
    "model.onnx": "iris.pkl",
    "iris.onnx": "iris.pkl",
    "flowers.onnx": "iris.pkl",
    "--duration 30": "--duration 1",
    "--duration 10": "--duration 2",
    "--search --latency-ms": "--search --max-cpu 0.1 --minutes 1.5 --latency-ms",
    "8080": "$FREE_PORT",
    "5001": "$FREE_PORT",
    "5678": "$FREE_PORT",
    "8890": "$FREE_PORT",
    "scoredock-runtime --entry_script score.py": "scoredock-runtime --entry_script score.py --port $FREE_PORT",
}
"""What a page says and only the person knows, or what is another one on each machine: shell words in their place."""

DOCKER = re.compile(r"\bdocker (run|show)\b|--engine docker|--image\b|scoredock image create")
"""Commands that need Docker; the long run runs them."""

_IMAGE = Unusual("needs an image that was made in Docker; tests/images and tests/packages run it")
_REGISTRY = Unusual("needs somebody's registry; tests/images pushes to one of its own, and pulls")
_LAYERS = Unusual("needs images and a registry that has them; tests/packages/test_image_layers.py has its own")
_CLUSTER = Unusual("needs a cluster; tests/cluster has one")
_MACHINE = Unusual("needs another machine; tests/remote_docker has one")
_MODELS = Unusual("needs somebody's registry; tests/oci_registry/test_models.py has one of its own")
_MLFLOW = Unusual("needs an MLflow server; tests/runs starts one")
_RECEIVER = Unusual("needs somebody's receiver; tests/events has its own")
_AZURE = Unusual("no workspace in Azure is named; tests/azure_pull has one of its own", code=1)
_NO_SERVER = Unusual("no MLflow server is named; tests/runs starts one", code=1)
_SEARCH = Unusual("takes minutes; docs/profiling.md has another one, and tests/profiling")
_BASE = Unusual("needs a base image of a registry; tests/pipelines has one of its own")
_PACKAGE = "docker run --rm -p 127.0.0.1:6789:5001 --env SCOREDOCK_ALLOWED_HOSTS=localhost"

_MOVED = Unusual("the data of the page has moved", code=3)
UNUSUAL: dict[str, Unusual] = {
    "scoredock drift compare new.csv --baseline training.csv --html drift.html": _MOVED,
    "scoredock drift compare service:diabetes --baseline service:diabetes --since 7d --baseline-until 7d": Unusual(
        "the service is younger than seven days; tests/drift compares two weeks of one", code=1
    ),
    "scoredock rule run --all --watch": Unusual("goes on until it is ended; tests/continuous ends it"),
    "scoredock workspace install": Unusual("sets up this machine; tests/continuous does with programs of its own"),
    "scoredock service profile diabetes --search --latency-ms 50 --percentile 95 --rate 40": _SEARCH,
    "scoredock model profile --model diabetes:1 --ic inferenceconfig.json --rows rows.txt --latency-ms 50 --rate 20": (
        _SEARCH
    ),
    "scoredock batch resume nightly": Unusual("the job of the page is complete; tests/batch resumes others", code=1),
    "scoredock batch resume nightly --mini-batch 7": Unusual("the same; tests/batch runs one of several", code=1),
    "scoredock pipeline image --to archive:scoredock.tar": _BASE,
    "scoredock pipeline image --push registry.example.com/team/scoredock:1": _BASE,
    "python -m pip install azure-ai-ml azure-identity": Unusual(
        "some 200 MB; tests/azure_pull has an environment of it"
    ),
    "scoredock azure list": _AZURE,
    "scoredock azure list --python python3": _AZURE,
    "scoredock azure list --kind model --archived": _AZURE,
    "scoredock azure pull": _AZURE,
    "scoredock azure pull model:diabetes:latest": _AZURE,
    "scoredock azure pull 'model:*' 'online-endpoint:prices' --output-path shelf": _AZURE,
    "scoredock azure pull service:diabetes": _AZURE,
    "scoredock azure pull --all": _AZURE,
    "scoredock azure report": _AZURE,
    "scoredock model push diabetes:1 --to mlflow:diabetes": _NO_SERVER,
    "scoredock model register --from models:/diabetes@champion": _NO_SERVER,
    "scoredock model register prices --from models:/diabetes/1": _NO_SERVER,
    "scoredock service deploy diabetes --model models:/diabetes@champion --entry-script score.py": _NO_SERVER,
    "scoredock service update diabetes --model models:/diabetes/1": _NO_SERVER,
    "scoredock model sync diabetes": _NO_SERVER,
    "scoredock model sync diabetes --push": _NO_SERVER,
    "scoredock model sync diabetes --pull --overwrite": _NO_SERVER,
    "scoredock model push diabetes:3 --to mlflow:diabetes --store http://127.0.0.1:5000": _MLFLOW,
    "scoredock model register --from models:/diabetes@champion --store http://127.0.0.1:5000": _MLFLOW,
    "npm run demo": Unusual("the gate itself runs it first"),
    "npm test": Unusual("this test is a part of it"),
    f"{_PACKAGE} package:20190822181338": _IMAGE,
    f"{_PACKAGE} --env SCOREDOCK_KEY_DIGESTS package:20190822181338": _IMAGE,
    "scoredock package save diabetes:1 --output-path diabetes.tar": _IMAGE,
    "scoredock package save package:1 --output-path package.tar": _IMAGE,
    "scoredock environment enable conda": Unusual(
        "asks before it installs 81 MB beside the server; tests/environments"
    ),
    "scoredock run experiments http://127.0.0.1:5000": _MLFLOW,
    f"scoredock run register http://127.0.0.1:5000 {tracking_stores.RUN} --metric accuracy": _MLFLOW,
    "scoredock image layers diabetes:1": _LAYERS,
    "scoredock image layers registry.example.com/team/diabetes:3": _LAYERS,
    "scoredock image diff diabetes:1 diabetes:2": _LAYERS,
    "scoredock image diff diabetes:1 diabetes:2 --path /var/azureml-app/score.py": _LAYERS,
    "scoredock compute check aks": Unusual("no cluster answers; tests/cluster has one that does", code=1),
    "scoredock service deploy diabetes --entry-script score.py --compute aks": _CLUSTER,
    "scoredock compute attach gpu --docker ssh://me@gpu.example.com": _MACHINE,
    "scoredock compute check gpu": _MACHINE,
    "scoredock service deploy diabetes --entry-script score.py --compute gpu": _MACHINE,
    "scoredock service deploy diabetes --entry-script score.py --compute aks --develop": _CLUSTER,
    "scoredock service deploy diabetes --entry-script score.py --compute aks --dry-run": _CLUSTER,
    "scoredock service update diabetes --diff": _CLUSTER,
    "scoredock service keys diabetes --json": _CLUSTER,
    "scoredock service export kubernetes diabetes --to manifests": _CLUSTER,
    "scoredock service export kubernetes diabetes --to manifests --secret-file ../diabetes-secret.yaml": _CLUSTER,
    "kubectl apply --namespace staging -f ../diabetes-secret.yaml": _CLUSTER,
    "kubectl apply --namespace staging -f manifests": _CLUSTER,
    "scoredock service deploy prices-blue --entry-script score.py -m prices:1 --compute aks": _CLUSTER,
    "scoredock service deploy prices-green --entry-script score.py -m prices:2 --compute aks": _CLUSTER,
    "scoredock endpoint create prices --service prices-blue --version blue": _CLUSTER,
    "scoredock endpoint set-version prices green --service prices-green --traffic 10": _CLUSTER,
    "scoredock endpoint promote prices green": _CLUSTER,
    "kubectl apply -f role.yaml": _CLUSTER,
    "kubectl config view --minify --flatten --raw > scoredock.kubeconfig": _CLUSTER,
    "kubectl config --kubeconfig scoredock.kubeconfig unset users": _CLUSTER,
    "kubectl config --kubeconfig scoredock.kubeconfig set-credentials scoredock"
    ' --token "$(kubectl create token scoredock --namespace models --duration 720h)"': _CLUSTER,
    "kubectl config --kubeconfig scoredock.kubeconfig set-context --current --user scoredock --namespace models": (
        _CLUSTER
    ),
    "kubectl apply -f kubernetes.yaml": Unusual("needs a cluster; tests/cluster applies such a file to one"),
    "scoredock package push registry.example.com/team/diabetes:3": _REGISTRY,
    "scoredock package push diabetes:1 --to registry.example.com/team/diabetes:3": _REGISTRY,
    "scoredock service package diabetes --push registry.example.com/team/diabetes:3": _REGISTRY,
    "scoredock service package diabetes --to oci:images --platform linux/amd64,linux/arm64 --attach sbom": Unusual(
        "needs a base image of a registry for both; tests/packages has one of its own"
    ),
    "scoredock model push diabetes:3 registry.example.com/models/diabetes:3": _MODELS,
    "scoredock model push diabetes:3 registry.example.com/models/diabetes:3 --as artifact": _MODELS,
    "scoredock model register diabetes --from oci://registry.example.com/models/diabetes:3": _MODELS,
    "scoredock package push diabetes:1 --username ci --password-stdin --registry registry.example.com < password.txt": (
        _REGISTRY
    ),
    "scoredock package pull registry.example.com/team/diabetes:3": _REGISTRY,
    "scoredock image create … --base-image registry.example.com/team/python:3.11 --registry registry.example.com "
    "--username me --password-stdin < password.txt": _REGISTRY,
    "scoredock service call both --data @requests/unknown.json": Unusual("the page shows what is refused", 1),
    "scoredock service debug diabetes --port 5678": Unusual("needs an editor that listens; tests/deploy has one"),
    "scoredock test --port 6789": Unusual("needs a container that listens; tests/packages has one"),
    "scoredock event subscribe ci --url https://ci.example.com/hooks --type ModelRegistered": _RECEIVER,
    "scoredock event subscribe azure --url http://127.0.0.1:7071/api/events --schema eventgrid": _RECEIVER,
    "scoredock event subscribe note --type service.stateChanged --command notify-send Scoredock": Unusual(
        "needs a desktop; tests/events/test_programs.py has programs of its own"
    ),
    "scoredock lsp": Unusual("an editor speaks to it; it ends with an error where none does", 1),
}
