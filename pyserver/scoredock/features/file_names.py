"""Conditions of VS Code on the names of files: which files of the Explorer have a command in their menu. They are wide:
what a file is, its content says, when the command runs."""

from __future__ import annotations

CHECKED_FILE = (
    r"resourceFilename =~ /(\.py|\.ipynb|\.(sh|ps1)|(inference|deployment)[-_. ]?config.*\.json|\.ya?ml"
    r"|requirements.*\.(txt|in)|azureml_environment\.json|swagger.*\.json|config\.json)$/i"
)
"""What Check finds something in."""
MODEL_OF_A_KNOWN_FRAMEWORK = (
    r"resourceFilename =~ /(\.(onnx|pkl|pickle|joblib|sav|skops|keras|h5|hdf5|ubj|pt|pth|lgb|xgb)|(model"
    r"|lgb|lightgbm|xgb|xgboost|booster|trees).*\.(txt|json)|^MLmodel|^saved_model\.pb)$/i"
)
"""What may be deployed without an entry script."""
MAY_BE_A_MODEL = (
    r"resourceFilename =~ /model.*\.ya?ml$/i"
    r" || resourceFilename =~ /^(?!.*(\.(py|ipynb|ya?ml|md|toml|cfg|ini|sh|ps1|js|ts|html|css|log)$"
    r"|config.*\.json$|requirements.*\.(txt|in)$|environment\.json$|swagger.*\.json$|\.jsonl$))/i"
)
"""What is none of the texts that lie in every project, and the YAML of a model of Azure ML v2."""
SDK_SCRIPT = r"resourceFilename =~ /(\.ipynb|(azureml|aml|deploy|regist|publish|webservice|aci|aks).*\.py)$/i"
"""What may use the SDK v1, by its name."""
SAMPLE_REQUESTS = (
    r"resourceExtname =~ /^\.(jsonl|json|txt)$/i && resourceFilename =~ /^(?!.*(config|requirements"
    r"|azureml_environment|swagger))/i"
)
"""What may hold sample requests."""
ENVIRONMENT_FILE = r"resourceFilename =~ /((conda|env).*\.ya?ml|requirements.*\.txt|azureml_environment\.json)$/i"
"""What may list packages."""
DEPLOYMENT_FILE = (
    r"resourceExtname =~ /^\.ya?ml$/i && resourceFilename =~ /^(?!.*(conda|env|batch|pipeline|docker|compose))/i"
    r" && resourceFilename =~ /(deploy|endpoint|blue|green)/i"
)
"""What may be an online endpoint or deployment of Azure ML v2."""
PACKAGE_LIST = r"resourceFilename =~ /((conda|env).*\.ya?ml|requirements.*\.txt)$/i"
"""What may list packages that Scoredock can change."""
DEPLOYED = "resourcePath in scoredock.entryScripts && resourcePath in scoredock.deployedScripts"
"""An entry script of which a service is there."""
NOT_DEPLOYED = "resourcePath in scoredock.entryScripts && resourcePath not in scoredock.deployedScripts"
TRUSTED = "isWorkspaceTrusted"
PIPELINE_FILE = (
    r"resourcePath =~ /(\.github[\\\/]workflows[\\\/][^\\\/]+|[\\\/]\.?(azure-)?pipelines[\\\/].+"
    r"|azure-pipelines[^\\\/]*|\.gitlab-ci[^\\\/]*)\.ya?ml$/i"
)
"""Where the platforms look for pipelines, and people keep them."""
