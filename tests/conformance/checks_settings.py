"""Environment variables, options, the configuration file, CORS, swagger, ports, workers, time-outs."""

from __future__ import annotations

import itertools
import json
import re
import threading

from conformance.check import Check, named
from conformance.checks_http import PLAIN
from conformance.probes import Probe, each, get, post, request, says
from conformance.servers import Running, Service

MINE, YOURS, THEIRS = "https://mine.example", "https://yours.example", "https://theirs.example"

SWAGGERS = each(*(get(f"/swagger.json?version={version}") for version in ("2", "2.0", "3", "3.0", "3.1")))


def cors_probes() -> dict[str, Probe]:
    origins = (None, MINE, YOURS, MINE.upper(), f"{MINE}/", "null")
    probes: dict[str, Probe] = {}
    for (method, path), origin in itertools.product((("GET", "/"), ("POST", "/score")), origins):
        probes[f"{method} {path} from {origin}"] = request(
            method, path, "x" if method == "POST" else None, {"Origin": origin} if origin else {}
        )
    for path, asked, wanted in (
        ("/score", "POST", "content-type, x-b, X-A"),
        ("/score", "GET", None),
        ("/score", "PUT", "x-b"),
        ("/score", "", "x-b"),
        ("/score", None, "x-b"),
        ("/", "GET", "authorization"),
    ):
        headers = {"Origin": MINE}
        if asked is not None:
            headers["Access-Control-Request-Method"] = asked
        if wanted is not None:
            headers["Access-Control-Request-Headers"] = wanted
        probes[f"OPTIONS {path} for {asked} with {wanted}"] = request("OPTIONS", path, None, headers)
    probes["an error"] = post("!1/0", headers={"Origin": MINE})
    probes["unknown route"] = get("/nothing", {"Origin": MINE})
    probes["swagger"] = get("/swagger.json?version=9", {"Origin": MINE})
    return probes


def cors(name: str, origins: str, **more: str) -> list[Check]:
    service = Service(f"cors {name}", more=("--access_control_allow_origins", origins), environment=more)
    return named(service, cors_probes())


CORS = [
    *cors("two", f"{YOURS}, {MINE}"),
    *cors("any", "*"),
    *cors("one", MINE),
    *cors("pattern", r"https://.*\.example"),
]
CORS_BY_VARIABLE = named(
    Service("cors by variable", environment={"AML_CORS_ORIGINS": f"{MINE},{YOURS}"}),
    {"allowed": post("x", headers={"Origin": MINE}), "other": get("/", {"Host": "localhost"})},
)
CORS_RAW = named(
    Service("cors of a script", "raw.py", more=("--access_control_allow_origins", MINE)),
    {
        "own header": request(
            "POST",
            "/score",
            "x",
            {"Origin": MINE, "X-Expression": "AMLResponse('x', 200, {'Access-Control-Allow-Origin': '*'})"},
        ),
        "OPTIONS of the script": request(
            "OPTIONS", "/score", None, {"Origin": MINE, "Access-Control-Request-Method": "POST"}
        ),
    },
)

SWAGGER = named(
    PLAIN,
    {
        f"swagger version {version or 'none'}": get(f"/swagger.json{version}")
        for version in (
            "",
            "?version=2",
            "?version=2.0",
            "?version=3",
            "?version=3.0",
            "?version=3.1",
            "?version=1",
            "?version=",
            "?version=3.1.0",
            "?version=%3Cb%3E",
            "?version=2&version=9",
            "?other=1",
            "?Version=3",
        )
    },
)
SWAGGER_NAMED = named(
    Service(
        "swagger named",
        environment={
            "SERVICE_NAME": "my service",
            "SERVICE_VERSION": "7.1",
            "SERVICE_PATH_PREFIX": "/api/v1/service/my/",
        },
    ),
    {"all versions": SWAGGERS, "routes have no prefix": get("/api/v1/service/my/")},
)
SWAGGER_FILES = named(
    Service(
        "swagger files",
        files={
            "swagger.json": '{"mine": 2, "é": [1.0, null]}',
            "swagger2.json": '{"not": "this"}',
            "swagger3.json": '{"mine": 3}',
        },
    ),
    {"all versions": SWAGGERS},
)
SWAGGER_OTHER_FILES = named(
    Service("swagger other files", "mixed.py", files={"swagger2.json": '{"mine": 2}', "swagger3.1.json": '["3.1"]'}),
    {"all versions": SWAGGERS, "unknown": get("/swagger.json?version=4")},
)

