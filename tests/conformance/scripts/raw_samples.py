"""Ten scripts in one, each using another group of attributes of requests and responses; `?sample=` says which
answers."""

import datetime
import hashlib
import io
import json
import time
from pathlib import Path

import flask
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse

UNTIL = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)


def init():
    pass


def picture(request):
    """Bytes in, bytes out, with a type of its own."""
    response = AMLResponse(request.get_data()[::-1], 200)
    response.mimetype = "image/png"
    response.headers["X-Bytes"] = str(request.content_length)
    response.headers.add("X-Seen", request.content_type)
    response.headers.add("X-Seen", request.mimetype_params.get("charset", "none"))
    return response


def uploads(request):
    """Files and fields of a form."""
    told = {}
    for name, file in request.files.items(multi=True):
        held = io.BytesIO()
        file.save(held)
        told[f"{name}/{file.filename}"] = [
            hashlib.sha256(held.getvalue()).hexdigest(),
            file.content_type,
            file.headers.get("X-Part"),
        ]
    return AMLResponse({"files": told, "fields": request.form.to_dict(flat=False)}, 200, json_str=True)


def fields(request):
    """Queries and forms with several values."""
    lists = {name: request.values.getlist(name) for name in sorted(request.values)}
    return AMLResponse(
        {
            "lists": lists,
            "number": request.args.get("n", 7, type=int),
            "form": request.form.get("a", "-"),
            "has": "b" in request.args,
        },
        200,
        json_str=True,
    )


def cookies(request):
    """Cookies that come and go."""
    response = AMLResponse(json.dumps(sorted(request.cookies.items())), 200, {"Content-Type": "application/json"})
    response.set_cookie(
        "visits", str(int(request.cookies.get("visits", 0)) + 1), expires=UNTIL, httponly=True, samesite="Lax"
    )
    response.delete_cookie("old", path="/score")
    return response


def cached(request):
    """An answer that a client may keep."""
    response = AMLResponse("the same each time", 200)
    response.last_modified = datetime.datetime(2022, 5, 4, 3, 2, 1, tzinfo=datetime.timezone.utc)
    response.cache_control.max_age = 60
    response.cache_control.public = True
    response.vary.add("Accept-Language")
    response.add_etag()
    return response.make_conditional(request)


def part(request):
    """A part of a long answer, or another address."""
    if "moved" in request.args:
        response = AMLResponse("", 302, {"Location": "/somewhere/é?a=b c"})
        response.autocorrect_location_header = request.args["moved"] == "absolute"
        return response
    response = flask.Response(b"0123456789" * 10, mimetype="application/octet-stream")
    try:
        return response.make_conditional(request.environ, accept_ranges=True, complete_length=100)
    except RequestedRangeNotSatisfiable as error:
        return AMLResponse(error.description, error.code, dict(error.get_headers()))


def parsed(request):
    """JSON, and what is none."""
    body = request.get_json(force=True, silent=True)
    if body is None:
        return AMLResponse({"message": "no JSON", "is_json": request.is_json}, 400, json_str=True)
    response = flask.jsonify(rows=len(body["data"]), keys=sorted(body))
    response.status_code = 202
    return response


def streamed(request):
    """Rows as they are made; each waits for a file, where one is named, until the next."""

    def made(rows, until):
        for row in range(rows):
            yield f"{row}\n"
            while until and not Path(until).exists():
                time.sleep(0.005)

    return flask.Response(made(int(request.args["rows"]), request.args.get("until")), mimetype="text/csv")


def negotiated(request):
    """As the client likes it."""
    kind = request.accept_mimetypes.best_match(["application/json", "text/plain"], default="text/plain")
    language = request.accept_languages.best_match(["de", "en"], default="en")
    response = AMLResponse('"hello"' if kind.endswith("json") else "hello", 200)
    response.content_type = kind
    response.content_language.add(language)
    response.headers.extend({"X-Client": request.user_agent.string, "X-From": request.headers.get("Referer", "-")})
    return response


def refused(request):
    """Status, header and body of what is turned away."""
    if request.authorization is None:
        response = AMLResponse("who are you?", 401)
        response.www_authenticate = flask.Response().www_authenticate
        response.headers["WWW-Authenticate"] = 'Basic realm="models"'
        return response
    if request.method not in ("POST", "PUT"):
        response = AMLResponse("", 405)
        response.allow.update(["POST", "PUT"])
        return response
    return AMLResponse(f"{request.authorization.username} by {request.method} at {request.path}", 200)


SAMPLES = {
    each.__name__: each
    for each in (picture, uploads, fields, cookies, cached, part, parsed, streamed, negotiated, refused)
}


@rawhttp
def run(request):
    return SAMPLES[request.args["sample"]](request)
