import json


def init():
    pass


if __name__ == "__main__":

    def run(data):
        return {"rows": len(json.loads(data)["data"])}

    init()
