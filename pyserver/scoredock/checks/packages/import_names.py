"""Distributions that imports come from, where the two names differ, and what the scoring runtime offers under Azure's
names."""

from __future__ import annotations

import re
import sys

_NAMES: dict[str, str] = {
    # Import name, also with dots: the distributions that have it, the one to propose first.
    "sklearn": "scikit-learn",
    "cv2": "opencv-python-headless opencv-python opencv-contrib-python opencv-contrib-python-headless",
    "PIL": "pillow pillow-simd",
    "yaml": "pyyaml",
    "skimage": "scikit-image",
    "dateutil": "python-dateutil",
    "bs4": "beautifulsoup4",
    "Crypto": "pycryptodome pycrypto",
    "Cryptodome": "pycryptodomex",
    "dotenv": "python-dotenv",
    "attr": "attrs",
    "attrs": "attrs",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "docx": "python-docx",
    "pptx": "python-pptx",
    "fitz": "pymupdf",
    "magic": "python-magic",
    "Levenshtein": "levenshtein python-levenshtein",
    "MySQLdb": "mysqlclient",
    "mysql": "mysql-connector-python",
    "psycopg2": "psycopg2-binary psycopg2",
    "cx_Oracle": "cx-oracle",
    "zmq": "pyzmq",
    "serial": "pyserial",
    "usb": "pyusb",
    "git": "gitpython",
    "github": "pygithub",
    "OpenSSL": "pyopenssl",
    "nacl": "pynacl",
    "websocket": "websocket-client",
    "socks": "pysocks",
    "paho": "paho-mqtt",
    "kafka": "kafka-python kafka-python-ng",
    "pywt": "pywavelets",
    "umap": "umap-learn",
    "hdbscan": "hdbscan scikit-learn-contrib",
    "mlflow": "mlflow mlflow-skinny",
    "imblearn": "imbalanced-learn",
    "sksurv": "scikit-survival",
    "surprise": "scikit-surprise",
    "sklearn_pandas": "sklearn-pandas",
    "category_encoders": "category-encoders",
    "sentence_transformers": "sentence-transformers",
    "pytorch_lightning": "pytorch-lightning lightning",
    "lightning": "lightning pytorch-lightning",
    "faiss": "faiss-cpu faiss-gpu",
    "fbprophet": "fbprophet",
    "prophet": "prophet",
    "tensorflow": "tensorflow tensorflow-cpu tensorflow-gpu tensorflow-intel tensorflow-macos",
    "tensorflow_hub": "tensorflow-hub",
    "tensorflow_text": "tensorflow-text",
    "tf_keras": "tf-keras",
    "keras": "keras tensorflow tensorflow-cpu tensorflow-gpu",
    "onnxruntime": "onnxruntime onnxruntime-gpu onnxruntime-directml",
    "onnxruntime_extensions": "onnxruntime-extensions",
    "onnxruntime_genai": "onnxruntime-genai onnxruntime-genai-cuda onnxruntime-genai-directml",
    "tflite_runtime": "tflite-runtime",
    "torch": "torch",
    "torchvision": "torchvision",
    "pkg_resources": "setuptools",
    "mpl_toolkits": "matplotlib",
    "pylab": "matplotlib",
    "xlrd": "xlrd",
    "SimpleITK": "simpleitk",
    "nibabel": "nibabel",
    "osgeo": "gdal",
    "shapefile": "pyshp",
    "rtree": "rtree",
    "gluonnlp": "gluonnlp",
    "mxnet": "mxnet mxnet-cu101",
    "pyspark": "pyspark",
    "py4j": "py4j pyspark",
    "tables": "tables",
    "ruamel": "ruamel-yaml",
    "google.protobuf": "protobuf",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.auth": "google-auth",
    "google.oauth2": "google-auth",
    "google.api_core": "google-api-core",
    "azure.storage.blob": "azure-storage-blob azure-storage",
    "azure.storage.queue": "azure-storage-queue azure-storage",
    "azure.storage.filedatalake": "azure-storage-file-datalake",
    "azure.identity": "azure-identity",
    "azure.keyvault.secrets": "azure-keyvault-secrets",
    "azure.keyvault.keys": "azure-keyvault-keys",
    "azure.cosmos": "azure-cosmos",
    "azure.eventhub": "azure-eventhub",
    "azure.servicebus": "azure-servicebus",
    "azure.data.tables": "azure-data-tables",
    "azure.core": "azure-core",
    "azure.ai.ml": "azure-ai-ml",
    "opencensus.ext.azure": "opencensus-ext-azure",
    "opencensus": "opencensus opencensus-ext-azure",
    "applicationinsights": "applicationinsights",
    "typing_extensions": "typing-extensions",
    "importlib_metadata": "importlib-metadata",
    "ujson": "ujson",
    "simplejson": "simplejson",
    "flask_cors": "flask-cors",
    "markdown": "markdown",
    "jinja2": "jinja2",
    "werkzeug": "werkzeug",
    "pythonjsonlogger": "python-json-logger",
    "unidecode": "unidecode",
    "emoji": "emoji",
    "threadpoolctl": "threadpoolctl",
    "pymysql": "pymysql",
    "sqlalchemy": "sqlalchemy",
    "sentencepiece": "sentencepiece",
    "huggingface_hub": "huggingface-hub",
    "_cffi_backend": "cffi",
    "win32com": "pywin32",
    "wx": "wxpython",
    "gi": "pygobject",
    "cairo": "pycairo",
    "ldap": "python-ldap",
    "slugify": "python-slugify",
    "multipart": "python-multipart",
    "engineio": "python-engineio",
    "socketio": "python-socketio",
    "telegram": "python-telegram-bot",
    "dns": "dnspython",
    "bson": "pymongo bson",
    "gridfs": "pymongo",
    "pymongo": "pymongo",
    "dask_ml": "dask-ml",
    "rdkit": "rdkit rdkit-pypi",
    "Bio": "biopython",
    "skl2onnx": "skl2onnx",
    "xgboost": "xgboost xgboost-cpu",
    "catboost": "catboost",
    "pandas_profiling": "pandas-profiling ydata-profiling",
    "bokeh": "bokeh",
    "ee": "earthengine-api",
    "pycocotools": "pycocotools",
    "detectron2": "detectron2",
    "mmcv": "mmcv mmcv-full",
    "nltk": "nltk",
    "spacy": "spacy",
    "gensim": "gensim",
    "absl": "absl-py",
    "psycopg": "psycopg",
    "ipywidgets": "ipywidgets",
}
_SAME = """
accelerate aiohttp albumentations annoy arrow boto3 botocore cachetools certifi chardet click cloudpickle cryptography cvxpy cython
dask datasets dill docker eli5 emoji fastapi fastai fastparquet filelock flask folium ftfy fsspec geopandas grpc gunicorn h2o h5py httpx
hyperopt idna imageio implicit itsdangerous jax jaxlib jieba joblib jsonschema keras langdetect langid librosa lightgbm lime llvmlite
loguru lxml matplotlib mlflow mlxtend moviepy msal msgpack networkx numba numexpr numpy onnx onnxmltools openai openpyxl optuna orjson
packaging pandas paramiko patsy pendulum pika plotly pmdarima polars protobuf psutil pyarrow pycaret pydantic pydicom pydub pyodbc
pyproj pytz rapidfuzz redis regex requests retry safetensors scipy seaborn shap shapely six skops soundfile sqlparse starlette
statsmodels sympy tabulate tenacity tensorboard textblob tifffile timm tiktoken tokenizers toml torchaudio torchmetrics torchtext tornado tqdm
transformers tsfresh tzlocal ultralytics urllib3 uvicorn waitress websockets wordcloud wrapt xarray xlsxwriter xlwt xmltodict yellowbrick
"""  # noqa: E501 (a text that would change if it were wrapped)
_BY_IMPORT = {name: tuple(found.split()) for name, found in _NAMES.items()} | {
    name: ({"grpc": "grpcio", "protobuf": ""}.get(name, name),) for name in _SAME.split() if name not in _NAMES
}
_HELD_BY_MANY = frozenset(
    ("google", "azure", "azureml", "opencensus", "ruamel", "backports", "zope", "sphinxcontrib", "tests", "jaraco")
)
"""Packages that several distributions share: the name alone says nothing."""
NO_MODULES: dict[str, str] = {
    "opencv": "cv2",
    "opencv_python": "cv2",
    "scikit_learn": "sklearn",
    "scikit_image": "skimage",
    "pillow": "PIL",
    "Pillow": "PIL",
    "pyyaml": "yaml",
    "PyYAML": "yaml",
    "beautifulsoup4": "bs4",
    "python_dateutil": "dateutil",
    "pytorch": "torch",
    "python_dotenv": "dotenv",
    "pycryptodome": "Crypto",
    "imbalanced_learn": "imblearn",
    "umap_learn": "umap",
    "pyjwt": "jwt",
    "protobuf": "google.protobuf",
    "Tensorflow": "tensorflow",
    "Numpy": "numpy",
    "Pandas": "pandas",
    "Sklearn": "sklearn",
    "faiss_cpu": "faiss",
    "tensorflow_gpu": "tensorflow",
    "onnx_runtime": "onnxruntime",
    "Keras": "keras",
    "Torch": "torch",
    "Scipy": "scipy",
    "Joblib": "joblib",
}
"""Names of distributions, and spellings, that people import → the module that is meant."""

