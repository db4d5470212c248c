"""The same names from the server's own package, and a value that is not a response."""

from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse


def init():
    global names
    from azureml.contrib.services.aml_request import AMLRequest as SameRequest
    from azureml.contrib.services.aml_response import AMLResponse as SameResponse

    names = [SameRequest is AMLRequest, SameResponse is AMLResponse]


@rawhttp
def run(request, request_headers):
    return {"names": names, "method": request.method, "header": request_headers.get("X-One")}
