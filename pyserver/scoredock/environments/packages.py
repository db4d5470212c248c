"""Package names with a special meaning here: the ones the runtime stands in for, and conda's names for packages of the
pip index."""

from __future__ import annotations

PROVIDED: dict[str, dict[str, tuple[str, ...]]] = {
    "azureml-defaults": {},
    "azureml-core": {},
    "azureml-contrib-services": {},
    "azureml-inference-server-http": {},
    "azureml-monitoring": {},
    "inference-schema": {
        "numpy-support": ("numpy",),
        "pandas-support": ("pandas",),
        "pyspark-support": ("pyspark",),
        "all-support": ("numpy", "pandas"),
    },
}
"""Distributions that the runtime's stand-ins satisfy → what each of their extras brings all the same."""

SDK = frozenset(
    (
        *("azureml-sdk", "azureml-core", "azureml-defaults", "azureml-dataset-runtime", "azureml-telemetry"),
        *("azureml-dataprep", "azureml-dataprep-native", "azureml-dataprep-rslex", "azureml-widgets"),
        *("azureml-pipeline", "azureml-pipeline-core", "azureml-pipeline-steps"),
        *("azureml-train", "azureml-train-core", "azureml-train-restclients-hyperdrive", "azureml-train-automl-client"),
    )
)
"""Distributions of the SDK v1 whose modules submitted scripts and services find without them."""

CONDA_TO_PIP: dict[str, str] = {
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "pytorch-lightning": "pytorch-lightning",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tensorflow-base": "tensorflow",
    "tensorflow-mkl": "tensorflow",
    "keras-gpu": "keras",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "opencv": "opencv-python-headless",
    "py-opencv": "opencv-python-headless",
    "libopencv": "opencv-python-headless",
    "matplotlib-base": "matplotlib",
    "seaborn-base": "seaborn",
    "dask-core": "dask",
    "numpy-base": "numpy",
    "pytables": "tables",
    "msgpack-python": "msgpack",
    "ruamel_yaml": "ruamel-yaml",
    "faiss": "faiss-cpu",
    "python-blosc": "blosc",
    "python-snappy": "python-snappy",
    "psycopg2": "psycopg2-binary",
    "python-graphviz": "graphviz",
    "python-kubernetes": "kubernetes",
    "lightgbm-cpu": "lightgbm",
    "pillow-simd": "pillow",
    "onnxruntime-cpu": "onnxruntime",
    "pyarrow-core": "pyarrow",
    "sqlite3": "",
    "anaconda": "",
    "brotlipy": "brotli",
    "jpype1": "jpype1",
    "setuptools-scm": "setuptools-scm",
    "pyqt": "pyqt5",
    "importlib_metadata": "importlib-metadata",
    "typing_extensions": "typing-extensions",
    "python-spams": "spams-bin",
    "python-flatbuffers": "flatbuffers",
    "python-fastjsonschema": "fastjsonschema",
    "python-lmdb": "lmdb",
    "python-tzdata": "tzdata",
    "brotli-python": "brotli",
    "pyg": "torch-geometric",
    "ignite": "pytorch-ignite",
}
"""Conda's name → pip's name, where they differ; an empty name needs nothing."""

CONDA_BRINGS: dict[str, tuple[str, ...]] = {
    "keras": ("tensorflow",),
    "keras-gpu": ("tensorflow",),
    "anaconda": (
        *("numpy", "scipy", "pandas", "scikit-learn", "joblib", "matplotlib", "seaborn", "statsmodels", "networkx"),
        *("requests", "pyyaml", "pillow", "h5py", "openpyxl", "xlrd", "beautifulsoup4", "lxml", "nltk", "tqdm"),
    ),
}
"""Packages of conda that install others, which those of the same name on the pip index leave to the person; of a whole
distribution what scripts import most."""
CONDA_BRINGS_BEFORE: dict[str, tuple[str, tuple[str, ...]]] = {
    "scikit-learn": ("0.20", ("numpy", "scipy<1.3")),
}
"""The same of releases before the one from which the wheels say themselves what they need. Those of scikit-learn import
from scipy.misc what it had until 1.3."""
CONDA_DISTRIBUTIONS = frozenset(("anaconda",))
"""Those that are a whole distribution; what has their name on the pip index is something else."""

