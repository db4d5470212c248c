"""The control process of a cluster: `python control.py PLACE NODES USERS`, the first process of a namespace of its own.

It starts everything else and obeys `Cluster` over a socket. All of the cluster ends with it: the kernel ends what lives
in its namespace, and interfaces, mounts and firewall rules of the cluster lie in namespaces, too. It ends when nobody
holds a lock on the file of users any more, however they ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import yaml

from cluster import leftovers, programs
from cluster.image_archives import write_image
from cluster.layout import CONTROLLERS, GROUPS, PODS, REGISTRY_PORT, SERVICES, NodePlace, Place

PAUSE = "scoredock.local/pause:1"
_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET; os.unshare is of Python 3.12."""
_LOOK_SECONDS = 0.2


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip()}")


class ControlPlane:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._programs = programs.place()
        self._credentials = place.folder / "credentials"
        self._outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        """The network of the machine."""
        self._api: subprocess.Popen[bytes] | None = None

    def start_all(self, nodes: int) -> None:
        self._connect_machine()
        pause = (self._programs / "pause").read_bytes()
        write_image(self._place.folder / "pause.tar", PAUSE, {"pause": pause}, ["/pause"])
        # All else waits for these.
        self._start_store()
        self.start_api()
        for number in range(1, nodes + 1):
            self._start_node(self._place.node(number), nodes)
        self._start_controllers()
        self._start_registry()
        self._start("metrics", sys.executable, str(Path(__file__).with_name("metrics_api.py")), str(self._place.number))

    def _start(self, name: str, program: str, *words: str) -> subprocess.Popen[bytes]:
        with (self._place.log / name).open("ab") as log:
            return subprocess.Popen([program, *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def _connect_machine(self) -> None:
        """A network of its own, with one cable to the machine's."""
        place = self._place
        if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "unshare")
        # Connections of killed processes would keep this network for minutes, as nobody answers them any more.
        Path("/proc/sys/net/ipv4/tcp_orphan_retries").write_text("1")
        there = f"/proc/{os.getpid()}/fd/{self._outside}"
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "link", "add", "nodes", "type", "bridge")
        _run("ip", "address", "add", f"{place.control}/24", "dev", "nodes")
        _run("ip", "link", "set", "nodes", "up")
        _run("ip", "link", "add", "machine", "type", "veth", "peer", "name", place.interface, "netns", there)
        _run("ip", "link", "set", "machine", "master", "nodes", "up")
        self._run_outside("ip", "address", "add", f"{place.machine}/24", "dev", place.interface)
        self._run_outside("ip", "link", "set", place.interface, "up")

    def disconnect_machine(self) -> None:
        with contextlib.suppress(OSError):
            self._run_outside("ip", "link", "delete", self._place.interface)

    def _run_outside(self, *words: str) -> None:
        _run("nsenter", f"--net=/proc/{os.getpid()}/fd/{self._outside}", *words)

    def _start_store(self) -> None:
        here = "http://127.0.0.1:2379"
        urls = ("--listen-client-urls", here, "--advertise-client-urls", here)
        folder = self._place.folder / "etcd"
        folder.mkdir(mode=0o700)
        peers = ("--listen-peer-urls", "http://127.0.0.1:2380", "--unsafe-no-fsync")
        self._start("etcd", str(self._programs / "etcd"), "--data-dir", str(folder), *urls, *peers)

    def start_api(self) -> None:
        papers = self._credentials
        flags = {
            "etcd-servers": "http://127.0.0.1:2379",
            "bind-address": "0.0.0.0",
            "advertise-address": self._place.control,
            "service-cluster-ip-range": SERVICES,
            "authorization-mode": "Node,RBAC",
            "allow-privileged": "true",
            "client-ca-file": papers / "authority.pem",
            "tls-cert-file": papers / "api.crt",
            "tls-private-key-file": papers / "api.key",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-signing-key-file": papers / "accounts.key",
            "service-account-key-file": papers / "accounts.key",
            "kubelet-client-certificate": papers / "admin.crt",
            "kubelet-client-key": papers / "admin.key",
            "kubelet-certificate-authority": papers / "authority.pem",
            "kubelet-preferred-address-types": "InternalIP",
            "requestheader-client-ca-file": papers / "authority.pem",
            "requestheader-allowed-names": "front",
            "requestheader-username-headers": "X-Remote-User",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
            "proxy-client-cert-file": papers / "front.crt",
            "proxy-client-key-file": papers / "front.key",
            "enable-aggregator-routing": "true",
        }
        self._api = self._start_with("kube-apiserver", flags)

    def _start_with(self, name: str, flags: dict[str, object]) -> subprocess.Popen[bytes]:
        return self._start(name, str(self._programs / name), *(f"--{flag}={value}" for flag, value in flags.items()))

    def _start_controllers(self) -> None:
        common = {"kubeconfig": self._place.admin, "leader-elect": "false"}
        # A lost node is noticed after 12 seconds and emptied after a few more; autoscalers decide every three.
        flags = {
            **common,
            "service-account-private-key-file": self._credentials / "accounts.key",
            "root-ca-file": self._credentials / "authority.pem",
            "use-service-account-credentials": "true",
            "node-monitor-period": "2s",
            "node-monitor-grace-period": "12s",
            "pod-eviction-timeout": "5s",
            "horizontal-pod-autoscaler-sync-period": "3s",
            "horizontal-pod-autoscaler-downscale-stabilization": "10s",
            "horizontal-pod-autoscaler-cpu-initialization-period": "5s",
            "horizontal-pod-autoscaler-initial-readiness-delay": "3s",
        }
        self._start_with("kube-controller-manager", flags)
        self._start_with("kube-scheduler", common)

    def _start_registry(self) -> None:
        config = self._place.folder / "registry.yml"
        data = self._place.folder / "registry"
        config.write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {data}}}, "
            f"delete: {{enabled: true}}}}\nhttp: {{addr: '0.0.0.0:{REGISTRY_PORT}'}}\n"
        )
        self._start("registry", "docker-registry", "serve", str(config))

    def _start_node(self, node: NodePlace, nodes: int) -> None:
        node.folder.mkdir()
        (node.folder / "kubelet.yaml").write_text(yaml.safe_dump(_kubelet(node, self._credentials)))
        (node.folder / "containerd.toml").write_text(_containerd(node))
        (node.folder / "resolv.conf").write_text("")
        (node.folder / "net.d").mkdir()
        (node.folder / "net.d" / "pods.conflist").write_text(json.dumps(_pod_network(node)))
        self._make_groups(node)
        environment = {
            **os.environ,
            "NAME": node.name,
            "ADDRESS": node.address,
            "PODS": node.pods,
            "ALL_PODS": PODS,
            "ADMIN": str(self._place.admin),
            "PROGRAMS": str(self._programs),
        }
        apart = ("--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child")
        with (self._place.log / node.name).open("ab") as log:
            started = subprocess.Popen(
                ["unshare", *apart, str(Path(__file__).with_name("node.sh")), str(node.folder)],
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        first = _first_process(started.pid)
        _run("ip", "link", "add", node.name, "type", "veth", "peer", "name", "eth0", "netns", str(first))
        _run("ip", "link", "set", node.name, "master", "nodes", "up")
        inside = ("nsenter", f"--net=/proc/{first}/ns/net", "ip")
        _run(*inside, "address", "add", f"{node.address}/24", "dev", "eth0")
        _run(*inside, "link", "set", "eth0", "up")
        _run(*inside, "route", "add", "default", "via", self._place.machine)
        for number in range(1, nodes + 1):
            if number != node.number:
                other = self._place.node(number)
                _run(*inside, "route", "add", other.pods, "via", other.address)
        _run("ip", "route", "add", node.pods, "via", node.address)

    def _make_groups(self, node: NodePlace) -> None:
        for controller in CONTROLLERS:
            above = self._place.groups(controller)
            for folder in (above, above / node.name):
                folder.mkdir(exist_ok=True)
                if controller == "cpuset":
                    for name in ("cpuset.cpus", "cpuset.mems"):
                        (folder / name).write_text((GROUPS / "cpuset" / name).read_text())

    def obey(self, command: str, node: str) -> None:
        """Raises OSError."""
        assert self._api is not None
        if command == "look":
            return
        if command == "pause-api":
            self._api.send_signal(signal.SIGSTOP)
        elif command == "resume-api":
            self._api.send_signal(signal.SIGCONT)
        elif command == "restart-api":
            self._api.kill()
            self._api.wait()
            self.start_api()
        elif command == "node-down":
            _run("ip", "link", "set", node, "down")
        elif command == "node-up":
            _run("ip", "link", "set", node, "up")
            # What the network forgets when a cable is pulled.
            number = int(node.removeprefix("node"))
            lost = self._place.node(number)
            _run("ip", "route", "replace", lost.pods, "via", lost.address)
        else:
            raise OSError(f"no such command: {command}")


def _first_process(unshare: int) -> int:
    """Number of the process that `unshare --fork` has started, once it is in its own network."""
    own = Path("/proc/self/ns/net").readlink()
    children = Path(f"/proc/{unshare}/task/{unshare}/children")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for child in children.read_text().split():
            if Path(f"/proc/{child}/ns/net").readlink() != own:
                return int(child)
        time.sleep(0.01)
    raise OSError("a node did not start")


def _kubelet(node: NodePlace, credentials: Path) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{node.place.name}/{node.name}",
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(credentials / "authority.pem")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(credentials / f"{node.name}.crt"),
        "tlsPrivateKeyFile": str(credentials / f"{node.name}.key"),
        "resolvConf": str(node.folder / "resolv.conf"),
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "nodeStatusUpdateFrequency": "3s",
        "nodeLeaseDurationSeconds": 8,
        "nodeStatusReportFrequency": "1m",
    }