CONFIG = {
    "AZUREML_ENTRY_SCRIPT": "score.py",
    "SERVICE_NAME": "of the file",
    "SERVICE_VERSION": "file",
    "SERVICE_PATH_PREFIX": "file",
    "SCORING_TIMEOUT_MS": 700,
    "AML_CORS_ORIGINS": MINE,
    "SERVER_PORT": 1,
    "WORKER_COUNT": 7,
}
FILE_PROBES: dict[str, Probe] = {
    "description": get("/swagger.json"),
    "time-out": post("!time.sleep(3)"),
    "cors": request("OPTIONS", "/score", headers={"Host": "localhost"}),
    "workers": says(r"^Worker Count: .*$"),
}
CONFIG_FILE = named(
    Service(
        "config file",
        arguments=("--config_file", "mine.json", "--port", "{port}"),
        files={"mine.json": json.dumps(CONFIG)},
    ),
    FILE_PROBES,
)
CONFIG_OVERRIDDEN = named(
    Service(
        "config file and variables",
        environment={
            "SERVICE_NAME": "of the variable",
            "SCORING_TIMEOUT_MS": "400",
            "AZUREML_CONFIG_FILE": "mine.json",
        },
        files={"mine.json": json.dumps(CONFIG), "config.json": '{"SERVICE_VERSION": "not read"}'},
    ),
    FILE_PROBES,
)
CONFIG_IN_PLACE = named(
    Service("config file in its place", files={"config.json": json.dumps(CONFIG)}),
    {**FILE_PROBES, "extra keys": says(r"Found extra keys in the config file")},
)
CONFIG_NONE = named(PLAIN, {"extra keys": says(r"Found extra keys in the config file")})
CONFIG_UNKNOWN = named(
    Service("config file with an unknown key", files={"config.json": '{"MY_OWN": "1"}'}),
    {"extra keys": says(r"^Extra keys = .*$")},
)
SLOW_INIT = named(Service("slow init", "asks_itself.py"), {"health during init": post("x")})
CONFIG_BESIDE = named(
    Service(
        "config file beside the script",
        "",
        arguments=("--entry_script", "inner/score.py", "--port", "{port}"),
        files={"inner/score.py": "=plain.py", "inner/config.json": '{"SERVICE_NAME": "beside"}'},
    ),
    {"description": get("/swagger.json"), "score": post("x")},
)
MAIN = named(
    Service(
        "main",
        "",
        arguments=("--config_file", "mine.json", "--port", "{port}"),
        files={"mine.json": '{"SERVICE_NAME": "n"}', "main.py": "=plain.py"},
    ),
    {"score": post("x")},
)


def _workers_at_work(server: Running) -> int:
    """How many processes answer when requests come at once. On a busy machine one may be late, so it has some
    rounds."""
    found: set[str] = set()

    def ask() -> None:
        found.add(str(post("!(time.sleep(0.3), os.getpid())[1]")(server).body))

    for _ in range(5):
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(found) > 1:
            break
    return len(found)


def _ready_workers(server: Running) -> int:
    pattern = re.compile(r"Worker with pid (\d+) ready for serving traffic")
    server.wait_for(lambda: len(set(pattern.findall(server.log()))) >= 3, "three workers")
    return len(set(pattern.findall(server.log())))