_AZUREML = """
azureml azureml.automl azureml.automl.core azureml.automl.core.shared azureml.automl.core.shared.log_server
azureml.automl.core.shared.logging_utilities azureml.telemetry azureml.core azureml.core.model azureml.core.run azureml.contrib azureml.contrib.services azureml.contrib.services.aml_request
azureml.contrib.services.aml_response azureml.datacollector azureml.monitoring azureml.monitoring.modeldatacollector azureml_user azureml_user.parallel_run azureml_inference_server_http
azureml_inference_server_http.log_config azureml_inference_server_http.api azureml_inference_server_http.api.aml_request
azureml_inference_server_http.api.aml_response inference_schema inference_schema.schema_decorators inference_schema.schema_util
inference_schema.parameter_types inference_schema.parameter_types.abstract_parameter_type
inference_schema.parameter_types.numpy_parameter_type inference_schema.parameter_types.pandas_parameter_type
inference_schema.parameter_types.standard_py_parameter_type inference_schema.parameter_types.spark_parameter_type
"""  # noqa: E501 (a text that would change if it were wrapped)
OFFERED = frozenset(_AZUREML.split())
"""Modules that the scoring runtime has under the names of Azure's packages."""
OFFERED_NAMES = {
    "azureml.automl.core": frozenset(("shared",)),
    "azureml.automl.core.shared": frozenset(("log_server", "logging_utilities")),
    "azureml.telemetry": frozenset(("INSTRUMENTATION_KEY",)),
    "azureml.core": frozenset(("Model", "Run", "VERSION", "__version__", "model", "run")),
    "azureml.core.model": frozenset(("MODELS_DIR", "Model", "ModelNotFoundException")),
    "azureml.core.run": frozenset(("Run",)),
}
"""What those of azureml-core, and those that scripts of automated ML import, hold in a service."""

