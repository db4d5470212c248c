import json

CONNECTION = "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYg==;EndpointSuffix=core.windows.net"


def init():
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"]), "store": CONNECTION.split(";")[1]}
