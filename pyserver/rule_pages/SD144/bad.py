from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    response = AMLResponse(request.get_data(), 200)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
