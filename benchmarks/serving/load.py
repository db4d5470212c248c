"""Load on a server: by wrk where it is installed, otherwise by a client of our own, which is slower."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from serving.processes import NoAnswer

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Told:
    """What the client saw."""

    requests: int
    seconds: float
    p50: float
    """Seconds; so is `p99`."""
    p99: float


def load(port: int, path: str, body: bytes, connections: int, seconds: float, headers: dict[str, str]) -> Told:
    """As many connections, each asking again as soon as it is answered. Raises NoAnswer when an answer is not 200."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return _by_own_client(port, path, body, connections, seconds, headers)
    with tempfile.TemporaryDirectory(prefix="sd-bench-") as folder:
        (Path(folder) / "body").write_bytes(body)
        lines = [f'local file = io.open("{folder}/body", "rb")', 'wrk.method = "POST"', 'wrk.body = file:read("*a")']
        lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in _all(headers).items()]
        script = Path(folder) / "post.lua"
        script.write_text("\n".join(lines) + "\n")
        # wrk takes whole seconds only.
        length = f"-d{max(1, round(seconds))}s"
        words = [wrk, "-t1", f"-c{connections}", length, "--timeout", "30s", "--latency", "-s", str(script)]
        done = subprocess.run([*words, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True)
    return _read(done.stdout)


def _all(headers: dict[str, str]) -> dict[str, str]:
    return {"Content-Type": "application/json", **headers}


def _read(told: str) -> Told:
    if "Non-2xx" in told or "Socket errors" in told:
        raise NoAnswer(told)
    total = re.search(r"(\d+) requests in ([\d.]+)(\w+)", told)
    p50, p99 = (re.search(rf"{percent}%\s+([\d.]+)(\w+)", told) for percent in (50, 99))
    if not (total and p50 and p99):
        raise NoAnswer(told)
    seconds = float(total[2]) * _UNITS[total[3]]
    return Told(int(total[1]), seconds, float(p50[1]) * _UNITS[p50[2]], float(p99[1]) * _UNITS[p99[2]])


def _by_own_client(
    port: int, path: str, body: bytes, connections: int, seconds: float, headers: dict[str, str]
) -> Told:
    """In a process of its own, so that the caller's work is not part of it."""
    order = {"port": port, "path": path, "connections": connections, "seconds": seconds, "headers": _all(headers)}
    words = [sys.executable, "-m", "serving.load", json.dumps(order)]
    here = Path(__file__).resolve().parent.parent
    done = subprocess.run(words, input=body, capture_output=True, cwd=here, check=False)
    if done.returncode:
        raise NoAnswer(done.stderr.decode(errors="replace")[-500:])
    return Told(**json.loads(done.stdout))


async def _client(body: bytes, port: int, path: str, connections: int, seconds: float, headers: dict[str, str]) -> Told:
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode() + body
    begun = time.perf_counter()
    taken: list[float] = []

    async def one() -> None:
        writer = None
        while time.perf_counter() - begun < seconds:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
            asked = time.perf_counter()
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b" 200 " not in head:
                raise NoAnswer(head.decode(errors="replace"))
            await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
            taken.append(time.perf_counter() - asked)
            if b"connection: close" in head:
                writer.close()
                writer = None

    await asyncio.gather(*(one() for _ in range(connections)))
    spent = time.perf_counter() - begun
    taken.sort()
    return Told(len(taken), spent, taken[len(taken) // 2], taken[int(len(taken) * 0.99)])


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_client(sys.stdin.buffer.read(), **json.loads(sys.argv[1]))).__dict__))
