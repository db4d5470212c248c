"""Wants the headers of the request."""


def init():
    pass


def run(request_headers, data, spare="kept"):
    names = sorted(request_headers)
    return {"type": type(request_headers).__name__, "headers": [[n, request_headers[n]] for n in names], "spare": spare}
