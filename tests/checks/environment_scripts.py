"""Correct entry scripts with the environments they run in. The checks must not say a word about any of them."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts

SCRIPTS: dict[str, tuple[str, EnvironmentFacts | None]] = {}
HEAD = "import json\nimport os\n"
LOADED = (
    '\n\ndef init():\n    global model\n    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"],'
    ' "model.pkl"))\n'
)
EMPTY = "\n\ndef init():\n    pass\n"
SCORED = '\n\ndef run(data):\n    return model.predict(json.loads(data)["data"]).tolist()\n'
COUNTED = '\n\ndef run(data):\n    return {"rows": len(json.loads(data)["data"])}\n'


def _environment(*listed: str, python: str | None = "3.11", complete: bool = True, **known: object) -> EnvironmentFacts:
    packages = {}
    for each in (*listed, "azureml-defaults"):
        name = each.split("=")[0].split(">")[0].split("<")[0]
        packages[name] = each[len(name) :]
    return EnvironmentFacts("", "project", python, packages, complete, **known)  # type: ignore[arg-type]


def _add(name: str, text: str, environment: EnvironmentFacts | None) -> None:
    SCRIPTS[name] = (text, environment)


_add(
    "joblib comes with scikit-learn", HEAD + "\nimport joblib\n" + LOADED + SCORED, _environment("scikit-learn==1.5.2")
)
_add(
    "numpy and pandas come with others",
    HEAD
    + "\nimport joblib\nimport numpy as np\nimport scipy.sparse\n"
    + LOADED
    + '\n\ndef run(data):\n    rows = scipy.sparse.csr_matrix(np.array(json.loads(data)["data"]))\n    return'
    " model.predict(rows).tolist()\n",
    _environment("scikit-learn"),
)
_add(
    "six, dateutil and pytz come with pandas",
    HEAD
    + "\nimport pandas as pd\nimport pytz\nimport six\nfrom dateutil import parser\n"
    + EMPTY
    + '\n\ndef run(data):\n    zone = pytz.timezone("UTC")\n    when ='
    ' [parser.parse(six.ensure_str(v)).astimezone(zone) for v in json.loads(data)["data"]]\n    return [str(v) for v'
    " in pd.Series(when)]\n",
    _environment("pandas"),
)
_add(
    "packages under other import names",
    HEAD
    + "\nimport cv2\nimport yaml\nfrom bs4 import BeautifulSoup\nfrom PIL import Image\n"
    + EMPTY
    + '\n\ndef run(data):\n    told = json.loads(data)["data"]\n    return {"all": [str(cv2), str(yaml),'
    " str(BeautifulSoup), str(Image), len(told)]}\n",
    _environment("opencv-python-headless", "pyyaml", "beautifulsoup4", "pillow"),
)
_add(
    "the SDK's stand-ins",
    HEAD + "\nfrom azureml.contrib.services.aml_request import AMLRequest, rawhttp\nfrom"
    " azureml.contrib.services.aml_response import AMLResponse\nfrom azureml.core.model import Model\n"
    + '\n\ndef init():\n    global path\n    path = Model.get_model_path("ridge")\n\n\n@rawhttp\ndef run(request:'
    ' AMLRequest):\n    return AMLResponse(f"{path} {len(request.get_data())}", 200)\n',
    _environment(),
)
_add(
    "from azureml.core import Model",
    HEAD
    + "\nimport joblib\nfrom azureml.core import Model\n"
    + '\n\ndef init():\n    global model\n    model = joblib.load(Model.get_model_path("ridge"))\n'
    + SCORED,
    _environment("joblib", "scikit-learn"),
)
_add(
    "an import that may fail",
    HEAD
    + "\ntry:\n    import orjson as fast\nexcept ImportError:\n    fast = json\n"
    + EMPTY
    + '\n\ndef run(data):\n    return {"rows": len(fast.loads(data)["data"])}\n',
    _environment("scikit-learn"),
)
_add(
    "an import for the person's own machine",
    HEAD
    + EMPTY
    + COUNTED
    + '\n\nif __name__ == "__main__":\n    import requests\n\n    print(requests.post("http://localhost:5001/score",'
    ' json={"data": [[1.0]]}).json())\n',
    _environment(),
)
_add(
    "a type checker's import",
    HEAD + "\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import pandas as pd\n" + EMPTY + COUNTED,
    _environment(),
)
_add(
    "a list that is not all",
    HEAD
    + "\nimport lightgbm\n"
    + EMPTY
    + '\n\ndef run(data):\n    return {"version": lightgbm.__version__, "rows": len(json.loads(data)["data"])}\n',
    _environment("scikit-learn", complete=False),
)
_add(
    "a company's own package, which may bring anything",
    HEAD
    + "\nimport contoso_ml\n"
    + EMPTY
    + '\n\ndef run(data):\n    return contoso_ml.score(json.loads(data)["data"])\n',
    _environment("contoso-ml"),
)
_add(
    "a plug-in of an unknown package",
    HEAD + "\nimport contoso\n" + EMPTY + '\n\ndef run(data):\n    return contoso.score(json.loads(data)["data"])\n',
    _environment("contoso-ml-client"),
)
_add(
    "nothing is known of the environment",
    HEAD
    + "\nimport xgboost as xgb\n"
    + "\n\ndef init():\n    global model\n    model = xgb.Booster()\n"
    + '\n\ndef run(data):\n    return model.predict(xgb.DMatrix(json.loads(data)["data"])).tolist()\n',
    None,
)
_add(
    "NumPy's own types",
    HEAD
    + "\nimport numpy as np\n"
    + EMPTY
    + '\n\ndef run(data):\n    rows = np.array(json.loads(data)["data"], dtype=np.float64)\n    return {"mean":'
    ' float(np.nanmean(rows)), "kind": str(np.bool_(True)), "limit": np.inf > 1}\n',
    _environment("numpy>=2.0"),
)
_add(
    "old names with the old release",
    HEAD
    + "\nimport numpy as np\n"
    + EMPTY
    + '\n\ndef run(data):\n    return np.array(json.loads(data)["data"], dtype=np.float).tolist()\n',
    _environment("numpy==1.19.5", python="3.8"),
)
_add(
    "numpy.bool is back",
    HEAD
    + "\nimport numpy as np\n"
    + EMPTY
    + '\n\ndef run(data):\n    return np.array(json.loads(data)["data"], dtype=np.bool).tolist()\n',
    _environment("numpy>=2.1"),
)
_add(
    "an own numpy look-alike",
    HEAD
    + "\n\nclass np:\n    float = float\n"
    + EMPTY
    + '\n\ndef run(data):\n    return [np.float(v) for v in json.loads(data)["data"]]\n',
    _environment("numpy>=2.1"),
)
_add(
    "a list's own append",
    HEAD
    + "\nimport pandas as pd\n"
    + EMPTY
    + '\n\ndef run(data):\n    rows = []\n    for each in json.loads(data)["data"]:\n        rows.append(each)\n   '
    ' return pd.DataFrame(rows).to_dict(orient="list")\n',
    _environment("pandas>=2.0"),
)
_add(
    "TensorFlow 1 by way of TensorFlow 2",
    HEAD
    + "\nimport tensorflow.compat.v1 as tf\n"
    + "\n\ndef init():\n    global session\n    tf.disable_v2_behavior()\n    session = tf.Session()\n"
    + '\n\ndef run(data):\n    return session.run("out:0", {"in:0": json.loads(data)["data"]}).tolist()\n',
    _environment("tensorflow==2.15.1"),
)
_add(
    "TensorFlow 1 itself",
    HEAD
    + "\nimport tensorflow as tf\n"
    + "\n\ndef init():\n    global session\n    session = tf.Session()\n"
    + '\n\ndef run(data):\n    return session.run("out:0", {"in:0": json.loads(data)["data"]}).tolist()\n',
    _environment("tensorflow==1.15.5", python="3.7"),
)
_add(
    "weights alone",
    HEAD + "\nimport torch\n" + "\n\ndef init():\n    global model\n    model = torch.nn.Linear(4, 1)\n   "
    ' model.load_state_dict(torch.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights.pt")))\n   '
    " model.eval()\n" + "\n\ndef run(data):\n    with torch.no_grad():\n        return"
    ' model(torch.tensor(json.loads(data)["data"])).tolist()\n',
    _environment("torch==2.8.0"),
)
_add(
    "a whole model before 2.6",
    HEAD
    + "\nimport torch\n"
    + '\n\ndef init():\n    global model\n    model = torch.load(os.path.join(os.environ["AZUREML_MODEL_DIR"],'
    ' "model.pt"))\n' + '\n\ndef run(data):\n    return model(torch.tensor(json.loads(data)["data"])).tolist()\n',
    _environment("torch==2.1.0"),
)
_add(
    "yaml with a loader",
    HEAD + "\nimport yaml\n" + EMPTY + "\n\ndef run(data):\n    return yaml.load(data, Loader=yaml.SafeLoader)\n",
    _environment("pyyaml>=6"),
)
_add(
    "syntax of a newer Python where it is asked for",
    "from __future__ import annotations\n\n"
    + HEAD
    + EMPTY
    + '\n\ndef run(data: str) -> dict[str, int] | None:\n    match json.loads(data):\n        case {"data": rows}:\n   '
    '         return {"rows": len(rows)}\n        case other if (size := len(other)):\n            return {"rows":'
    " size}\n    return {}\n",
    _environment(python="3.10"),
)
_add(
    "annotations that are never looked at",
    "from __future__ import annotations\n\n"
    + HEAD
    + EMPTY
    + '\n\ndef run(data: str | bytes) -> list[float]:\n    rows: list[float] | None = json.loads(data)["data"]\n   '
    " return rows or []\n",
    _environment(python="3.7"),
)
_add(
    "the typing module's generics on an old Python",
    HEAD
    + "from typing import Dict, List, Optional\n"
    + EMPTY
    + '\n\ndef run(data: str) -> Dict[str, Optional[List[float]]]:\n    return {"rows":'
    ' json.loads(data).get("data")}\n',
    _environment(python="3.6"),
)
_add(
    "setuptools brings distutils",
    HEAD
    + "from distutils.version import LooseVersion\n"
    + EMPTY
    + '\n\ndef run(data):\n    return {"newer": LooseVersion(json.loads(data)["version"]) > LooseVersion("1.0")}\n',
    _environment("setuptools", python="3.12"),
)
_add(
    "a request with a time limit",
    HEAD
    + "\nimport requests\n"
    + EMPTY
    + '\n\ndef run(data):\n    answer = requests.post(os.environ["LOOKUP"], json=json.loads(data), timeout=(3, 10))\n  '
    "  return answer.json()\n",
    _environment("requests"),
)
_add(
    "a model of the Hub from the model's folder",
    HEAD
    + "\nfrom transformers import AutoModel, AutoTokenizer\n"
    + '\n\ndef init():\n    global model, tokenizer\n    folder = os.path.join(os.environ["AZUREML_MODEL_DIR"],'
    ' "bert")\n    model = AutoModel.from_pretrained(folder)\n    tokenizer ='
    ' AutoTokenizer.from_pretrained(os.environ["AZUREML_MODEL_DIR"], local_files_only=True)\n'
    + '\n\ndef run(data):\n    return model(**tokenizer(json.loads(data)["data"], return_tensors="pt"))[0].tolist()\n',
    _environment("transformers", "torch"),
)
_add(
    "keys that are not secrets",
    HEAD
    + '\nimport logging\n\nKEYS = {"primary_key_column": "id", "token_count": 3}\n'
    + EMPTY
    + '\n\ndef run(data):\n    rows = json.loads(data)["data"]\n    for key, value in KEYS.items():\n       '
    ' logging.info("%s is %s", key, value)\n    print("tokens", len(rows), "password is set:", "PASSWORD" in'
    ' os.environ, KEYS["token_count"])\n    return {"rows": len(rows)}\n',
    _environment(),
)
_add(
    "a temporary file",
    HEAD
    + "import tempfile\n"
    + EMPTY
    + '\n\ndef run(data):\n    with tempfile.NamedTemporaryFile("w", suffix=".json") as stream:\n       '
    ' stream.write(data)\n        stream.flush()\n        with open(stream.name) as again, open("/tmp/last.json",'
    ' "w") as copy:\n            rows = json.load(again)["data"]\n            copy.write(str(len(rows)))\n    return'
    ' {"rows": len(rows)}\n',
    _environment(),
)
_add(
    "an own subprocess",
    HEAD
    + "import subprocess\nimport sys\n"
    + EMPTY
    + '\n\ndef run(data):\n    done = subprocess.run([sys.executable, "-c", "print(1)"], input=data, text=True,'
    ' capture_output=True, check=True)\n    return {"out": done.stdout}\n',
    _environment(),
)
_add(
    "retries with a pause",
    HEAD
    + "import time\n"
    + EMPTY
    + '\n\ndef run(data):\n    for attempt in range(3):\n        try:\n            return {"rows":'
    ' len(json.loads(data)["data"])}\n        except KeyError:\n            time.sleep(0.01 * attempt)\n    return'
    " {}\n",
    _environment(),
)
_add(
    "a pool in init",
    HEAD
    + "from concurrent.futures import ThreadPoolExecutor\n"
    + "\n\ndef init():\n    global pool\n    pool = ThreadPoolExecutor(4)\n"
    + '\n\ndef run(data):\n    return list(pool.map(float, json.loads(data)["data"]))\n',
    _environment(),
)
_add(
    "pictures without a screen",
    HEAD
    + 'import base64\nimport io\n\nimport matplotlib\n\nmatplotlib.use("Agg")\nimport matplotlib.pyplot as plt\n'
    + EMPTY
    + '\n\ndef run(data):\n    figure, axes = plt.subplots()\n    axes.plot(json.loads(data)["data"])\n    stream ='
    ' io.BytesIO()\n    figure.savefig(stream, format="png")\n    plt.close(figure)\n    return {"png":'
    " base64.b64encode(stream.getvalue()).decode()}\n",
    _environment("matplotlib"),
)
_add(
    "what is installed is known",
    HEAD
    + "\nimport contoso.scoring\nimport numpy as np\nimport pkg_resources\n"
    + EMPTY
    + '\n\ndef run(data):\n    return {"mean": float(np.mean(json.loads(data)["data"])), "by": str(contoso.scoring),'
    ' "old": str(pkg_resources)}\n',
    _environment(installed={"numpy": "2.1.0"}, modules=frozenset({"numpy", "contoso", "pkg_resources"})),
)
_add(
    "packages of Azure and Google",
    HEAD + "\nfrom azure.identity import DefaultAzureCredential\nfrom azure.storage.blob import BlobServiceClient\nfrom"
    " google.cloud import storage\nfrom google.protobuf import json_format\n"
    + EMPTY
    + '\n\ndef run(data):\n    return {"all": [str(DefaultAzureCredential), str(BlobServiceClient), str(storage),'
    " str(json_format), data]}\n",
    _environment("azure-identity", "azure-storage-blob", "google-cloud-storage"),
)
