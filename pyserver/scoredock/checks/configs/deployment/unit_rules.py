"""Rules SD317 to SD324 and SD334 to SD337: units, ranges and arithmetic of deployment configurations."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_SDK = "azureml-core 1.61, deploy_configuration"
_SCALER = "Azure ML article on the autoscaler of azureml-fe"
_WORLD = World("deploymentconfig.json")
_KUBERNETES = "Kubernetes documentation, container probes"


def aks(*keys: str) -> str:
    return "{\n" + ",\n".join(f"  {key}" for key in ('"computeType": "aks"', *keys)) + "\n}\n"


UNIT_SIZE = Rule(
    code="SD317",
    severity="warning",
    title="Size in another unit",
    message="“{key}” is counted in {unit}; {got} is probably meant in {other}.",
    why="A container that asks for so much is never scheduled: no machine has it.",
    fix="Write gigabytes for memory and whole cores for the processor.",
    source=f"{_SDK}: cpu_cores, memory_gb",
    world=_WORLD,
    fixable=True,
)
ACI_MEMORY = Rule(
    code="SD318",
    severity="warning",
    title="More memory than ACI has",
    message="{got} of memory are asked for, but a container of ACI has at most 48 GB.",
    why="The documents limit ACI to models under 1 GB and containers of 48 GB; more is refused in most regions.",
    fix="Ask for less, or deploy to AKS.",
    source="Azure ML article “Choose a compute target”",
    world=_WORLD,
    fixable=True,
)
QUANTITY = Rule(
    code="SD319",
    severity="error",
    title="Number with a unit",
    message="“{key}” must be a plain number in {unit}, without a unit behind it.",
    why="Kubernetes writes 512Mi and 500m, but these keys are numbers with a fixed unit, and a text is refused.",
    fix="Convert it and leave the unit out.",
    source=_SDK,
    world=_WORLD,
    fixable=True,
)
MILLISECONDS = Rule(
    code="SD320",
    severity="warning",
    title="Seconds where milliseconds count",
    message="“{key}” is counted in milliseconds; {got} is less than a second.",
    why="A request that takes longer is cut off with 504, which with so little time is nearly every request.",
    fix="Write the time in milliseconds; the default is 60000.",
    source=f"{_SDK}: scoring_timeout_ms",
    world=_WORLD,
    fixable=True,
)
PROBE_TIMEOUT = Rule(
    code="SD321",
    severity="information",
    title="Probe that takes longer than its period",
    message="A probe may take {timeout} seconds, but a new one is due every {period} seconds.",
    why="The next probe waits for the one before it, so the service is looked at less often than the period says.",
    fix="Choose a timeout below the period.",
    source=_KUBERNETES,
    world=_WORLD,
    fixable=True,
)
PROBE_SUCCESS = Rule(
    code="SD322",
    severity="warning",
    title="Liveness needs one success",
    message="“successThreshold” must be 1 for a liveness probe, not {got}.",
    why="Kubernetes refuses another number: a container that answers once is alive.",
    fix="Write 1, or leave the key out.",
    source=_KUBERNETES,
    world=_WORLD,
    fixable=True,
)
FRACTION = Rule(
    code="SD323",
    severity="error",
    title="Fraction where percent count",
    message="“{key}” is counted in percent; write {right}, not {got}.",
    why="The target is a whole number of percent; a fraction is refused.",
    fix="Write the percentage.",
    source=f"{_SDK}: autoscale_target_utilization",
    world=_WORLD,
    fixable=True,
)
REFRESH = Rule(
    code="SD324",
    severity="information",
    title="Autoscaler that rarely looks",
    message="The autoscaler looks only every {got} seconds; until then a burst of requests gets 503.",
    why="New replicas are there within a second of the next look. The default looks every second.",
    fix="Leave the key out, or choose a few seconds.",
    source=_SCALER,
    world=_WORLD,
    fixable=True,
)
ONE_SIZE = Rule(
    code="SD334",
    severity="information",
    title="Autoscaler without a choice",
    message="The autoscaler can only choose between {low} and {low} replicas, so it never does anything.",
    why="With equal limits the number of replicas is fixed. numReplicas says so more plainly.",
    fix="Use numReplicas, or raise maxReplicas.",
    source=_SCALER,
    world=_WORLD,
    fixable=True,
)
NO_ROOM = Rule(
    code="SD335",
    severity="information",
    title="No room for a burst",
    message="At {got}% nearly every replica is busy before another one is added; a burst then gets 503.",
    why="With the default of 70 percent the service stands bursts of up to 30 percent while new replicas start.",
    fix="Choose about 70.",
    source=_SCALER,
    world=_WORLD,
    fixable=True,
)
CAPACITY = Rule(
    code="SD336",
    severity="hint",
    title="What the replicas can take",
    message=(
        "With up to {most} replicas of {each} requests at a time and a target of {target}%, the service keeps up with"
        " {rate} requests per second that take one second each."
    ),
    why=(
        "The documents size a service by: requests per second times seconds per request, divided by the target"
        " utilization and by the requests per container, rounded up."
    ),
    fix="Compare it with the load that you expect, and change maxReplicas accordingly.",
    source=_SCALER,
    world=_WORLD,
)
START_TIME = Rule(
    code="SD337",
    severity="information",
    title="Little time to start",
    message="The container is killed when the service does not answer within {seconds} seconds of its start.",
    why=(
        "Nothing answers before init() has returned. Loading a large model takes longer than this, and the container is"
        " then started over and over."
    ),
    fix="Give initialDelaySeconds the time that init() needs; the default is 310.",
    source=_KUBERNETES,
    world=_WORLD,
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
