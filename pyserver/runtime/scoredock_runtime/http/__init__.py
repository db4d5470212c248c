"""The HTTP side of a worker: sockets, bytes to requests and answers to bytes, and what each route answers. No code of
the person runs here.

May import: `contract`, `base`, h11 and httptools. What calls run(), what describes the service and what counts requests
are known by their shape. Door: `server.Server` and `application.Application`, put together in `worker.http_service`.
"""
