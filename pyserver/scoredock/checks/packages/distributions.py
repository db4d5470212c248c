"""Packages that well-known ones bring along (azureml-defaults …): the union over their releases, so that nothing is
missing in vain.

From the metadata of the package index (resolved for Python 3.11 in 2026) and from older releases' own lists. A name
that is in neither table is not known, and an environment that lists it may hold anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_BRINGS: dict[str, str] = {
    "accelerate": "huggingface-hub numpy packaging psutil pyyaml safetensors torch",
    "adlfs": "aiohttp azure-core azure-datalake-store azure-identity azure-storage-blob fsspec",
    "aiohttp": "aiohappyeyeballs aiosignal attrs frozenlist multidict propcache typing-extensions yarl",
    "aiosignal": "frozenlist typing-extensions",
    "albumentations": "albucore numpy opencv-python-headless pydantic pyyaml qudida scikit-image scikit-learn scipy",
    "alembic": "mako sqlalchemy typing-extensions",
    "anyio": "idna typing-extensions",
    "arrow": "python-dateutil",
    "astunparse": "six wheel",
    "azure-core": "requests six typing-extensions",
    "azure-core-tracing-opentelemetry": "azure-core",
    "azure-cosmos": "azure-core requests six typing-extensions",
    "azure-data-tables": "azure-core isodate msrest typing-extensions yarl",
    "azure-eventhub": "azure-core typing-extensions uamqp",
    "azure-identity": "azure-core cryptography msal msal-extensions six typing-extensions",
    "azure-keyvault-keys": "azure-core cryptography isodate msrest typing-extensions",
    "azure-keyvault-secrets": "azure-common azure-core isodate msrest typing-extensions",
    "azure-mgmt-core": "azure-core",
    "azure-servicebus": "azure-core isodate msrest typing-extensions uamqp",
    "azure-storage-blob": "azure-common azure-core azure-storage-common cryptography isodate msrest typing-extensions",
    "azure-storage-file-datalake": "azure-core azure-storage-blob isodate msrest typing-extensions",
    "azure-storage-file-share": "azure-core cryptography isodate typing-extensions",
    "azure-storage-queue": "azure-core cryptography isodate msrest typing-extensions",
    "azureml-model-management-sdk": "adal dill liac-arff numpy pandas python-dateutil pytz requests six",
    "beautifulsoup4": "soupsieve typing-extensions",
    "blis": "numpy",
    "bokeh": "contourpy jinja2 numpy packaging pandas pillow pyyaml tornado xyzservices",
    "boto3": "botocore jmespath s3transfer",
    "botocore": "jmespath python-dateutil urllib3",
    "catboost": "graphviz matplotlib numpy pandas plotly scipy six",
    "category-encoders": "numpy pandas patsy scikit-learn scipy statsmodels",
    "cffi": "pycparser",
    "cmdstanpy": "numpy pandas stanio tqdm",
    "contourpy": "numpy",
    "cryptography": "cffi six",
    "dask": "click cloudpickle fsspec importlib-metadata locket packaging partd pyyaml toolz",
    "datasets": (
        "aiohttp dill filelock fsspec httpx huggingface-hub multiprocess numpy packaging pandas pyarrow pyyaml requests"
        " responses tqdm xxhash"
    ),
    "docker": "requests urllib3",
    "eli5": "attrs graphviz jinja2 numpy scikit-learn scipy six tabulate",
    "faiss-cpu": "numpy packaging",
    "faiss-gpu": "numpy",
    "fastai": (
        "fastcore fastprogress matplotlib packaging pandas pillow pyyaml requests scikit-learn scipy spacy torch"
        " torchvision"
    ),
    "fastapi": "annotated-doc anyio pydantic starlette typing-extensions typing-inspection",
    "fastparquet": "cramjam fsspec numpy packaging pandas",
    "fasttext": "numpy pybind11 setuptools",
    "fbprophet": (
        "cmdstanpy convertdate cython holidays lunarcalendar matplotlib numpy pandas pystan python-dateutil"
        " setuptools-git tqdm"
    ),
    "feather-format": "pyarrow",
    "flask": "blinker click importlib-metadata itsdangerous jinja2 markupsafe werkzeug",
    "flask-cors": "flask six werkzeug",
    "flax": "jax msgpack numpy optax pyyaml rich typing-extensions",
    "folium": "branca jinja2 numpy requests xyzservices",
    "formulaic": "narwhals numpy pandas scipy typing-extensions wrapt",
    "ftfy": "wcwidth",
    "fuzzywuzzy": "python-levenshtein",
    "gensim": "boto numpy requests scipy six smart-open",
    "geopandas": "fiona numpy packaging pandas pyogrio pyproj shapely",
    "gitdb": "smmap",
    "gitpython": "gitdb",
    "google-api-core": "google-auth googleapis-common-protos proto-plus protobuf requests",
    "google-auth": "cryptography pyasn1-modules",
    "google-cloud-core": "google-api-core google-auth",
    "google-cloud-storage": (
        "google-api-core google-auth google-cloud-core google-crc32c google-resumable-media requests"
    ),
    "google-pasta": "six",
    "google-resumable-media": "google-crc32c",
    "googleapis-common-protos": "protobuf",
    "googletrans": "httpx",
    "graphene": "graphql-core graphql-relay python-dateutil typing-extensions",
    "graphql-relay": "graphql-core",
    "grpcio": "six typing-extensions",
    "gunicorn": "packaging",
    "h2o": "future requests tabulate",
    "h5py": "numpy six",
    "hdbscan": "cython joblib numpy scikit-learn scipy",
    "holidays": "python-dateutil",
    "html5lib": "six webencodings",
    "httpcore": "certifi h11",
    "httpx": "anyio certifi httpcore idna",
    "huggingface-hub": "click filelock fsspec httpx packaging pyyaml requests shellingham tqdm typer typing-extensions",
    "hyperopt": "cloudpickle future networkx numpy py4j scipy six tqdm",
    "imageio": "numpy pillow",
    "imbalanced-learn": "joblib numpy scikit-learn scipy sklearn-compat threadpoolctl",
    "implicit": "numpy scipy threadpoolctl tqdm",
    "importlib-metadata": "zipp",
    "inference-schema": "python-dateutil pytz wrapt",
    "jax": "jaxlib ml-dtypes numpy opt-einsum scipy",
    "jaxlib": "ml-dtypes numpy scipy",
    "jinja2": "markupsafe",
    "joblib": "cloudpickle",
    "jsonschema": "attrs importlib-metadata jsonschema-specifications pyrsistent referencing rpds-py six",
    "jsonschema-specifications": "referencing",
    "keras": "absl-py h5py keras-applications keras-preprocessing ml-dtypes numpy packaging pyyaml rich scipy six",
    "langdetect": "six",
    "lazy-loader": "packaging",
    "levenshtein": "rapidfuzz",
    "librosa": (
        "audioread decorator joblib lazy-loader msgpack numba numpy pooch resampy scikit-learn scipy six soundfile soxr"
        " typing-extensions"
    ),
    "lightgbm": "narwhals numpy scikit-learn scipy wheel",
    "lime": "matplotlib numpy scikit-image scikit-learn scipy tqdm",
    "mako": "markupsafe",
    "markdown-it-py": "mdurl",
    "marshmallow": "packaging",
    "matplotlib": "contourpy cycler fonttools kiwisolver numpy packaging pillow pyparsing python-dateutil six",
    "ml-dtypes": "numpy",
    "mlflow": (
        "aiohttp alembic cachetools click cloudpickle cryptography databricks-cli docker entrypoints fastapi flask"
        " flask-cors gitpython graphene gunicorn huey importlib-metadata jinja2 markdown matplotlib mlflow-skinny"
        " mlflow-tracing numpy packaging pandas prometheus-flask-exporter protobuf pyarrow pydantic python-dateutil"
        " python-dotenv pytz pyyaml querystring-parser requests scikit-learn scipy simplejson six skops sqlalchemy"
        " sqlparse tqdm typing-extensions uvicorn waitress"
    ),
    "mlflow-skinny": (
        "anyio cachetools click cloudpickle databricks-sdk fastapi gitpython importlib-metadata packaging protobuf"
        " pydantic python-dotenv pyyaml requests sqlparse starlette typing-extensions uvicorn"
    ),
    "mlflow-tracing": "cachetools databricks-sdk packaging protobuf pydantic",
    "mlxtend": "joblib matplotlib numpy pandas scikit-learn scipy setuptools",
    "moviepy": "decorator imageio imageio-ffmpeg numpy pillow proglog requests tqdm",
    "msal": "cryptography pyjwt requests",
    "msal-extensions": "msal",
    "msrest": "azure-core certifi isodate requests requests-oauthlib",
    "multiprocess": "dill",
    "mysql-connector-python": "protobuf",
    "nibabel": "numpy packaging",
    "nltk": "click defusedxml joblib regex singledispatch six tqdm",
    "numba": "llvmlite numpy setuptools",
    "onnx": "ml-dtypes numpy protobuf typing-extensions",
    "onnxmltools": "numpy onnx skl2onnx",
    "onnxruntime": "coloredlogs flatbuffers numpy onnx packaging protobuf sympy typing-extensions",
    "onnxruntime-extensions": "onnx",
    "onnxruntime-genai": "numpy onnxruntime",
    "onnxruntime-gpu": "coloredlogs flatbuffers numpy packaging protobuf sympy",
    "openai": "aiohttp anyio distro httpx jiter pydantic requests sniffio tqdm typing-extensions",
    "opencensus": "google-api-core opencensus-context six",
    "opencensus-ext-azure": "azure-core azure-identity opencensus psutil requests",
    "opencv-contrib-python": "numpy",
    "opencv-contrib-python-headless": "numpy",
    "opencv-python": "numpy",
    "opencv-python-headless": "numpy",
    "openpyxl": "et-xmlfile jdcal",
    "optimum": (
        "accelerate coloredlogs datasets evaluate huggingface-hub numpy onnx onnxruntime onnxruntime-gpu packaging"
        " protobuf sympy torch torchvision transformers"
    ),
    "optuna": "alembic colorlog numpy packaging pyyaml sqlalchemy tqdm",
    "pandas": "numpy python-dateutil pytz six tzdata",
    "paramiko": "bcrypt cryptography pynacl",
    "partd": "locket toolz",
    "patsy": "numpy packaging",
    "pendulum": "python-dateutil tzdata",
    "plotly": "narwhals packaging",
    "pmdarima": "cython joblib numpy packaging pandas scikit-learn scipy setuptools statsmodels urllib3",
    "polars": "polars-runtime-32",
    "preshed": "cymem murmurhash",
    "prettytable": "wcwidth",
    "prophet": (
        "cmdstanpy convertdate holidays importlib-resources korean-lunar-calendar lunarcalendar matplotlib numpy pandas"
        " python-dateutil pytz tqdm"
    ),
    "proto-plus": "protobuf",
    "protobuf": "six",
    "psycopg": "typing-extensions",
    "pyaml": "pyyaml",
    "pyarabic": "six",
    "pyarrow": "numpy",
    "pyasn1-modules": "pyasn1",
    "pydantic": "annotated-types pydantic-core typing-extensions typing-inspection",
    "pydantic-core": "typing-extensions",
    "pydash": "typing-extensions",
    "pyjwt": "cryptography",
    "pymongo": "dnspython",
    "pyproj": "certifi",
    "pyspark": "py4j",
    "python-dateutil": "six",
    "python-jose": "ecdsa pyasn1 rsa",
    "python-levenshtein": "levenshtein rapidfuzz",
    "pytorch-lightning": (
        "fsspec future lightning-utilities numpy packaging pydeprecate pyyaml tensorboard torch torchmetrics tqdm"
        " typing-extensions"
    ),
    "pywavelets": "numpy",
    "rapidfuzz": "numpy",
    "redis": "async-timeout",
    "referencing": "attrs rpds-py typing-extensions",
    "requests": "certifi chardet charset-normalizer idna urllib3",
    "requests-oauthlib": "oauthlib requests",
    "rich": "markdown-it-py pygments",
    "s3fs": "aiobotocore aiohttp fsspec",
    "s3transfer": "botocore",
    "scikit-image": (
        "dask imageio lazy-loader matplotlib networkx numpy packaging pillow pooch pywavelets scipy tifffile"
    ),
    "scikit-learn": "joblib narwhals numpy scipy threadpoolctl",
    "scikit-surprise": "joblib numpy scipy six",
    "scipy": "numpy",
    "seaborn": "matplotlib numpy pandas scipy statsmodels",
    "sentence-transformers": (
        "huggingface-hub nltk numpy pillow scikit-learn scipy sentencepiece tokenizers torch torchvision tqdm"
        " transformers typing-extensions"
    ),
    "shap": "cloudpickle llvmlite numba numpy packaging pandas scikit-learn scipy slicer tqdm typing-extensions",
    "shapely": "numpy",
    "skl2onnx": "numpy onnx onnxconverter-common pandas protobuf scikit-learn scipy six",
    "sklearn-compat": "scikit-learn",
    "sklearn-pandas": "numpy pandas scikit-learn scipy",
    "skops": "huggingface-hub numpy packaging prettytable scikit-learn scipy tabulate",
    "smart-open": "requests wrapt",
    "soundfile": "cffi numpy",
    "spacy": (
        "catalogue click confection cymem jinja2 murmurhash numpy packaging pathy preshed pydantic requests setuptools"
        " smart-open spacy-legacy spacy-loggers srsly thinc tqdm typer wasabi weasel"
    ),
    "sqlalchemy": "greenlet importlib-metadata typing-extensions",
    "srsly": "catalogue",
    "stanio": "numpy",
    "starlette": "anyio typing-extensions",
    "statsmodels": "formulaic numpy packaging pandas patsy scipy",
    "strictyaml": "python-dateutil",
    "sympy": "mpmath",
    "tables": "numexpr numpy packaging",
    "tensorboard": (
        "absl-py google-auth google-auth-oauthlib grpcio markdown numpy packaging pillow protobuf requests setuptools"
        " six tensorboard-data-server werkzeug wheel"
    ),
    "tensorflow": (
        "absl-py astunparse flatbuffers gast google-pasta grpcio h5py keras keras-applications keras-preprocessing"
        " libclang ml-dtypes numpy opt-einsum packaging protobuf requests scipy setuptools six tensorboard"
        " tensorflow-estimator tensorflow-io-gcs-filesystem termcolor typing-extensions wheel wrapt"
    ),
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tensorflow-hub": "numpy protobuf tf-keras",
    "tensorflow-serving-api": "grpcio protobuf tensorflow",
    "tensorflow-text": "tensorflow tensorflow-hub",
    "textblob": "nltk",
    "tf-keras": "tensorflow",
    "thinc": "blis catalogue confection cymem murmurhash numpy packaging preshed pydantic setuptools srsly wasabi",
    "thrift": "six",
    "tifffile": "numpy",
    "timm": "huggingface-hub pyyaml safetensors torch torchvision",
    "tokenizers": "huggingface-hub",
    "torch": "filelock fsspec future jinja2 mkl networkx numpy setuptools sympy typing-extensions",
    "torchaudio": "torch",
    "torchmetrics": "lightning-utilities numpy packaging torch typing-extensions",
    "torchtext": "numpy requests torch torchdata tqdm",
    "torchvision": "numpy pillow requests torch typing-extensions",
    "transformers": (
        "dataclasses filelock httpx huggingface-hub importlib-metadata numpy packaging pyyaml regex requests sacremoses"
        " safetensors sentencepiece tokenizers tqdm typer"
    ),
    "typer": "annotated-doc pydantic rich shellingham",
    "typing-inspection": "typing-extensions",
    "tzlocal": "pytz tzdata",
    "ultralytics": (
        "matplotlib numpy opencv-python pandas pillow polars psutil pyyaml requests scipy seaborn torch torchvision"
        " tqdm"
    ),
    "umap-learn": "numba numpy pynndescent scikit-learn scipy tqdm",
    "uvicorn": "click h11 typing-extensions",
    "weasel": "click cloudpathlib confection httpx packaging pydantic smart-open srsly typer wasabi",
    "werkzeug": "markupsafe",
    "wheel": "packaging",
    "wordcloud": "matplotlib numpy pillow",
    "xgboost": "numpy pandas scipy",
    "yarl": "idna multidict propcache",
    "yellowbrick": "cycler matplotlib numpy scikit-learn scipy",
}
"""Distribution → what it requires itself."""
_LEAVES = """
absl-py aiohappyeyeballs annotated-doc annotated-types annoy applicationinsights argparse asgiref async-timeout attrs azure-common
azureml-contrib-services azureml-core azureml-defaults azureml-inference-server-http azureml-monitoring blinker cachetools catalogue certifi
chardet charset-normalizer click cloudpathlib cloudpickle colorama confection configparser confluent-kafka cx-oracle cycler cymem cython
dataclasses decorator defusedxml dill diskcache dnspython emoji et-xmlfile filelock flatbuffers fonttools frozenlist fsspec future gast
google-crc32c graphql-core graphviz h11 huey idna isodate itsdangerous jieba jmespath kafka-python kiwisolver libclang llvmlite locket
loguru lxml markupsafe mdurl mpmath multidict murmurhash narwhals networkx numpy oauthlib opencensus-context opt-einsum orjson packaging
paho-mqtt pathlib pika pillow pip polars-runtime-32 propcache psutil psycopg2 psycopg2-binary py4j pyasn1 pycparser pycryptodome pydicom
pydub pygments pymssql pymysql pyodbc pyparsing python-dotenv python-json-logger pytz pyyaml ratelimit regex retry rpds-py ruamel-yaml
safetensors sentencepiece setuptools shellingham simpleitk simplejson six slicer smmap soupsieve spacy-legacy spacy-loggers sqlparse
structlog tabulate tenacity termcolor threadpoolctl toml tomli toolz tornado tqdm truststore typing typing-extensions ujson unidecode
urllib3 waitress wasabi wcwidth websocket-client websockets wrapt xlrd xlsxwriter xlwt xmltodict xxhash zipp
"""  # noqa: E501 (a text that would change if it were wrapped)
_ALSO_BRINGS: dict[str, str] = {
    "auto-gptq": "accelerate datasets peft transformers torch",
    "autogluon": "lightgbm matplotlib networkx pandas scikit-learn torch tqdm transformers xgboost",
    "autogluon-tabular": "networkx pandas scikit-learn scipy",
    "azure-ai-ml": (
        "azure-storage-blob azure-storage-file-datalake azure-storage-file-share colorama isodate jsonschema"
        " marshmallow msrest opencensus-ext-azure pydash pyjwt pyyaml strictyaml tqdm typing-extensions"
    ),
    "bertopic": "hdbscan pandas plotly scikit-learn sentence-transformers tqdm umap-learn",
    "bitsandbytes": "torch",
    "chronos-forecasting": "accelerate torch transformers",
    "darts": "matplotlib pandas requests scikit-learn shap statsmodels tqdm xarray",
    "databricks-sdk": "google-auth protobuf requests",
    "deepface": "flask gdown keras opencv-python pandas pillow tensorflow tqdm",
    "detectron2": ("matplotlib omegaconf pillow pycocotools pyyaml tabulate tensorboard torch torchvision tqdm"),
    "diffusers": "filelock huggingface-hub importlib-metadata pillow regex requests safetensors",
    "easyocr": (
        "ninja opencv-python-headless pillow pyclipper python-bidi pyyaml scikit-image scipy shapely torch torchvision"
    ),
    "evaluate": "datasets dill fsspec huggingface-hub multiprocess pandas requests tqdm xxhash",
    "facenet-pytorch": "pillow requests torch torchvision tqdm",
    "fairlearn": "pandas scikit-learn scipy",
    "feature-engine": "pandas scikit-learn scipy statsmodels",
    "featuretools": "cloudpickle holidays pandas psutil scipy tqdm woodwork",
    "flair": (
        "boto3 gensim huggingface-hub langdetect lxml matplotlib pandas regex scikit-learn segtok"
        " sentencepiece tabulate torch tqdm transformers"
    ),
    "flaml": "lightgbm pandas scikit-learn scipy xgboost",
    "gluonts": "pandas pydantic toolz tqdm",
    "great-expectations": (
        "altair ipython jinja2 jsonschema marshmallow mistune pandas requests ruamel-yaml scipy tqdm tzlocal"
    ),
    "hdbscan": "cython joblib scikit-learn scipy",
    "insightface": (
        "albumentations cython easydict matplotlib onnx opencv-python pillow scikit-image scikit-learn tqdm"
    ),
    "interpret": "joblib pandas plotly scikit-learn",
    "interpret-community": "interpret packaging pandas scikit-learn shap",
    "jaxlib": "scipy",
    "keras-hub": "keras regex rich",
    "keras-nlp": "keras keras-hub regex rich",
    "keras-cv": "absl-py keras regex",
    "keybert": "rich scikit-learn sentence-transformers",
    "ktrain": (
        "chardet charset-normalizer jieba joblib langdetect matplotlib packaging pandas requests scikit-learn"
        " sentencepiece transformers"
    ),
    "langchain": (
        "aiohttp langchain-core langchain-text-splitters langsmith pydantic pyyaml requests sqlalchemy tenacity"
    ),
    "langchain-openai": "langchain-core openai tiktoken",
    "lightning": "pyyaml pytorch-lightning torch torchmetrics tqdm",
    "llama-index": "aiohttp llama-index-core nltk openai pandas sqlalchemy tiktoken",
    "mapie": "scikit-learn",
    "mltable": "azure-core jsonschema msrest pandas pyyaml",
    "mlxtend": "joblib matplotlib pandas scikit-learn scipy",
    "monai": "torch",
    "neuralforecast": "pandas pytorch-lightning ray scikit-learn torch",
    "neuralprophet": "captum holidays matplotlib pandas plotly pytorch-lightning torch torchmetrics",
    "onnxmltools": "skl2onnx",
    "orbit-ml": "arviz matplotlib pandas scipy statsmodels tqdm",
    "paddleocr": (
        "beautifulsoup4 lmdb opencv-contrib-python opencv-python pillow pyclipper pyyaml rapidfuzz requests"
        " scikit-image shapely tqdm"
    ),
    "peft": "accelerate huggingface-hub psutil pyyaml safetensors torch tqdm transformers",
    "promptflow": "flask jinja2 openai pandas pydash pyyaml requests ruamel-yaml sqlalchemy tabulate tqdm",
    "pycaret": (
        "cloudpickle category-encoders imbalanced-learn jinja2 joblib lightgbm matplotlib nltk numba pandas"
        " plotly pmdarima psutil pyod requests scikit-learn scipy seaborn sktime spacy statsmodels textblob"
        " tqdm umap-learn wordcloud xgboost yellowbrick"
    ),
    "pyod": "joblib matplotlib numba pandas scikit-learn scipy six statsmodels",
    "pytorch-forecasting": (
        "lightning matplotlib optuna pandas pytorch-lightning scikit-learn scipy statsmodels torch"
    ),
    "pytorch-tabnet": "scikit-learn scipy torch tqdm",
    "raiutils": "pandas requests scikit-learn scipy",
    "ray": "aiosignal click filelock frozenlist jsonschema msgpack protobuf pyyaml requests",
    "responsibleai": (
        "dice-ml econml erroranalysis interpret-community lightgbm networkx pandas raiutils scikit-learn scipy"
    ),
    "segmentation-models-pytorch": "pillow timm torch torchvision tqdm",
    "semantic-kernel": "aiohttp azure-identity jinja2 openai pydantic",
    "setfit": "datasets evaluate huggingface-hub scikit-learn sentence-transformers transformers",
    "simpletransformers": (
        "datasets pandas regex requests scikit-learn scipy sentencepiece seqeval streamlit tensorboard"
        " tokenizers torch tqdm transformers wandb"
    ),
    "sktime": "joblib pandas scikit-learn scipy statsmodels",
    "snowflake-ml-python": (
        "anyio cloudpickle fsspec joblib packaging pandas pyyaml requests scikit-learn scipy xgboost"
    ),
    "spacy-transformers": "spacy srsly torch transformers",
    "statsforecast": "fugue numba pandas polars scipy statsmodels tqdm",
    "stanza": "emoji networkx protobuf requests torch tqdm",
    "tpot": "joblib pandas scikit-learn scipy tqdm update-checker xgboost",
    "trl": "accelerate datasets torch transformers",
    "tsfresh": ("cloudpickle dask distributed pandas patsy requests scikit-learn scipy statsmodels stumpy tqdm"),
    "vllm": (
        "fastapi msgspec openai pillow prometheus-client psutil pydantic ray requests sentencepiece tiktoken"
        " torch torchvision tqdm transformers xformers"
    ),
    "yolov5": ("matplotlib opencv-python pandas pillow psutil pyyaml requests scipy seaborn torch torchvision tqdm"),
}
"""What some others bring besides NumPy, in part: enough not to miss it, too little to say what they lack."""
_ALONE = frozenset(_LEAVES.split())
"""Distributions that bring nothing, or nothing that a script would import."""
RUNTIME = frozenset(("h11", "httptools", "orjson", "scoredock-runtime"))
"""What is in every environment, because the scoring runtime needs it."""
AZURE_BRINGS: dict[str, str] = {
    "azureml-sdk": "azureml-core azureml-dataset-runtime",
    "azureml-dataset-runtime": "azureml-dataprep numpy pyarrow",
    "azureml-dataprep": "azure-identity cloudpickle jsonschema pyyaml",
    "azureml-pipeline": "azureml-core",
    "azureml-train": "azureml-core",
    "azureml-train-core": "azureml-core",
    "azureml-widgets": "azureml-core",
    "azureml-mlflow": "azureml-core mlflow",
    "azureml-train-automl": "azureml-train-automl-runtime",
    "azureml-train-automl-runtime": "azureml-automl-runtime azureml-core",
    "azureml-automl-runtime": "joblib numpy pandas scikit-learn scipy",
    "azureml-opendatasets": "azureml-core azureml-dataset-runtime pandas scipy",
    "azureml-defaults": (
        "azureml-core azureml-inference-server-http inference-schema azureml-dataset-runtime azure-identity cloudpickle"
        " jsonschema numpy pyarrow python-dotenv applicationinsights configparser json-logging-py"
    ),
    "azureml-core": (
        "adal attrs azure-common azure-core azure-graphrbac backports-tempfile contextlib2 cryptography docker"
        " humanfriendly jmespath jsonpickle knack msal msrest ndg-httpsclient packaging paramiko pathspec pkginfo"
        " psutil pyjwt pyopenssl pysocks python-dateutil pytz pyyaml requests six tabulate urllib3"
    ),
    "azureml-inference-server-http": (
        "flask flask-cors gunicorn inference-schema jinja2 markupsafe psutil pydantic pydantic-settings requests"
        " werkzeug waitress opencensus-ext-azure"
    ),
    "azureml-model-management-sdk": _BRINGS["azureml-model-management-sdk"],
    "inference-schema": "python-dateutil pytz wrapt",
}
"""What the packages that Scoredock stands in for bring in Azure, and not here."""


_NUMPY_AND = {name: f"numpy {brings}" for name, brings in _ALSO_BRINGS.items()}


def is_known(name: str) -> bool:
    """True if the tables say what a distribution brings."""
    return name in _BRINGS or name in _ALONE


@lru_cache(maxsize=256)
def closure(names: frozenset[str]) -> frozenset[str]:
    """The distributions and everything that they may bring."""
    distributions = set(names)
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        for each in (_BRINGS.get(name) or _NUMPY_AND.get(name, "")).split():
            if each not in distributions:
                distributions.add(each)
                waiting.append(each)
    return frozenset(distributions)


def brought_in_azure(listed: Iterable[str]) -> frozenset[str]:
    """Packages that the listed stand-ins would bring in Azure."""
    found = frozenset(each for name in listed for each in AZURE_BRINGS.get(name, "").split())
    return closure(found | brought_in_azure(found)) if found else found


_OTHER_NAMES = (
    "antio aredis attr authlib boto bpython bunch cattrs cchardet cpython crick ctransformers cwcwidth dataset"
    " demoji dython ecoji fastai fastar frequests futures grapheme grequests gsutil hjson httpr hyper ijson ipython"
    " isolate itables jaxlie jinja jpython jython mocket mpython myjwt ngboost oyaml pandera parsy pathy pbspark"
    " pyamg pycryptodomex pyjdbc pykml pymem pymoo pymssql pyshark pythonnet pyyml regexp retworkx rjieba scapy"
    " scipp simpy slice space spython tensorboardx tokenizer tombi tools torchx typed types typings urllib vastai"
    " vyper willow wpython xpython"
)
_OTHERS = frozenset(_OTHER_NAMES.split())
"""Packages that are there, one letter from a known one: those that people download most."""
_SHORTEST = 5


@lru_cache(maxsize=1024)
def near_known(name: str) -> str:
    """The known distribution that a name misses by one letter; empty for known names and for those that miss by
    more."""
    if name == "python" or is_known(name) or name in _OTHERS or len(name) < _SHORTEST:
        return ""
    if name.startswith("python") and name[6:].replace(".", "").replace("-", "").isdigit():
        return "python"
    for known in ("python", *_BRINGS, *_ALONE):
        if abs(len(known) - len(name)) <= 1 and len(known) >= _SHORTEST and _one_apart(name, known):
            return known
    return ""


def _one_apart(one: str, other: str) -> bool:
    """True if one letter more, less or another one makes the one the other, or two neighbours that changed places."""
    if len(one) > len(other):
        one, other = other, one
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :] and not other[start].isdigit()
    rest, others = one[start + 1 :], other[start + 1 :]
    if rest == others:
        return one[start : start + 1].isalpha() and other[start : start + 1].isalpha()
    return one[start : start + 2] == other[start : start + 2][::-1] and rest[1:] == others[1:]
