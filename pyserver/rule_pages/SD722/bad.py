from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    if request.method == "OPTIONS":
        return AMLResponse("", 204)
    response = AMLResponse("ok", 200)
    response.headers["Access-Control-Allow-Origin"] = "https://contoso.com"
    return response
