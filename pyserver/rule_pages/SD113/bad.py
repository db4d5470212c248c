def init():
    pass


@rawhttp
def run(request):
    return {"size": len(request.get_data())}
