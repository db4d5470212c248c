def init():
    pass


def run(data, request_headers):
    return {"size": len(data), "type": request_headers["Content-Type"]}
