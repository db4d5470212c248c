def init():
    pass


def run(request):
    return {"size": len(request.get_data())}
