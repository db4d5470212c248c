"""Files of other tools that look a little like ours are left alone."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.check import check
from scoredock.formats.document_kind import kind_of

FOREIGN = {
    "docker-compose.yml": "services:\n  web:\n    image: nginx\n    environment:\n      - A=1\n",
    "compose.yaml": "name: app\nservices:\n  db:\n    image: postgres:16\n",
    ".github/workflows/ci.yml": (
        "name: ci\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses:"
        " actions/checkout@v4\n      - run: pip install numpy\n"
    ),
    ".gitlab-ci.yml": "image: python:3.11\nstages: [test]\ntest:\n  script:\n    - pip install -r requirements.txt\n",
    "azure-pipelines.yml": "trigger: [main]\npool:\n  vmImage: ubuntu-latest\nsteps:\n  - script: pytest\n",
    "mkdocs.yml": "site_name: Docs\nnav:\n  - Home: index.md\nplugins: [search]\n",
    "_config.yml": "title: Blog\ntheme: minima\n",
    "k8s/deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n",
    "k8s/service.yml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n",
    "k8s/environment.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: environment\ndata:\n  A: b\n",
    "charts/web/Chart.yaml": (
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n  - name: redis\n    version: 17.0.0\n   "
        " repository: https://charts\n"
    ),
    "charts/web/values.yaml": "replicaCount: 1\nimage:\n  repository: nginx\nenv:\n  A: b\n",
    "charts/web/env-values.yaml": "image:\n  tag: '1'\nenvironment: production\n",
    "kustomization.yaml": "resources:\n  - deployment.yaml\n",
    "package.json": '{"name": "x", "version": "1.0.0", "dependencies": {"left-pad": "^1.0.0"}}',
    "package-lock.json": '{"name": "x", "lockfileVersion": 3, "packages": {}}',
    "tsconfig.json": '{\n  // comments are fine here\n  "compilerOptions": {"strict": true,},\n}',
    ".eslintrc.json": '{"env": {"node": true}, "rules": {}}',
    ".prettierrc.yml": "semi: false\n",
    ".vscode/launch.json": (
        '{"version": "0.2.0", "configurations": [{"type": "debugpy", "request": "launch", "name": "x", "program":'
        ' "score.py"}]}'
    ),
    ".vscode/settings.json": '{"python.defaultInterpreterPath": "python", // here\n}',
    ".vscode/tasks.json": (
        '{"version": "2.0.0", "tasks": [{"label": "run", "type": "shell", "command": "python score.py"}]}'
    ),
    ".devcontainer/devcontainer.json": '{"name": "x", "image": "python:3.11", "runArgs": []}',
    ".pre-commit-config.yaml": (
        "repos:\n  - repo: https://github.com/astral-sh/ruff-pre-commit\n    rev: v0.1.0\n    hooks:\n      - id:"
        " ruff\n"
    ),
    ".github/dependabot.yml": "version: 2\nupdates:\n  - package-ecosystem: pip\n    directory: /\n",
    ".readthedocs.yaml": (
        "version: 2\nbuild:\n  os: ubuntu-22.04\n  tools:\n    python: '3.11'\npython:\n  install:\n    - requirements:"
        " docs/requirements.txt\n"
    ),
    "openapi.json": '{"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "paths": {"/pets": {}}}',
    "openapi.yaml": "openapi: 3.0.3\ninfo:\n  title: Pets\npaths: {}\n",
    "pubspec.yaml": "name: app\ndependencies:\n  flutter:\n    sdk: flutter\n  http: ^1.0.0\n",
    "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n",
    "serverless.yml": "service: web\nprovider:\n  name: aws\nenvironment:\n  A: b\n",
    "playbook.yml": "- hosts: all\n  tasks:\n    - name: install\n      pip:\n        name: numpy\n",
    "roles/web/meta/main.yml": "dependencies:\n  - role: common\n",
    "galaxy.yml": "namespace: x\nname: y\nversion: 1.0.0\ndependencies:\n  a.b: '*'\n",
    "cloudbuild.yaml": "steps:\n  - name: gcr.io/cloud-builders/docker\n    args: [build]\n",
    "appsettings.json": '{"Logging": {"LogLevel": {"Default": "Information"}}}',
    "host.json": '{"version": "2.0", "extensionBundle": {"id": "x"}}',
    "config.json": '{"model_type": "bert", "hidden_size": 768}',
    "models/config.json": '{"architectures": ["GPT2LMHeadModel"], "torch_dtype": "float32"}',
    "tokenizer_config.json": '{"do_lower_case": true}',
    "environment.json": '{"values": [{"key": "url", "value": "https://x", "enabled": true}], "name": "postman"}',
    "env.yml": "production:\n  url: https://x\n",
    "environment.yml": "development:\n  database: dev\n",
    "conda_build_config.yaml": "python:\n  - 3.11\nnumpy:\n  - 1.26\n",
    "recipe/meta.yaml": "package:\n  name: x\n  version: 1.0\nrequirements:\n  run:\n    - python\n",
    "dvc.yaml": "stages:\n  train:\n    cmd: python train.py\n    deps:\n      - data\n",
    "params.yaml": "train:\n  lr: 0.1\n",
    "MLmodel.yml": "artifact_path: model\nflavors:\n  sklearn:\n    pickled_model: model.pkl\n",
    "mlproject.yaml": "name: x\nentry_points:\n  main:\n    command: python train.py\n",
    "azuredeploy.parameters.json": (
        '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",'
        ' "parameters": {}}'
    ),
    "template.json": (
        '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources":'
        ' [{"type": "Microsoft.Compute/virtualMachines"}]}'
    ),
    "data.json": '{"data": [[1, 2, 3]]}',
    "sample_request.json": '{"Inputs": {"input1": 1}, "GlobalParameters": 1.0}',
    "broken.json": "{'a': 1,}",
    "notes.txt": "numpy is good\n",
    "LICENSE.txt": "MIT License\n",
    "robots.txt": "User-agent: *\n",
    "CMakeLists.txt": "project(x)\n",
    "pixi.yaml": "project:\n  name: x\ndependencies:\n  python: '3.11.*'\n",
    "meltano.yml": "version: 1\nplugins: {}\n",
    "prometheus.yml": "global:\n  scrape_interval: 15s\n",
    ".travis.yml": "language: python\npython:\n  - '3.9'\ninstall: pip install .\n",
    "appveyor.yml": "environment:\n  matrix:\n    - PYTHON: C:\\Python39\n",
}


@pytest.mark.parametrize("path", FOREIGN, ids=str)
def test_files_of_other_tools_are_left_alone(path: str) -> None:
    text = FOREIGN[path]
    assert kind_of(f"/project/{path}", text) is None
    assert kind_of(path.upper() if "." in path else path, text) is None
    assert check(text, Facts(path=f"/project/{path}")) == []


PETS = '{"swagger": "2.0", "info": {"title": "Pets", "version": "1"}, "paths": {"/pets": {"get": {}}},}'


@pytest.mark.parametrize("name", ["swagger.json", "swagger3.json", "SWAGGER.JSON"])
def test_swagger_of_other_services_is_left_alone(name: str) -> None:
    facts = Facts(path=f"/project/{name}", listing=lambda _folder: [name, "package.json", "server.js"])
    assert check(PETS, facts) == []
    assert check(PETS, Facts(path=name)) == []
    beside = Facts(path=f"/project/{name}", listing=lambda _folder: [name, "score.py"])
    assert [f.code for f in check(PETS, beside)] == ["SD450"]