WORKERS = named(
    Service("workers", more=("--worker_count", "3"), environment={"WORKER_COUNT": "1"}),
    {"each is ready": _ready_workers, "setting shown": says(r"^Worker Count: .*$"), "score": post("x")},
)
WORKERS_BY_VARIABLE = named(
    Service("workers by variable", environment={"WORKER_COUNT": "2", "WORKER_PRELOAD": "true"}),
    {"one starts no more": says(r"^Worker Count: .*$"), "at work": _workers_at_work},
)
PORTS = named(
    Service(
        "ports",
        arguments=("--entry_script", "score.py"),
        environment={"SERVER_PORT": "{second}", "HEALTH_PORT": "{second}"},
        one_at_a_time=True,
    ),
    {"default port": get("/"), "settings shown": says(r"^Server Port: .*$", r"^Score: .*$")},
)
HEALTH_PORT = named(
    Service("health port", more=("--health_port", "{second}"), environment={"SEPERATE_HEALTH_ENDPOINT": "true"}),
    {
        "health there": request("GET", "/", second_port=True),
        "health here": get("/"),
        "score there": request("POST", "/score", "x", second_port=True),
        "shown": says(r"^Create dedicated endpoint for health: .*$"),
    },
)
HEALTH_PORT_ALONE = named(
    Service("health port alone", more=("--health_port", "{second}")), {"nobody there": lambda server: _refused(server)}
)


def _refused(server: Running) -> bool:
    try:
        request("GET", "/", second_port=True)(server)
    except OSError:
        return True
    return False


TIMEOUT = named(
    Service("time-out", "slow.py", environment={"SCORING_TIMEOUT_MS": "300"}),
    {
        "in time": post("0.01"),
        "too late": post("5"),
        "serves on": each(post("5"), post("0.01")),
        "caught by the script": post("caught"),
        "in the log": says(r"Encountered Exception"),
        "health after it": each(post("5"), get("/")),
    },
)
WORKER_TIMEOUT = named(
    Service("worker time-out", "slow.py", environment={"WORKER_TIMEOUT": "2"}),
    {
        "in time": post("0.01"),
        "hangs": post("9"),
        "shown": says(r"^Worker Timeout \(seconds\): .*$"),
        "serves on": lambda server: server.wait_for(
            lambda: _status(server) == 200, "an answer after the worker was killed"
        ),
    },
)


def _status(server: Running) -> int:
    try:
        return int(post("0.01")(server).status)
    except OSError:
        return 0


VERSION_OFF = named(
    Service("no version", environment={"SERVER_VERSION_LOG_RESPONSE_ENABLED": "no"}),
    {
        "health": get("/"),
        "score": post("x"),
        "error": post("!1/0"),
        "shown": says(r"^Inferencing HTTP server version: .*$"),
    },
)
VERSION_ON = named(
    Service("version", environment={"SERVER_VERSION_LOG_RESPONSE_ENABLED": "TRUE", "HTTP_X_MS_SERVER_VERSION": "mine"}),
    {"score": post("x")},
)
VERSION_MINE = named(
    Service(
        "version of my own",
        environment={"SERVER_VERSION_LOG_RESPONSE_ENABLED": "false", "HTTP_X_MS_SERVER_VERSION": "mine"},
    ),
    {"score": post("x")},
)
INSIGHTS = named(
    Service("insights", more=("--appinsights_instrumentation_key", "no-uuid")),
    {
        "told": says(r"^Invalid Application Insights.*$", r"^Application Insights has been disabled\.$"),
        "score": post("x"),
    },
)
INSIGHTS_SHOWN = named(
    Service(
        "insights off",
        environment={
            "AML_APP_INSIGHTS_ENABLED": "false",
            "AML_APP_INSIGHTS_KEY": "11111111-2222-3333-4444-555555555555",
        },
    ),
    {"shown": says(r"^Application Insights Enabled: .*$", r"^Application Insights Key: .*$"), "score": post("x")},
)

CHECKS: list[Check] = [
    *CORS,
    *CORS_BY_VARIABLE,
    *CORS_RAW,
    *SWAGGER,
    *SWAGGER_NAMED,
    *SWAGGER_FILES,
    *SWAGGER_OTHER_FILES,
    *CONFIG_FILE,
    *CONFIG_OVERRIDDEN,
    *CONFIG_IN_PLACE,
    *CONFIG_NONE,
    *CONFIG_UNKNOWN,
    *SLOW_INIT,
    *CONFIG_BESIDE,
    *MAIN,
    *WORKERS,
    *WORKERS_BY_VARIABLE,
    *PORTS,
    *HEALTH_PORT,
    *HEALTH_PORT_ALONE,
    *TIMEOUT,
    *WORKER_TIMEOUT,
    *VERSION_OFF,
    *VERSION_ON,
    *VERSION_MINE,
    *INSIGHTS,
    *INSIGHTS_SHOWN,
]
