from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    print("ready for pages of others")

@rawhttp
def run(call):
    print("a call arrived")
    print("It is [{0}]".format(call))
    if call.method == 'GET':
        # Tell the caller what was asked for.
        answer = str.encode(call.full_path)
        return AMLResponse(answer, 200)
    elif call.method == 'POST':
        picture = call.get_data(False)
        # A real service would hand the picture to its model here.

        # This one sends it back, and lets pages of one site read it.
        reply = AMLResponse(picture, 200)
        reply.headers['Access-Control-Allow-Origin'] = "http://shop.example"
        return reply
    else:
        return AMLResponse("not understood", 500)