def _containerd(node: NodePlace) -> str:
    """A negative wish to be spared when memory runs out takes a right that containers of machines lack."""
    cri = 'plugins."io.containerd.grpc.v1.cri"'
    registries = "\n".join(
        f'[{cri}.registry.mirrors."{each}"]\n  endpoint = ["http://{each}"]'
        for each in (node.place.registry, node.place.guarded_registry)
    )
    return f"""version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "{node.containerd}"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[{cri}]
  sandbox_image = "{PAUSE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
[{cri}.cni]
  bin_dir = "{programs.PLUGINS}"
  conf_dir = "{node.folder}/net.d"
{registries}
"""


def _pod_network(node: NodePlace) -> dict[str, object]:
    bridge = {
        "type": "bridge",
        "bridge": "pods",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": node.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": "/run/pod-addresses",
        },
    }
    return {
        "cniVersion": "0.3.1",
        "name": "pods",
        "plugins": [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}],
    }


def _is_deserted(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answer(control: ControlPlane, connection: socket.socket) -> None:
    with connection, connection.makefile("rw") as stream:
        asking = json.loads(stream.readline())
        try:
            control.obey(asking["command"], asking.get("node", ""))
        except OSError as fault:
            stream.write(json.dumps({"fault": str(fault)}))
        else:
            stream.write("{}")


def _end_all() -> None:
    """The first process of a namespace reaches all others of it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def main(place: Place, nodes: int) -> None:
    users = os.open(place.users, os.O_RDWR)
    control = ControlPlane(place)
    try:
        control.start_all(nodes)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(place.commands))
        listening.listen()
        listening.settimeout(_LOOK_SECONDS)
        while not _is_deserted(users):
            with contextlib.suppress(TimeoutError):
                _answer(control, listening.accept()[0])
    finally:
        _end_all()
        control.disconnect_machine()
        leftovers.remove(place)


if __name__ == "__main__":
    main(Place(int(sys.argv[1])), int(sys.argv[2]))