_OF_EXPORTS = """
arrow-cpp aws-c-auth aws-c-cal aws-c-common aws-c-compression aws-c-event-stream aws-c-http aws-c-io aws-c-mqtt aws-c-s3
aws-c-sdkutils aws-checksums aws-crt-cpp aws-sdk-cpp blosc boost-cpp dbus fontconfig gettext gflags glib glog grpc-cpp
gst-plugins-base gstreamer libabseil libarrow libbrotlicommon libbrotlidec libbrotlienc libclang13 libcxxabi libevent
libglib libgrpc libllvm14 libre2-11 libthrift libutf8proc libxcb libxml2 libxslt nspr nss orc pcre pcre2
pthread-stubs qt qt-main re2 s2n snappy thrift-cpp utf8proc xorg-libxau xorg-libxdmcp
"""
"""What `conda env export` writes besides: libraries of pyarrow, lxml and PyQt."""
BUNDLED = frozenset(
    {
        *_OF_EXPORTS.split(),
        "_libgcc_mutex",
        "_openmp_mutex",
        "_py-xgboost-mutex",
        "_pytorch_select",
        "blas",
        "bzip2",
        "c-ares",
        "ca-certificates",
        "certifi-win32",
        "cpuonly",
        "cuda",
        "cuda-toolkit",
        "cudatoolkit",
        "cudnn",
        "expat",
        "freetype",
        "giflib",
        "gmp",
        "hdf4",
        "hdf5",
        "icc_rt",
        "icu",
        "intel-openmp",
        "jpeg",
        "krb5",
        "lcms2",
        "ld_impl_linux-64",
        "ld_impl_linux-aarch64",
        "lerc",
        "libblas",
        "libcblas",
        "libcurl",
        "libcxx",
        "libdeflate",
        "libedit",
        "libev",
        "libexpat",
        "libffi",
        "libgcc",
        "libgcc-ng",
        "libgfortran",
        "libgfortran-ng",
        "libgfortran4",
        "libgfortran5",
        "libgomp",
        "libiconv",
        "libjpeg-turbo",
        "liblapack",
        "liblzma",
        "libmklml",
        "libnetcdf",
        "libnghttp2",
        "libnsl",
        "libopenblas",
        "libpng",
        "libprotobuf",
        "libsodium",
        "libsqlite",
        "libssh2",
        "libstdcxx",
        "libstdcxx-ng",
        "libtiff",
        "libuuid",
        "libuv",
        "libwebp",
        "libwebp-base",
        "libxcrypt",
        "libxgboost",
        "libzip",
        "libzlib",
        "llvm-openmp",
        "lz4-c",
        "mkl",
        "mkl-service",
        "mkl_fft",
        "mkl_random",
        "ncurses",
        "ninja-base",
        "nomkl",
        "openblas",
        "openjpeg",
        "openssl",
        "pip",
        "python_abi",
        "pytorch-cuda",
        "pytorch-mutex",
        "readline",
        "sqlite",
        "tbb",
        "tk",
        "tzdata",
        "ucrt",
        "vc",
        "vc14_runtime",
        "vs2015_runtime",
        "xz",
        "zlib",
        "zeromq",
        "zstd",
    }
)
"""Conda packages that pip wheels carry inside them, or that every interpreter has: nothing to install."""

CONDA_ONLY = frozenset(
    {
        "binutils",
        "boost",
        "cmake",
        "compilers",
        "c-compiler",
        "cxx-compiler",
        "ffmpeg",
        "gcc",
        "gcc_linux-64",
        "gdal",
        "gdal-bin",
        "git",
        "go",
        "gxx",
        "gxx_linux-64",
        "java-jdk",
        "julia",
        "libgdal",
        "libpq",
        "make",
        "mpich",
        "nodejs",
        "nvidia-apex",
        "openblas-devel",
        "openjdk",
        "openmpi",
        "perl",
        "poppler",
        "r-base",
        "r-essentials",
        "rpy2",
        "rust",
        "tesseract",
        "unixodbc",
        "xeus",
    }
)
"""Programs and system libraries that no pip package brings, and packages that pip can only build where those are."""

FRAMEWORK_DEFAULTS: dict[str, tuple[str, ...]] = {
    "scikitlearn": ("scikit-learn", "numpy", "joblib", "pandas"),
    "onnx": ("onnxruntime", "numpy"),
    "tensorflow": ("tensorflow", "numpy"),
    "tfkeras": ("tensorflow", "numpy"),
    "pytorch": ("torch", "numpy"),
}
"""What a deployment gets that names no environment, by the framework of its first model (lower case).

The first name is the framework's own package, which is pinned to the model's framework version when that installs."""
