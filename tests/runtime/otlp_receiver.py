"""An OTLP receiver, run with a Python that has opentelemetry-proto: prints its port, then what it receives, one JSON
object a line. It speaks HTTP; with `grpc` as an argument gRPC, and with `refuse` it answers 503 to everything."""

from __future__ import annotations

import gzip
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KINDS: dict[str, Any] = {"/v1/traces": ExportTraceServiceRequest, "/v1/logs": ExportLogsServiceRequest}
printing = threading.Lock()


def tell(path: str, message: Any, headers: dict[str, str]) -> None:
    told = {"path": path, "message": MessageToDict(message), "headers": headers}
    with printing:
        print(json.dumps(told), flush=True)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        message = KINDS[self.path]()
        message.ParseFromString(body)
        tell(self.path, message, dict(self.headers))
        self.send_response(503 if "refuse" in sys.argv else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def over_grpc() -> int:
    """The port of a server for the two calls of OTLP."""
    import grpc
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import add_LogsServiceServicer_to_server
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import add_TraceServiceServicer_to_server

    class Service:
        def __init__(self, path: str, answer: Any) -> None:
            self.path, self.answer = path, answer

        def Export(self, request: Any, context: Any) -> Any:
            tell(self.path, request, dict(context.invocation_metadata()))
            return self.answer

    made = grpc.server(ThreadPoolExecutor(2))
    add_TraceServiceServicer_to_server(Service("/v1/traces", ExportTraceServiceResponse()), made)
    add_LogsServiceServicer_to_server(Service("/v1/logs", ExportLogsServiceResponse()), made)
    port = int(made.add_insecure_port("127.0.0.1:0"))
    made.start()
    running.append(made)
    return port


def over_http() -> int:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_port)


running: list[Any] = []
print(over_grpc() if "grpc" in sys.argv else over_http(), flush=True)
sys.stdin.read()
