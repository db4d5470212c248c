from azureml.contrib.services.aml_request  import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    print("ready for bytes")

# Takes bytes and gives bytes
@rawhttp
def run(call):
    print("a call arrived")
    print("It is [{0}]".format(call))
    # what a browser asks for
    if call.method == 'GET':
        answer = str.encode(call.full_path)
        return AMLResponse(answer, 200)
    # what a client sends
    elif call.method == 'POST':
        content = call.get_data(False)
        answer = bytearray(content)
        answer.reverse()
        answer = bytes(answer)
        return AMLResponse(answer, 200)
    else:
        return AMLResponse("not understood", 500)
