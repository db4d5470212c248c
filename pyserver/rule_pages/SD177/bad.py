import json

from wsgiref.simple_server import make_server


def application(environ, start_response):
    return []


make_server("", 5000, application).serve_forever()


def init():
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"])}
