"""Rules SD701 to SD749: what changes on the way from Azure ML v1 to v2. They only speak when that was asked for."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_GUIDE = "Azure ML article “Upgrade deployment endpoints to SDK v2”"
_MANAGED = "Azure ML articles on managed online endpoints"
_DEPLOYMENT = World("deploymentconfig.json", migration=True)
_INFERENCE = World("inferenceconfig.json", files=("score.py", "conda.yml"), migration=True)
_CONDA = World("conda.yml", migration=True)
_SCRIPT = World("score.py", migration=True)
_SDK = World("deploy.py", migration=True)
_SHELL = World(
    "deploy.sh", files=("inferenceconfig.json", "deploymentconfig.json", "deployment.yml", "score.py"), migration=True
)


def _config(kind: str, *keys: str) -> str:
    return "{\n" + ",\n".join(f"  {key}" for key in (f'"computeType": "{kind}"', *keys)) + "\n}\n"


_AKS = ('"scoringTimeoutMs": 60000', '"numReplicas": 1')

NO_KEY = Rule(
    "SD701",
    "hint",
    "Service without keys",
    "“authEnabled” false becomes “auth_mode: key” in v2, which has no endpoints that anyone may call.",
    "Every online endpoint of v2 asks for a key or a token, so callers must send one after the move.",
    _config("aci", '"authEnabled": false'),
    _config("aci", '"authEnabled": true'),
    "Have callers send a key now.",
    _GUIDE,
    _DEPLOYMENT,
    fixable=True,
)
TOKEN = Rule(
    "SD702",
    "hint",
    "Token authentication",
    "In v2 this is “auth_mode: aml_token” of the endpoint.",
    "How callers prove who they are is said once for the endpoint, not for each deployment.",
    _config("aks", '"authEnabled": false', '"tokenAuthEnabled": true', *_AKS),
    _config("aks", *_AKS),
    "Write auth_mode: aml_token into the YAML of the endpoint.",
    _GUIDE,
    _DEPLOYMENT,
)
CERTIFICATE = Rule(
    "SD703",
    "hint",
    "Own certificate",
    "“{key}” has no equivalent in v2: its endpoints always use TLS, with a certificate and a name of Azure.",
    "Certificates and host names of your own cannot be given to a managed endpoint.",
    _config(
        "aci",
        '"sslEnabled": true',
        '"sslCertificate": "cert.pem"',
        '"sslKey": "key.pem"',
        '"cname": "scores.contoso.com"',
    ),
    _config("aci"),
    "Put a gateway with your certificate in front, where callers need your name.",
    _MANAGED,
    World("deploymentconfig.json", files=("cert.pem", "key.pem"), migration=True),
)
ADDRESS = Rule(
    "SD704",
    "hint",
    "Own host name label",
    "“dnsNameLabel” does not exist in v2: the address is made of the name of the endpoint and the region.",
    "The address becomes https://<endpoint>.<region>.inference.ml.azure.com/score, so callers need the new one.",
    _config("aci", '"dnsNameLabel": "diabetes-scores"'),
    _config("aci"),
    "Choose the name of the endpoint with care, and tell callers the new address.",
    _GUIDE,
    _DEPLOYMENT,
)
NETWORK = Rule(
    "SD705",
    "hint",
    "Virtual network",
    "In v2 networks are closed by “public_network_access” and “egress_public_network_access” instead of a subnet.",
    "A managed endpoint lives in a network of Azure; who may reach it and what it may reach is switched on or off.",
    _config("aci", '"vnetName": "lab"', '"subnetName": "services"'),
    _config("aci"),
    "Set public_network_access: disabled on the endpoint, and use a private endpoint of the workspace.",
    _GUIDE,
    _DEPLOYMENT,
)
OWN_KEY = Rule(
    "SD706",
    "hint",
    "Key of a key vault",
    "“{key}” has no equivalent in v2; services that are encrypted with a key of your own cannot be moved by the tools.",
    "Encryption is a matter of the workspace in v2.",
    _config("aci", '"vaultBaseUrl": "https://lab.vault.azure.net"', '"keyName": "lab"', '"keyVersion": "1"'),
    _config("aci"),
    "Deploy again, in a workspace that is encrypted as you need it.",
    _GUIDE,
    _DEPLOYMENT,
)
NAMESPACE = Rule(
    "SD707",
    "hint",
    "Namespace of a service",
    "In v2 the namespace is set when the cluster is attached, not for a deployment.",
    "A Kubernetes endpoint names a compute, and the compute has the namespace.",
    _config("aks", '"namespace": "lab"', *_AKS),
    _config("aks", *_AKS),
    "Attach the cluster with az ml compute attach --namespace.",
    "Azure ML article “Kubernetes compute target”",
    _DEPLOYMENT,
)
AUTOSCALER = Rule(
    "SD708",
    "hint",
    "Autoscaler",
    "In v2 only Kubernetes deployments have this, as “scale_settings”; managed ones are scaled by Azure Monitor.",
    "scale_settings of type target_utilization is refused for managed deployments.",
    _config("aks", '"autoScaler": {"autoscaleEnabled": true, "maxReplicas": 3}', _AKS[0]),
    _config("aks", *_AKS),
    "Write scale_settings for Kubernetes, or autoscale rules in Azure Monitor.",
    _GUIDE,
    _DEPLOYMENT,
)
TIMEOUT = Rule(
    "SD709",
    "hint",
    "Shorter time limit",
    "Requests may take 60 seconds here, but 5 in v2 unless “request_timeout_ms” is higher.",
    "Without request_settings.request_timeout_ms the limit of v2 is 5 seconds, that of v1 was 60; managed endpoints"
    " allow 180 seconds at most.",
    _config("aks", _AKS[1]),
    _config("aks", *_AKS),
    "Set request_settings.request_timeout_ms.",
    f"{_GUIDE}; Azure ML CLI v2, YAML reference",
    _DEPLOYMENT,
    fixable=True,
)
PROBE = Rule(
    "SD710",
    "hint",
    "Probe with other defaults",
    "“initialDelaySeconds” is 310 when it is not given, “initial_delay” of v2 is 10: a slow init() is "
    "then restarted again and again.",
    "The probe of v2 begins after 10 seconds and gives up after 30 failures; that of v1 began after 310 and gave up"
    " after 3.",
    _config("aks", *_AKS, '"livenessProbeRequirements": {"timeoutSeconds": 5}'),
    _config("aks", *_AKS, '"livenessProbeRequirements": {"initialDelaySeconds": 310, "timeoutSeconds": 5}'),
    "Set the delay that init() needs, here and in the liveness_probe of v2.",
    "Azure ML CLI v2, YAML reference",
    _DEPLOYMENT,
    fixable=True,
)
SIZE = Rule(
    "SD711",
    "hint",
    "CPU and memory",
    "In v2 a managed deployment names a machine size instead; for {cpu} CPU and {memory} GB that is “{size}”.",
    "instance_type takes the place of containerResourceRequirements on managed deployments.",
    _config("aci", '"containerResourceRequirements": {"cpu": 2, "memoryInGB": 4}'),
    _config("aci"),
    "Write instance_type into the YAML of the deployment.",
    f"{_GUIDE}: table of sizes",
    _DEPLOYMENT,
)
KEYS = Rule(
    "SD712",
    "hint",
    "Keys in a file",
    "v2 has no keys in its files: they are made with the endpoint.",
    "Keys are read with az ml online-endpoint get-credentials and changed with regenerate-keys.",
    _config("aci", '"authEnabled": true', '"keys": {"primaryKey": "${PRIMARY_KEY}"}'),
    _config("aci", '"authEnabled": true'),
    "Give callers the new keys after the migration.",
    _GUIDE,
    _DEPLOYMENT,
)
TRAFFIC = Rule(
    "SD713",
    "hint",
    "Share of the requests",
    "In v2 shares are set in “traffic” of the endpoint, and what is not shared out reaches no deployment.",
    "v1 sends the rest to the default version; v2 has no default version.",
    _config("aksendpoint", '"versionName": "blue"', '"trafficPercentile": 20', *_AKS),
    _config("aksendpoint", '"versionName": "blue"', *_AKS),
    "Write traffic into the YAML of the endpoint, with shares that add up to 100.",
    _GUIDE,
    _DEPLOYMENT,
)
REGION = Rule(
    "SD714",
    "hint",
    "Region of a service",
    "v2 endpoints are always in the region of their workspace.",
    "location cannot be chosen for an endpoint.",
    _config("aci", '"location": "westeurope"'),
    _config("aci"),
    "Use a workspace in the region that you need.",
    _GUIDE,
    _DEPLOYMENT,
)
DEFAULTS = Rule(
    "SD717",
    "hint",
    "Serving package of v1",
    "“azureml-defaults” is replaced by “azureml-inference-server-http” in v2.",
    "azureml-defaults brings the whole SDK of v1 along; the server alone is enough for v2, and for Scoredock.",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-inference-server-http\n",
    "Replace it when the service is migrated.",
    "Azure ML article “Inference HTTP server”",
    _CONDA,
    fixable=True,
)
VARIABLES = Rule(
    "SD718",
    "hint",
    "Variables of an environment",
    "“environmentVariables” belong to the deployment in v2, as “environment_variables”; an environment has none.",
    "An environment of v2 is an image and packages only.",
    '{\n  "entryScript": "score.py",\n  "environment": {\n    "name": "diabetes-env",\n    "environmentVariables":'
    ' {"LEVEL": "2"},\n    "python": {"userManagedDependencies": true}\n  }\n}\n',
    '{\n  "entryScript": "score.py",\n  "environment": {\n    "name": "diabetes-env",\n    "python":'
    ' {"userManagedDependencies": true}\n  }\n}\n',
    "Write environment_variables into the YAML of the deployment.",
    _GUIDE,
    _INFERENCE,
)
MODEL_PATH = Rule(
    "SD719",
    "hint",
    "Model path by the SDK",
    "get_model_path() does not exist in v2: the one model is in the folder that AZUREML_MODEL_DIR names.",
    "A deployment of v2 has one model and no azureml-core; several models are registered as one folder.",
    "import joblib\nfrom azureml.core.model import Model\n\n\ndef init():\n    global model\n    model ="
    ' joblib.load(Model.get_model_path("diabetes"))\n\n\ndef run(data):\n    return'
    " model.predict([[float(data)]]).tolist()\n",
    "import os\n\nimport joblib\n\n\ndef init():\n    global model\n    model ="
    ' joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))\n\n\ndef run(data):\n    return'
    " model.predict([[float(data)]]).tolist()\n",
    'Join the file name to os.environ["AZUREML_MODEL_DIR"], which works in v1 as well.',
    _GUIDE,
    _SCRIPT,
)
SDK = Rule(
    "SD720",
    "hint",
    "SDK v1",
    "Support for “azureml-core” ended on 30 June 2026{hint}.",
    "SDK v1 is replaced by azure-ai-ml; services that run go on, but nothing new comes.",
    "from azureml.core import Workspace\n\nws = Workspace.from_config()\nprint(ws.name)\n",
    "from azure.ai.ml import MLClient\nfrom azure.identity import DefaultAzureCredential\n\nclient ="
    " MLClient.from_config(DefaultAzureCredential())\nprint(client.workspace_name)\n",
    "Move to azure-ai-ml; the message names the replacement of each class.",
    f"{_GUIDE}; Azure ML SDK v1 deprecation notice",
    _SDK,
)
COMMAND = Rule(
    "SD721",
    "hint",
    "Command of CLI v1",
    "“{command}” belongs to CLI v1, whose support ended on 30 September 2025{hint}.",
    "The extension azure-cli-ml is replaced by the extension ml, whose commands read YAML files.",
    "az ml model deploy -n diabetes -m diabetes:1 --ic inferenceconfig.json --dc deploymentconfig.json\n",
    "az ml online-deployment create -f deployment.yml\n",
    "Use the command of the extension ml.",
    "Azure ML CLI v1 deprecation notice",
    _SHELL,
)
CORS = Rule(
    "SD722",
    "hint",
    "CORS headers",
    "v2 endpoints do not support CORS, so these headers do not help browsers there.",
    "The endpoint itself answers the preflight request, and the script is never asked.",
    "from azureml.contrib.services.aml_request import rawhttp\nfrom azureml.contrib.services.aml_response import"
    ' AMLResponse\n\n\ndef init():\n    pass\n\n\n@rawhttp\ndef run(request):\n    if request.method == "OPTIONS":\n   '
    '     return AMLResponse("", 204)\n    response = AMLResponse("ok", 200)\n   '
    ' response.headers["Access-Control-Allow-Origin"] = "https://contoso.com"\n    return response\n',
    "from azureml.contrib.services.aml_request import rawhttp\nfrom azureml.contrib.services.aml_response import"
    ' AMLResponse\n\n\ndef init():\n    pass\n\n\n@rawhttp\ndef run(request):\n    return AMLResponse("ok", 200)\n',
    "Put API Management or a web application between browsers and the endpoint.",
    _GUIDE,
    _SCRIPT,
)

RULES: tuple[Rule, ...] = (
    NO_KEY,
    TOKEN,
    CERTIFICATE,
    ADDRESS,
    NETWORK,
    OWN_KEY,
    NAMESPACE,
    AUTOSCALER,
    TIMEOUT,
    PROBE,
    SIZE,
    KEYS,
    TRAFFIC,
    REGION,
    DEFAULTS,
    VARIABLES,
    MODEL_PATH,
    SDK,
    COMMAND,
    CORS,
)
