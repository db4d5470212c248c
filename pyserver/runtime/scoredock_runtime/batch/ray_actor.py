"""An actor of Ray that has a batch host: it takes connections on its node for as long as it lives.

Ray imports this module in a process of its own on whichever node it chooses, in the environment of the job.
"""

import os
import shutil
import socket
import threading
from typing import Any, Dict, Tuple

from scoredock_runtime.base import threads
from scoredock_runtime.batch.frames import RAY_APP_ROOT
from scoredock_runtime.batch.remote import Host, listening
from scoredock_runtime.contract_owner import hold, new_folder

_FOREVER = float("inf")


class HostActor:
    """The host of one worker after the other."""

    def __init__(self, settings: Dict[str, Any]) -> None:
        """`settings` as `ray_job` reads them. Raises OSError."""
        root = os.path.join(os.getcwd(), RAY_APP_ROOT)
        os.environ.update(settings["variables"])
        os.environ.update(AML_APP_ROOT=root, AZUREML_MODEL_DIR=os.path.join(root, settings["model_dir"]))
        os.environ["AZUREML_ENTRY_SCRIPT"] = settings["entry_script"]
        self._folder = new_folder("batch")
        hold(self._folder)  # to its end
        self._listener = _listening_on_node()
        self._is_over = threading.Event()
        host = Host(self._folder, settings["secret"])
        threads.start(host.serve_at, self._listener, _FOREVER, name="batch-host", at_fault=self._end)

    def place(self) -> Tuple[str, int, str]:
        """Address and port at which it takes connections, and the id of its node."""
        import ray

        address = ray.util.get_node_ip_address()
        return address, self._listener.getsockname()[1], ray.get_runtime_context().get_node_id()

    def live(self) -> None:
        """Returns when it takes no connections any more; whoever waits for it hears of the end of the actor."""
        self._is_over.wait()

    def end(self) -> None:
        """Removes all that it has on the node."""
        self._listener.close()
        self._is_over.set()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, _fault: BaseException) -> None:
        self._is_over.set()


def _listening_on_node() -> socket.socket:
    """At the address by which the nodes know this one, where that is one of this machine's; else at all."""
    import ray

    try:
        return listening(ray.util.get_node_ip_address(), 0)
    except OSError:
        return listening("0.0.0.0", 0)  # noqa: S104 (the node is behind an address that it does not have itself)
