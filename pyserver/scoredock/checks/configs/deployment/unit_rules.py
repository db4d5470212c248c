"""Rules SD317 to SD324 and SD334 to SD337: units, ranges and arithmetic of deployment configurations."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_SDK = "azureml-core 1.61, deploy_configuration"
_SCALER = "Azure ML article on the autoscaler of azureml-fe"
_WORLD = World("deploymentconfig.json")
_KUBERNETES = "Kubernetes documentation, container probes"


def aks(*keys: str) -> str:
    return "{\n" + ",\n".join(f"  {key}" for key in ('"computeType": "aks"', *keys)) + "\n}\n"


def _aci(*keys: str) -> str:
    return aks(*keys).replace('"aks"', '"aci"')


UNIT_SIZE = Rule(
    "SD317",
    "warning",
    "Size in another unit",
    "“{key}” is counted in {unit}; {got} is probably meant in {other}.",
    "A container that asks for so much is never scheduled: no machine has it.",
    aks('"containerResourceRequirements": {"cpu": 1, "memoryInGB": 2048}'),
    aks('"containerResourceRequirements": {"cpu": 1, "memoryInGB": 2}'),
    "Write gigabytes for memory and whole cores for the processor.",
    f"{_SDK}: cpu_cores, memory_gb",
    _WORLD,
    fixable=True,
)
ACI_MEMORY = Rule(
    "SD318",
    "warning",
    "More memory than ACI has",
    "{got} of memory are asked for, but a container of ACI has at most 48 GB.",
    "The documents limit ACI to models under 1 GB and containers of 48 GB; more is refused in most regions.",
    _aci('"containerResourceRequirements": {"cpu": 1, "memoryInGB": 64}'),
    _aci('"containerResourceRequirements": {"cpu": 1, "memoryInGB": 48}'),
    "Ask for less, or deploy to AKS.",
    "Azure ML article “Choose a compute target”",
    _WORLD,
    fixable=True,
)
QUANTITY = Rule(
    "SD319",
    "error",
    "Number with a unit",
    "“{key}” must be a plain number in {unit}, without a unit behind it.",
    "Kubernetes writes 512Mi and 500m, but these keys are numbers with a fixed unit, and a text is refused.",
    aks('"containerResourceRequirements": {"cpu": "500m", "memoryInGB": 1}'),
    aks('"containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 1}'),
    "Convert it and leave the unit out.",
    _SDK,
    _WORLD,
    fixable=True,
)
MILLISECONDS = Rule(
    "SD320",
    "warning",
    "Seconds where milliseconds count",
    "“{key}” is counted in milliseconds; {got} is less than a second.",
    "A request that takes longer is cut off with 504, which with so little time is nearly every request.",
    aks('"scoringTimeoutMs": 60'),
    aks('"scoringTimeoutMs": 60000'),
    "Write the time in milliseconds; the default is 60000.",
    f"{_SDK}: scoring_timeout_ms",
    _WORLD,
    fixable=True,
)
PROBE_TIMEOUT = Rule(
    "SD321",
    "information",
    "Probe that takes longer than its period",
    "A probe may take {timeout} seconds, but a new one is due every {period} seconds.",
    "The next probe waits for the one before it, so the service is looked at less often than the period says.",
    aks('"livenessProbeRequirements": {"periodSeconds": 5, "timeoutSeconds": 20}'),
    aks('"livenessProbeRequirements": {"periodSeconds": 20, "timeoutSeconds": 5}'),
    "Choose a timeout below the period.",
    _KUBERNETES,
    _WORLD,
    fixable=True,
)
PROBE_SUCCESS = Rule(
    "SD322",
    "warning",
    "Liveness needs one success",
    "“successThreshold” must be 1 for a liveness probe, not {got}.",
    "Kubernetes refuses another number: a container that answers once is alive.",
    aks('"livenessProbeRequirements": {"successThreshold": 3}'),
    aks('"livenessProbeRequirements": {"successThreshold": 1}'),
    "Write 1, or leave the key out.",
    _KUBERNETES,
    _WORLD,
    fixable=True,
)
FRACTION = Rule(
    "SD323",
    "error",
    "Fraction where percent count",
    "“{key}” is counted in percent; write {right}, not {got}.",
    "The target is a whole number of percent; a fraction is refused.",
    aks('"autoScaler": {"autoscaleEnabled": true, "targetUtilization": 0.7}'),
    aks('"autoScaler": {"autoscaleEnabled": true, "targetUtilization": 70}'),
    "Write the percentage.",
    f"{_SDK}: autoscale_target_utilization",
    _WORLD,
    fixable=True,
)
REFRESH = Rule(
    "SD324",
    "information",
    "Autoscaler that rarely looks",
    "The autoscaler looks only every {got} seconds; until then a burst of requests gets 503.",
    "New replicas are there within a second of the next look. The default looks every second.",
    aks('"autoScaler": {"autoscaleEnabled": true, "refreshPeriodInSeconds": 300}'),
    aks('"autoScaler": {"autoscaleEnabled": true, "refreshPeriodInSeconds": 1}'),
    "Leave the key out, or choose a few seconds.",
    _SCALER,
    _WORLD,
    fixable=True,
)
ONE_SIZE = Rule(
    "SD334",
    "information",
    "Autoscaler without a choice",
    "The autoscaler can only choose between {low} and {low} replicas, so it never does anything.",
    "With equal limits the number of replicas is fixed. numReplicas says so more plainly.",
    aks('"autoScaler": {"autoscaleEnabled": true, "minReplicas": 2, "maxReplicas": 2}'),
    aks('"numReplicas": 2'),
    "Use numReplicas, or raise maxReplicas.",
    _SCALER,
    _WORLD,
    fixable=True,
)
NO_ROOM = Rule(
    "SD335",
    "information",
    "No room for a burst",
    "At {got}% nearly every replica is busy before another one is added; a burst then gets 503.",
    "With the default of 70 percent the service stands bursts of up to 30 percent while new replicas start.",
    aks('"autoScaler": {"autoscaleEnabled": true, "targetUtilization": 100}'),
    aks('"autoScaler": {"autoscaleEnabled": true, "targetUtilization": 70}'),
    "Choose about 70.",
    _SCALER,
    _WORLD,
    fixable=True,
)
CAPACITY = Rule(
    "SD336",
    "hint",
    "What the replicas can take",
    "With up to {most} replicas of {each} requests at a time and a target of {target}%, the service keeps up with"
    " {rate} requests per second that take one second each.",
    "The documents size a service by: requests per second times seconds per request, divided by the target utilization"
    " and by the requests per container, rounded up.",
    aks('"autoScaler": {"autoscaleEnabled": true, "maxReplicas": 10}', '"maxConcurrentRequestsPerContainer": 2'),
    aks('"autoScaler": {"autoscaleEnabled": true, "maxReplicas": 10}'),
    "Compare it with the load that you expect, and change maxReplicas accordingly.",
    _SCALER,
    _WORLD,
)
START_TIME = Rule(
    "SD337",
    "information",
    "Little time to start",
    "The container is killed when the service does not answer within {seconds} seconds of its start.",
    "Nothing answers before init() has returned. Loading a large model takes longer than this, and the container is"
    " then started over and over.",
    aks('"livenessProbeRequirements": {"initialDelaySeconds": 5, "periodSeconds": 5}'),
    aks('"livenessProbeRequirements": {"initialDelaySeconds": 310, "periodSeconds": 5}'),
    "Give initialDelaySeconds the time that init() needs; the default is 310.",
    _KUBERNETES,
    _WORLD,
    fixable=True,
)

RULES = (
    UNIT_SIZE,
    ACI_MEMORY,
    QUANTITY,
    MILLISECONDS,
    PROBE_TIMEOUT,
    PROBE_SUCCESS,
    FRACTION,
    REFRESH,
    ONE_SIZE,
    NO_ROOM,
    CAPACITY,
    START_TIME,
)