REMOVED_MODULES: dict[str, tuple[tuple[int, int], str]] = {
    "imp": ((3, 12), "importlib"),
    "distutils": ((3, 12), "setuptools, shutil, packaging"),
    "asynchat": ((3, 12), "asyncio"),
    "asyncore": ((3, 12), "asyncio"),
    "smtpd": ((3, 12), "aiosmtpd"),
    "formatter": ((3, 10), ""),
    "parser": ((3, 10), "ast"),
    "symbol": ((3, 10), ""),
    "macpath": ((3, 8), "os.path"),
    "dummy_threading": ((3, 9), "threading"),
    "_bootlocale": ((3, 10), "locale"),
    "binhex": ((3, 11), ""),
    "aifc": ((3, 13), ""),
    "audioop": ((3, 13), ""),
    "cgi": ((3, 13), ""),
    "cgitb": ((3, 13), "traceback"),
    "chunk": ((3, 13), ""),
    "crypt": ((3, 13), "hashlib"),
    "imghdr": ((3, 13), ""),
    "mailcap": ((3, 13), "mimetypes"),
    "msilib": ((3, 13), ""),
    "nis": ((3, 13), ""),
    "nntplib": ((3, 13), ""),
    "ossaudiodev": ((3, 13), ""),
    "pipes": ((3, 13), "subprocess"),
    "sndhdr": ((3, 13), ""),
    "spwd": ((3, 13), ""),
    "sunau": ((3, 13), ""),
    "telnetlib": ((3, 13), ""),
    "uu": ((3, 13), "base64"),
    "xdrlib": ((3, 13), "struct"),
    "lib2to3": ((3, 13), "ast"),
}
"""Modules that left the standard library: the first Python without, and what takes their place."""
ADDED_MODULES: dict[str, tuple[int, int]] = {
    "dataclasses": (3, 7),
    "contextvars": (3, 7),
    "importlib.resources": (3, 7),
    "importlib.metadata": (3, 8),
    "zoneinfo": (3, 9),
    "graphlib": (3, 9),
    "tomllib": (3, 11),
    "asyncio.taskgroups": (3, 11),
    "wsgiref.types": (3, 11),
    "secrets": (3, 6),
}
"""Modules that joined the standard library, and the first Python with them."""
BACKPORTS: dict[str, str] = {
    "dataclasses": "dataclasses",
    "contextvars": "contextvars",
    "zoneinfo": "backports-zoneinfo",
    "graphlib": "graphlib-backport",
}
PYTHON_2_MODULES: dict[str, str] = {
    "urllib2": "urllib.request",
    "ConfigParser": "configparser",
    "Queue": "queue",
    "cPickle": "pickle",
    "StringIO": "io",
    "cStringIO": "io",
    "__builtin__": "builtins",
    "urlparse": "urllib.parse",
    "httplib": "http.client",
    "HTMLParser": "html.parser",
    "commands": "subprocess",
}
"""Modules of Python 2 and where their content is now."""


