"""Rules that only running the script can tell: `scoredock try`, Try It in the editor."""

from __future__ import annotations

from scoredock.analysis.rule import Rule

_RUNTIME = "what the scoring runtime does, which follows azureml-inference-server-http"

START = Rule(
    code="SD950",
    severity="error",
    title="The script does not start",
    message="The script does not start: {reason}.",
    why=(
        "A service answers requests only once the script was imported and init() has returned; until then a deployment"
        " waits, and then it fails."
    ),
    fix="Read the exception and the line where it was raised; the log below holds the whole traceback.",
    source=_RUNTIME,
    runs=True,
)
SLOW_START = Rule(
    code="SD951",
    severity="warning",
    title="The start takes a long time",
    message="Importing the script and init() took {seconds} s.",
    why=(
        "Azure restarts a container that does not answer its health check within about five minutes, and every new"
        " replica and every update waits for the same start."
    ),
    fix=(
        "Load models from files that are registered with the service instead of downloading them, and do not compute in"
        " init() what could be stored."
    ),
    source="the liveness probe of Azure ML endpoints",
    runs=True,
)
REQUEST = Rule(
    code="SD952",
    severity="error",
    title="A request fails",
    message="The request ({origin}) failed: {reason}.",
    why="An exception that leaves run() becomes the answer 500, and the caller is not told more than that.",
    fix="Read the exception and the line where it was raised; send the request that callers really send with `--data`.",
    source=_RUNTIME,
    runs=True,
)
CONVERSION = Rule(
    code="SD953",
    severity="error",
    title="A request does not fit the schema",
    message="The request ({origin}) does not fit the schema of run(): {reason}.",
    why=(
        "The schema decorators turn the body into the types of their samples before run() is called. When that fails"
        " run() is never reached, and the caller gets 400 or 500."
    ),
    fix="Make the sample of each decorator look like what callers send, and decorate each parameter of run().",
    source="inference-schema",
    runs=True,
)
NOT_JSON = Rule(
    code="SD954",
    severity="error",
    title="The answer cannot be JSON",
    message="run() returned {kind}, which cannot be turned into JSON, so the request fails with 500: {reason}.",
    why=(
        "The server turns what run() returns into JSON with json.dumps; NumPy arrays, data frames, sets, bytes and"
        " dates need a conversion before."
    ),
    fix=(
        "Convert it: `.tolist()` for NumPy, `.to_dict(orient=...)` for data frames, `list(...)` for sets and"
        " generators."
    ),
    source=_RUNTIME,
    runs=True,
)
NOT_A_NUMBER = Rule(
    code="SD955",
    severity="warning",
    title="NaN or Infinity in the answer",
    message="The answer holds {value}, which is not JSON: clients outside Python refuse to read it.",
    why=(
        "json.dumps writes NaN and Infinity as they are, and most JSON readers, browsers among them, reject the whole"
        " answer."
    ),
    fix="Return null for a value that is missing: `None if math.isnan(x) else x`.",
    source="RFC 8259, section 6",
    runs=True,
)
TWICE = Rule(
    code="SD956",
    severity="information",
    title="The answer is encoded twice",
    message="run() returned JSON as a string, so the caller gets a JSON string and has to decode it twice.",
    why=(
        "The server encodes what run() returns; a string that already is JSON is encoded once more, with all its quotes"
        " escaped."
    ),
    fix="Return the list or dictionary itself, unless clients already decode twice.",
    source=_RUNTIME,
    runs=True,
)
SLOW_ANSWER = Rule(
    code="SD957",
    severity="warning",
    title="The answer takes a long time",
    message=(
        "The answer took {seconds} s; a managed online endpoint gives up after 5 s unless “request_timeout_ms” says"
        " more."
    ),
    why="The caller of a managed online endpoint gets 408 when the time is over, although the script goes on working.",
    fix="Load models in init() instead of run(), or set `request_timeout_ms` (v2) or `scoringTimeoutMs` (v1) higher.",
    source="request_settings of managed online deployments",
    runs=True,
)
WARNED = Rule(
    code="SD958",
    severity="information",
    title="Python warned",
    message="{category}: {text}",
    why=(
        "A deprecation becomes an error with a later version of the package, and a model that was saved with another"
        " version of its library may answer wrongly without any error."
    ),
    fix="Follow what the warning says; for a model of another version pin the version it was saved with.",
    source="the warnings module of Python",
    runs=True,
)
GROWTH = Rule(
    code="SD959",
    severity="warning",
    title="Memory grows with every request",
    message="The worker grew by {megabytes} MB over {count} requests with the same body.",
    why=(
        "What run() keeps in lists, caches or graphs is never given back; the container is ended when its memory is"
        " used up."
    ),
    fix="Do not append to module-level lists in run(), and bound caches.",
    source="measured while trying",
    runs=True,
)
SWAGGER = Rule(
    code="SD960",
    severity="information",
    title="The answer differs from the output schema",
    message="The answer does not fit the sample of @output_schema: {reason}.",
    why=(
        "The sample becomes the swagger of the service, and clients that were generated from it reject other answers."
        " The server itself does not look."
    ),
    fix="Give @output_schema a sample of what run() really returns.",
    source="inference-schema",
    runs=True,
)

RULES: tuple[Rule, ...] = (
    START,
    SLOW_START,
    REQUEST,
    CONVERSION,
    NOT_JSON,
    NOT_A_NUMBER,
    TWICE,
    SLOW_ANSWER,
    WARNED,
    GROWTH,
    SWAGGER,
)
