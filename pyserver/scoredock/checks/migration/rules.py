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


NO_KEY = Rule(
    code="SD701",
    severity="hint",
    title="Service without keys",
    message="“authEnabled” false becomes “auth_mode: key” in v2, which has no endpoints that anyone may call.",
    why="Every online endpoint of v2 asks for a key or a token, so callers must send one after the move.",
    fix="Have callers send a key now.",
    source=_GUIDE,
    world=_DEPLOYMENT,
    fixable=True,
)
TOKEN = Rule(
    code="SD702",
    severity="hint",
    title="Token authentication",
    message="In v2 this is “auth_mode: aml_token” of the endpoint.",
    why="How callers prove who they are is said once for the endpoint, not for each deployment.",
    fix="Write auth_mode: aml_token into the YAML of the endpoint.",
    source=_GUIDE,
    world=_DEPLOYMENT,
)
CERTIFICATE = Rule(
    code="SD703",
    severity="hint",
    title="Own certificate",
    message="“{key}” has no equivalent in v2: its endpoints always use TLS, with a certificate and a name of Azure.",
    why="Certificates and host names of your own cannot be given to a managed endpoint.",
    fix="Put a gateway with your certificate in front, where callers need your name.",
    source=_MANAGED,
    world=World("deploymentconfig.json", files=("cert.pem", "key.pem"), migration=True),
)
ADDRESS = Rule(
    code="SD704",
    severity="hint",
    title="Own host name label",
    message="“dnsNameLabel” does not exist in v2: the address is made of the name of the endpoint and the region.",
    why="The address becomes https://<endpoint>.<region>.inference.ml.azure.com/score, so callers need the new one.",
    fix="Choose the name of the endpoint with care, and tell callers the new address.",
    source=_GUIDE,
    world=_DEPLOYMENT,
)
NETWORK = Rule(
    code="SD705",
    severity="hint",
    title="Virtual network",
    message=(
        "In v2 networks are closed by “public_network_access” and “egress_public_network_access” instead of a subnet."
    ),
    why="A managed endpoint lives in a network of Azure; who may reach it and what it may reach is switched on or off.",
    fix="Set public_network_access: disabled on the endpoint, and use a private endpoint of the workspace.",
    source=_GUIDE,
    world=_DEPLOYMENT,
)
OWN_KEY = Rule(
    code="SD706",
    severity="hint",
    title="Key of a key vault",
    message=(
        "“{key}” has no equivalent in v2; services that are encrypted with a key of your own cannot be moved by the"
        " tools."
    ),
    why="Encryption is a matter of the workspace in v2.",
    fix="Deploy again, in a workspace that is encrypted as you need it.",
    source=_GUIDE,
    world=_DEPLOYMENT,
)
NAMESPACE = Rule(
    code="SD707",
    severity="hint",
    title="Namespace of a service",
    message="In v2 the namespace is set when the cluster is attached, not for a deployment.",
    why="A Kubernetes endpoint names a compute, and the compute has the namespace.",
    fix="Attach the cluster with az ml compute attach --namespace.",
    source="Azure ML article “Kubernetes compute target”",
    world=_DEPLOYMENT,
)
AUTOSCALER = Rule(
    code="SD708",
    severity="hint",
    title="Autoscaler",
    message=(
        "In v2 only Kubernetes deployments have this, as “scale_settings”; managed ones are scaled by Azure Monitor."
    ),
    why="scale_settings of type target_utilization is refused for managed deployments.",
    fix="Write scale_settings for Kubernetes, or autoscale rules in Azure Monitor.",
    source=_GUIDE,
    world=_DEPLOYMENT,
)
TIMEOUT = Rule(
    code="SD709",
    severity="hint",
    title="Shorter time limit",
    message="Requests may take 60 seconds here, but 5 in v2 unless “request_timeout_ms” is higher.",
    why=(
        "Without request_settings.request_timeout_ms the limit of v2 is 5 seconds, that of v1 was 60; managed endpoints"
        " allow 180 seconds at most."
    ),
    fix="Set request_settings.request_timeout_ms.",
    source=f"{_GUIDE}; Azure ML CLI v2, YAML reference",
    world=_DEPLOYMENT,
    fixable=True,
)
PROBE = Rule(
    code="SD710",
    severity="hint",
    title="Probe with other defaults",
    message=(
        "“initialDelaySeconds” is 310 when it is not given, “initial_delay” of v2 is 10: a slow init() is then"
        " restarted again and again."
    ),
    why=(
        "The probe of v2 begins after 10 seconds and gives up after 30 failures; that of v1 began after 310 and gave up"
        " after 3."
    ),
    fix="Set the delay that init() needs, here and in the liveness_probe of v2.",
    source="Azure ML CLI v2, YAML reference",
    world=_DEPLOYMENT,
    fixable=True,
)
SIZE = Rule(
    code="SD711",
    severity="hint",
    title="CPU and memory",
    message="In v2 a managed deployment names a machine size instead; for {cpu} CPU and {memory} GB that is “{size}”.",
    why="instance_type takes the place of containerResourceRequirements on managed deployments.",
    fix="Write instance_type into the YAML of the deployment.",
    source=f"{_GUIDE}: table of sizes",
    world=_DEPLOYMENT,
)
KEYS = Rule(
    code="SD712",
    severity="hint",
    title="Keys in a file",
    message="v2 has no keys in its files: they are made with the endpoint.",
    why="Keys are read with az ml online-endpoint get-credentials and changed with regenerate-keys.",
    fix="Give callers the new keys after the migration.",
    source=_GUIDE,
    world=_DEPLOYMENT,
)
TRAFFIC = Rule(
    code="SD713",
    severity="hint",
    title="Share of the requests",
    message="In v2 shares are set in “traffic” of the endpoint, and what is not shared out reaches no deployment.",
    why="v1 sends the rest to the default version; v2 has no default version.",
    fix="Write traffic into the YAML of the endpoint, with shares that add up to 100.",
    source=_GUIDE,
    world=_DEPLOYMENT,
)
REGION = Rule(
    code="SD714",
    severity="hint",
    title="Region of a service",
    message="v2 endpoints are always in the region of their workspace.",
    why="location cannot be chosen for an endpoint.",
    fix="Use a workspace in the region that you need.",
    source=_GUIDE,
    world=_DEPLOYMENT,
)
DEFAULTS = Rule(
    code="SD717",
    severity="hint",
    title="Serving package of v1",
    message="“azureml-defaults” is replaced by “azureml-inference-server-http” in v2.",
    why="azureml-defaults brings the whole SDK of v1 along; the server alone is enough for v2, and for Scoredock.",
    fix="Replace it when the service is migrated.",
    source="Azure ML article “Inference HTTP server”",
    world=_CONDA,
    fixable=True,
)
VARIABLES = Rule(
    code="SD718",
    severity="hint",
    title="Variables of an environment",
    message=(
        "“environmentVariables” belong to the deployment in v2, as “environment_variables”; an environment has none."
    ),
    why="An environment of v2 is an image and packages only.",
    fix="Write environment_variables into the YAML of the deployment.",
    source=_GUIDE,
    world=_INFERENCE,
)
MODEL_PATH = Rule(
    code="SD719",
    severity="hint",
    title="Model path by the SDK",
    message="get_model_path() does not exist in v2: the one model is in the folder that AZUREML_MODEL_DIR names.",
    why="A deployment of v2 has one model and no azureml-core; several models are registered as one folder.",
    fix='Join the file name to os.environ["AZUREML_MODEL_DIR"], which works in v1 as well.',
    source=_GUIDE,
    world=_SCRIPT,
)
SDK = Rule(
    code="SD720",
    severity="hint",
    title="SDK v1",
    message="Support for “azureml-core” ended on 30 June 2026{hint}.",
    why="SDK v1 is replaced by azure-ai-ml; services that run go on, but nothing new comes.",
    fix="Move to azure-ai-ml; the message names the replacement of each class.",
    source=f"{_GUIDE}; Azure ML SDK v1 deprecation notice",
    world=_SDK,
)
COMMAND = Rule(
    code="SD721",
    severity="hint",
    title="Command of CLI v1",
    message="“{command}” belongs to CLI v1, whose support ended on 30 September 2025{hint}.",
    why="The extension azure-cli-ml is replaced by the extension ml, whose commands read YAML files.",
    fix="Use the command of the extension ml.",
    source="Azure ML CLI v1 deprecation notice",
    world=_SHELL,
)
CORS = Rule(
    code="SD722",
    severity="hint",
    title="CORS headers",
    message="v2 endpoints do not support CORS, so these headers do not help browsers there.",
    why="The endpoint itself answers the preflight request, and the script is never asked.",
    fix="Put API Management or a web application between browsers and the endpoint.",
    source=_GUIDE,
    world=_SCRIPT,
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
