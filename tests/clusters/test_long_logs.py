"""The log of a pod that has written much, from an API server of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pace import patience

from .conftest import MakePlace
from .scripted import Answer, ApiRequest, ScriptedApi

COPY = """
import sys
from pathlib import Path
from scoredock.clusters.target import ClusterPlace
from scoredock.data_folder import use_home
from scoredock.engines.kubernetes.engine import KubernetesEngine
from scoredock.engines.kubernetes.identity import ClusterRecord, handle_of

home, folder, *place = sys.argv[1:]
use_home(Path(home))
for each in KubernetesEngine().logs(handle_of(Path(folder), ClusterRecord(ClusterPlace(*place), "nonce"))):
    print(each.m.split()[1])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
"""Says the number in each line, and last how many KiB of memory it took at most."""


def printed(index: int) -> str:
    """As the API gives a line of the runtime, a kilobyte of it; a thousand in each second."""
    text = {"n": index + 1, "t": 1.5, "s": "stdout", "l": "I", "m": f"line {index} {'x' * 1000}"}
    return f"2026-11-30T10:{index // 60_000:02}:{index // 1000 % 60:02}.{index % 1000:03}000000Z {json.dumps(text)}\n"


def test_twenty_thousand_lines_of_a_pod_come_whole_once_and_in_little_memory(
    api: ScriptedApi, to_api: MakePlace, tmp_path: Path, home: Path
) -> None:
    place, texts = to_api(), dict.fromkeys(("few", "many"), b"")
    texts["few"], texts["many"] = ("".join(map(printed, range(count))).encode() for count in (200, 20_000))

    def answer(asked: ApiRequest) -> Answer:
        if asked.path.endswith("/log"):
            return Answer(200, texts[asked.path.split("/")[-2]])
        name = "many" if "many" in asked.query.get("labelSelector", "") else "few"
        status = {"phase": "Running", "containerStatuses": [{"name": "service", "state": {"running": {}}}]}
        pod = {"metadata": {"name": name, "uid": name}, "spec": {"containers": [{"name": "service"}]}, "status": status}
        is_pods = asked.path.endswith("/pods")
        return Answer(200, {"items": [pod] if is_pods else []})

    api.answer = answer
    taken: dict[str, int] = {}
    for name in ("few", "many", "many"):  # the last one is given all of them again
        (folder := tmp_path / "services" / name).mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", COPY, str(home), str(folder)]
        command += [place.context, place.namespace, place.kubeconfig]
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience(60), check=False)
        assert done.returncode == 0, done.stderr
        *numbers, taken[name] = map(int, done.stdout.split())
        assert numbers == list(range(texts[name].count(b"\n")))
    assert taken["many"] - taken["few"] < 8_000, f"KiB for {len(texts['many'])} bytes: {taken}"