def providers(dotted: str) -> tuple[str, ...]:
    """Distributions that a well-known import comes from, the usual one first; none for other imports."""
    parts = dotted.split(".")
    for length in range(min(len(parts), 4), 0, -1):
        found = _BY_IMPORT.get(".".join(parts[:length]))
        if found is not None:
            return tuple(each for each in found if each)
    return ()


def is_shared(top: str) -> bool:
    """True if several distributions put modules below a top-level name."""
    return top in _HELD_BY_MANY


def _gone(text: str) -> dict[str, tuple[tuple[int, int], str]]:
    names = {}
    for line in text.strip().splitlines():
        minor, module, new, *short_names = line.split()
        for each in short_names:
            short, _, other = each.partition(">")
            names[f"{module}.{short}"] = ((3, int(minor)), "" if new == "-" else f"{new}.{other or short}")
    return names


GONE_NAMES: dict[str, tuple[tuple[int, int], str]] = _gone("""
7 os - stat_float_times
8 platform - dist linux_distribution popen
8 time time clock>perf_counter
9 base64 base64 decodestring>decodebytes encodestring>encodebytes
9 sys - getcheckinterval setcheckinterval
10 collections collections.abc Mapping MutableMapping Sequence MutableSequence Iterable Iterator Callable Hashable Sized
10 collections collections.abc Container Set MutableSet Generator KeysView ValuesView ItemsView Awaitable Coroutine
10 collections collections.abc ByteString
""")
"""Names of the standard library → the first Python without them, and what took their place (empty for nothing). Each
line: the minor version, the module, the one of the new name, and the names, `old>new` where it is another."""


def in_standard_library(top: str, python: tuple[int, int] | None) -> bool:
    """True if a module is part of a Python; of any Python when none is named."""
    since = REMOVED_MODULES.get(top)
    if since is not None:
        return python is None or python < since[0]
    added = ADDED_MODULES.get(top)
    if added is not None and python is not None and python < added:
        return False
    return top in sys.stdlib_module_names or top in ADDED_MODULES


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
