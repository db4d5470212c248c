"""YAML and JSON of other programs, and other kinds of Azure ML: none is taken for one of ours."""

from __future__ import annotations

_AML = "$schema: https://azuremlschemas.azureedge.net/latest/"

FOREIGN = {
    "k8s deployment": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: blue\nspec:\n  replicas: 2\n",
    "k8s service": "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\nspec:\n  ports:\n    - port: 80\n",
    "k8s config map": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  endpoint_name: a\n",
    "k8s several": (
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n"
    ),
    "kserve": (
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata:\n  name: sklearn\nspec:\n  predictor:"
        " {}\n"
    ),
    "custom resource with keys like ours": "apiVersion: example.com/v1\nkind: Endpoint\nname: a\nauth_mode: key\n",
    "kustomization": "resources:\n  - deployment.yaml\nnamePrefix: dev-\n",
    "helm values": "image:\n  repository: nginx\n  tag: '1'\nreplicaCount: 1\nname: web\n",
    "helm chart": "apiVersion: v2\nname: web\nversion: 0.1.0\ntype: application\n",
    "compose": "services:\n  web:\n    image: nginx\n    build: .\nname: app\n",
    "old compose": "version: '3'\nservices:\n  web:\n    build: .\n",
    "github workflow": (
        "name: ci\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: az ml"
        " online-deployment create -f deployment.yml\n"
    ),
    "github action": (
        "name: act\ndescription: x\ninputs:\n  endpoint_name:\n    required: true\nruns:\n  using: composite\n  steps:"
        " []\n"
    ),
    "azure pipeline": "trigger:\n  - main\npool:\n  vmImage: ubuntu-latest\nsteps:\n  - script: az ml model register\n",
    "azure pipeline stages": "stages:\n  - stage: build\n    jobs: []\nname: x\n",
    "azure template": "parameters:\n  - name: endpoint_name\n    type: string\nsteps:\n  - script: echo\n",
    "gitlab": "image: python:3.11\nstages: [test]\ntest:\n  script:\n    - pytest\n",
    "circle": "version: 2.1\njobs:\n  build:\n    docker:\n      - image: cimg/python:3.11\n",
    "travis": "language: python\npython: ['3.11']\nscript: pytest\n",
    "pre-commit": "repos:\n  - repo: https://github.com/psf/black\n    rev: 24.1.0\n    hooks:\n      - id: black\n",
    "dependabot": "version: 2\nupdates:\n  - package-ecosystem: pip\n    directory: /\n",
    "mkdocs": "site_name: Docs\nnav:\n  - Home: index.md\ntheme:\n  name: material\n",
    "openapi": "openapi: 3.0.0\ninfo:\n  title: x\n  version: '1'\npaths: {}\n",
    "swagger": "swagger: '2.0'\ninfo: {title: x, version: '1'}\npaths: {}\n",
    "ansible": "- hosts: all\n  tasks:\n    - name: x\n      ping:\n",
    "cloudformation": "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n",
    "sagemaker": "name: model\nimage: 123.dkr.ecr.aws/x\nrole: arn:x\n",
    "mlproject": "name: proj\nconda_env: conda.yml\nentry_points:\n  main:\n    command: python train.py\n",
    "MLmodel": "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.sklearn\nrun_id: abc\n",
    "mlflow meta": "artifact_uri: ./mlruns\nexperiment_id: '0'\nname: ''\nlifecycle_stage: active\n",
    "dvc": "stages:\n  train:\n    cmd: python train.py\n    deps: [data]\n",
    "params": "train:\n  lr: 0.1\nmodel:\n  path: x\n",
    "hydra": "defaults:\n  - model: resnet\nname: x\n",
    "prefect": "name: flow\nentrypoint: flow.py:main\nwork_pool:\n  name: pool\n",
    "docker bake": "group:\n  default:\n    targets: [app]\n",
    "prometheus": "global:\n  scrape_interval: 15s\nscrape_configs: []\n",
    "bentofile": "service: 'service:svc'\ninclude: ['*.py']\npython:\n  packages: [scikit-learn]\n",
    "devcontainer features": "name: env\nimage: mcr.microsoft.com/devcontainers/python\nfeatures: {}\n",
    "home assistant": "name: light\nplatform: mqtt\n",
    "job": (
        _AML + "commandJob.schema.json\ncommand: python train.py\ncode: src\nenvironment: azureml:env:1\ncompute:"
        " azureml:cpu\n"
    ),
    "job without schema": (
        "type: command\ncommand: python train.py\nenvironment: azureml:env:1\ncompute:"
        " azureml:cpu\nexperiment_name: x\n"
    ),
    "sweep": _AML + "sweepJob.schema.json\ntype: sweep\ntrial: {}\n",
    "pipeline": _AML + "pipelineJob.schema.json\ntype: pipeline\nname: p\njobs: {}\n",
    "component": (
        _AML + "commandComponent.schema.json\nname: c\ntype: command\ninputs: {}\nenvironment: azureml:env:1\n"
    ),
    "component without schema": "name: c\ntype: command\nversion: 1\ninputs:\n  x: {type: uri_file}\ncommand: echo\n",
    "data": _AML + "data.schema.json\nname: d\ntype: uri_folder\npath: ./data\n",
    "data without schema": "name: d\ntype: uri_folder\npath: ./data\nversion: 1\n",
    "compute": _AML + "amlCompute.schema.json\nname: cpu\ntype: amlcompute\nsize: Standard_DS3_v2\n",
    "datastore": _AML + "azureBlob.schema.json\nname: b\ntype: azure_blob\naccount_name: x\n",
    "workspace": _AML + "workspace.schema.json\nname: w\nlocation: westeurope\n",
    "registry": _AML + "registry.schema.json\nname: r\nreplication_locations: []\n",
    "schedule": _AML + "schedule.schema.json\nname: s\ntrigger: {type: cron}\ncreate_job: azureml:x\n",
    "monitor": (
        _AML
        + "monitorSchedule.schema.json\nname: m\ncreate_monitor:\n  monitoring_target:\n    endpoint_deployment_id:"
        " azureml:a:b\n"
    ),
    "feature set": _AML + "featureSet.schema.json\nname: f\nversion: '1'\nspecification: {path: ./spec}\n",
    "connection": _AML + "workspaceConnection.schema.json\nname: c\ntype: git\n",
    "prompt flow": (
        "$schema: https://azuremlschemas.azureedge.net/promptflow/latest/Flow.schema.json\nenvironment: {}\ninputs:"
        " {}\nnodes: []\n"
    ),
    "other schema": "$schema: https://json-schema.org/draft/2020-12/schema\nname: x\nauth_mode: key\n",
    "autoscale settings": "name: x\nprofiles: []\nenabled: true\n",
    "empty": "",
    "only a comment": "# endpoint_name: x\n",
    "a list": "- endpoint_name: a\n",
    "words": "endpoint_name and auth_mode are words here\n",
}
