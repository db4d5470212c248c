"""Published scripts, notebooks and deployment files of batch scoring: which part of each runs, and what stands in for
data and models that are not in its repository. The repositories lie elsewhere; nothing of them is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sdk.corpus import Part

SAMPLES = "Azure+MachineLearningNotebooks/how-to-use-azureml/machine-learning-pipelines/parallel-run/"
V2 = "Azure+azureml-examples/cli/endpoints/batch/deploy-models/"
FUN = "rndazurescript+FunWithAzureML/"
MANY = "microsoft+solution-accelerator-many-models/Custom_Script/"
BOOK, OLDER, TENSORFLOW = "BOOK_PYTHON", "OLDER_PYTHON", "TENSORFLOW_PYTHON"
"""Variables that name the Python of the notebooks, and those that make models of older packages."""
PUBLISHED = "what follows publishes the pipeline, as a service of Azure"


def trained(variable: str, code: str) -> str:
    """A cell that runs `code` with the Python of a variable."""
    return f"import os, subprocess\nsubprocess.run([os.environ[{variable!r}], '-c', {code!r}], check=True)\n"


_IRIS = (
    "import os\nfrom sklearn.datasets import load_iris\n"
    "os.makedirs('iris', exist_ok=True)\nos.makedirs('iris_model.pkl', exist_ok=True)\n"
    "load_iris(as_frame=True).data.to_csv('iris/iris.csv', index=False)\n"
    "iris_data = ws.get_default_datastore()\niris_data.upload('iris', 'iris')\n"
)
_IRIS_MODEL = (
    "import pickle\nfrom sklearn.datasets import load_iris\nfrom sklearn.tree import DecisionTreeClassifier\n"
    "given = load_iris()\nnames = given.target_names[given.target]\n"
    "pickle.dump(DecisionTreeClassifier(random_state=0).fit(given.data, names),"
    " open('iris_model.pkl/iris_model.pkl', 'wb'))\n"
)
_DIGITS = (
    "import numpy, os\nfrom PIL import Image\nos.makedirs('mnist', exist_ok=True)\nfor number in range(12):\n"
    "    Image.fromarray(numpy.full((28, 28), number, 'uint8')).save(f'mnist/{number}.png')\n"
    "mnist_data = ws.get_default_datastore()\nmnist_data.upload('mnist', 'mnist')\n"
)
_SESSION = (
    "import os\nimport tensorflow as tf\nv1 = tf.compat.v1\nv1.disable_eager_execution()\n"
    "with v1.name_scope('network'):\n    given = v1.placeholder(tf.float32, (None, 784), name='X')\n"
    "    with v1.name_scope('output'):\n"
    "        v1.matmul(given, v1.Variable(tf.one_hot([3] * 784, 10)), name='MatMul')\n"
    "session = v1.Session()\nsession.run(v1.global_variables_initializer())\nos.makedirs('models', exist_ok=True)\n"
    "v1.train.Saver().save(session, 'models/mnist-tf.model')\n"
)
_SALES = (
    "rows = ['WeekStarting,Store,Brand,Quantity,logQuantity,Advert,Price,Age60,COLLEGE,INCOME,Hincome150,Large HH,"
    "Minorities,WorkingWoman,SSTRDIST,SSTRVOL,CPDIST5,CPWVOL5']\n"
    "rows += [f'1990-06-{14 + n},{store},{brand},{n}00,{n}.5,1,2,3,4,{store}.25,6,7,8,9,10,11,12,13'"
    " for store in (2, 5) for brand in ('dominicks', 'tropicana') for n in range(5)]\n"
    "oj_sales_path = './oj.csv'\nopen(oj_sales_path, 'w').write('\\n'.join(rows) + '\\n')\n"
)
_CLUSTER = (
    "from azureml.core import Workspace\nfrom azureml.core.compute import AmlCompute, ComputeTarget\n"
    "ws = Workspace.from_config()\n"
    "ComputeTarget.create(ws, 'NAME', AmlCompute.provisioning_configuration('STANDARD_D2_V2', max_nodes=2))\n"
)
_WEATHER = _CLUSTER.replace("NAME", "cpu-cluster") + (
    "import os\nfor month in ('01', '02'):\n    os.makedirs(f'weather/2021/{month}')\n"
    "    open(f'weather/2021/{month}/data.parquet', 'w').write('rows')\n"
    "ws.get_default_datastore().upload('weather', 'greece-weather-data')\n"
)
_DIABETES = (
    "assert pipeline_run.get_status() == 'Completed'\nassert sorted(df.File)[:2] == ['1.csv', '10.csv']\n"
    "assert len(df) == 100 and set(df.Prediction) <= {0, 1}"
)

_STORES = _CLUSTER.replace("NAME", "cpucluster") + (
    "import os\nfrom azureml.core import Dataset\nfor brand in ('dominicks', 'tropicana'):\n"
    "    for kind, first, last in (('train', 0, 80), ('inference', 80, 90)):\n"
    "        os.makedirs(f'oj_{kind}', exist_ok=True)\n        rows = ['WeekStarting,Store,Brand,Quantity,Revenue']\n"
    "        rows += [f'{1990 + n // 48}-{n % 48 // 4 + 1:02d}-{n % 4 * 7 + 1:02d},1001,{brand},{900 + n * 7 % 31},9'"
    " for n in range(first, last)]\n"
    "        open(f'oj_{kind}/Store1001_{brand}.csv', 'w').write('\\n'.join(rows) + '\\n')\n"
    "for kind in ('train', 'inference'):\n    ws.get_default_datastore().upload(f'oj_{kind}', f'oj_{kind}')\n"
    "    Dataset.File.from_files((ws.get_default_datastore(), f'oj_{kind}')).register(ws, f'oj_data_small_{kind}')\n"
)
_NOT_SKLEARN = {"'sklearn', 'pandas'": "'scikit-learn==1.1.3', 'numpy<2', 'pandas<2'"}
_NO_SLEEP = (
    "from pathlib import Path\nscript = Path('scripts/train.py')\n"
    "script.write_text(script.read_text().replace('time.sleep(180)', 'time.sleep(0)'))\n"
)
_NO_TELEMETRY = (
    "from pathlib import Path\nPath('scripts/utilities.py').write_text('set_telemetry_scenario = print\\n')\n"
)
_IMAGES = (
    "import os\nfrom azureml.core import Dataset\nos.makedirs('images')\n"
    "for name in ('one.jpg', 'two.jpg'):\n    open(f'images/{name}', 'w').write('no image')\n"
    "ws.get_default_datastore().upload('images', 'images')\n"
    "Dataset.File.from_files((ws.get_default_datastore(), 'images')).register(ws, 'images-to-score')\n"
)

PARTS: tuple[Part, ...] = (
    Part(
        SAMPLES + "file-dataset-image-inference-mnist.ipynb",
        "scores images with a graph of TensorFlow, twice, with other parameters",
        before={9: _DIGITS, 19: trained(TENSORFLOW, _SESSION)},
        cells=(
            4,
            5,
            7,
            11,
            13,
            15,
            17,
            21,
            23,
            26,
            28,
            30,
            32,
            34,
            36,
            38,
            40,
            41,
            42,
            43,
        ),
        asked="assert df.shape == (12, 2) and list(df.Prediction) == [0] + [3] * 11, df\n"
        "assert pipeline_run_2.get_status() == 'Completed'",
        needs="small images and a small graph of the same names instead of those on the web",
    ),
    Part(
        SAMPLES + "file-dataset-partition-per-folder.ipynb",
        "scores the files of each user and genre",
        asked="assert sorted(df.user) == ['user1', 'user1', 'user2', 'user3', 'user4', 'user4']\n"
        "assert sorted(df['Ratio of Size in Partition']) == [0.5, 0.5, 1, 1, 1, 1]",
    ),
    Part(
        SAMPLES + "tabular-dataset-inference-iris.ipynb",
        "scores rows of CSV files with a registered model",
        before={9: _IRIS, 15: trained(OLDER, _IRIS_MODEL)},
        cells=(4, 5, 7, 11, 13, 16, 18, 21, 23, 25, 27, 29, 31, 33),
        replaced={"model_datastore.download('iris_model.pkl')": ""},
        asked="assert df.shape == (150, 5)\nassert list(df.variety[:50]) == ['setosa'] * 50",
        needs="scikit-learn's iris and a tree instead of those on the web",
    ),
    Part(
        SAMPLES + "tabular-dataset-partition-per-column.ipynb",
        "scores the rows of each store and brand",
        before={7: _SALES},
        cells=(4, 5, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 28, 30),
        asked="assert df.shape == (20, 19)\nassert set(df.Brand) == {'dominicks', 'tropicana'}\n"
        "assert sorted(set(df.total_income)) == [2.25 * 5, 5.25 * 5]",
        needs="a small table instead of that on the web",
    ),
    Part(
        "MicrosoftDocs+mslearn-aml-labs/07-Creating_a_Batch_Inferencing_Service.ipynb",
        "trains and registers a model, scores a hundred files",
        cells=(3, 5, 7, 9, 11, 13, 15, 17, 19, 21),
        replaced={"np.float(": "float("},
        asked=_DIABETES,
        needs=f"`np.float` is gone from NumPy; {PUBLISHED}",
    ),
    Part(
        "MicrosoftLearning+mslearn-dp100/10 - Create a Batch Inferencing Service.ipynb",
        "trains and registers a model, scores a hundred files",
        cells=(2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22),
        replaced={"np.float(": "float("},
        asked=_DIABETES,
        needs=f"`np.float` is gone from NumPy; {PUBLISHED}",
    ),
    Part(
        "Azure+MachineLearningNotebooks/tutorials/machine-learning-pipelines-advanced/"
        "tutorial-pipeline-batch-scoring-classification.ipynb",
        "scores images with Inception and publishes the pipeline",
        why_not="Not tried: its images, labels and model lie on the web, and its script needs TensorFlow 2.6 with"
        " `tf_slim`.",
    ),
    Part(
        "Azure+MachineLearningNotebooks/how-to-use-azureml/automated-machine-learning/"
        "forecasting-backtest-single-model/pipeline_helper.py",
        "makes a step that scores with a model of AutoML",
        why_not="Its script loads models of AutoML, and it imports private modules of the SDK.",
    ),
    Part(
        "microsoft+MLOpsPython/ml_service/pipelines/diabetes_regression_build_parallel_batchscore_pipeline.py",
        "builds a pipeline of two steps",
        why_not="It publishes its pipeline for another script, which no pipeline outlives here.",
    ),
    Part(
        MANY + "02_CustomScript_Training_Pipeline.ipynb",
        "trains a model for each file in `run()`, logs to a child run, registers it",
        cells=(6, 8, 10, 11, 13, 16, 17, 19, 21, 23, 25, 26, 28, 30, 32, 33, 34),
        before={6: _STORES + _NO_SLEEP + _NO_TELEMETRY},
        replaced=_NOT_SKLEARN,
        asked="assert set(df.Status) == {'Completed'} and len(df) == 2, df\n"
        "assert ws.models['lr_Store1001_dominicks'].tags['Store'] == '1001'",
        needs="small tables instead of open datasets; the package `sklearn` is no more, and"
        " scikit-learn as it was stands in; a pause of 180 seconds and"
        " its telemetry, which calls private modules of the SDK, are left out; plots follow",
    ),
    Part(
        MANY + "03_CustomScript_Forecasting_Pipeline.ipynb",
        "finds the model of each file by its tags, and scores with it",
        cells=(6, 8, 10, 11, 13, 16, 17, 19, 21, 27, 29, 31, 33),
        before={6: _NO_TELEMETRY},
        replaced={
            **_NOT_SKLEARN,
            "[parallel_run_step, upload_predictions_step]": "[parallel_run_step]",
        },
        asked="assert len(df) == 20 and df.Predictions.notna().all(), df",
        needs="models of the notebook before; its second step, a `PythonScriptStep` that copies to a container of Azure"
        " Storage, is left out; plots follow",
    ),
    Part(
        FUN + "BatchProcessingWithR/ParallelRunInR.ipynb",
        "calls an R script for each file",
        why_not="Its script is R, and its environment asks for packages of R.",
    ),
    Part(
        FUN + "SimpleBatchParallelFiles/filebasedbatch.ipynb",
        "scores files of a folder tree, five processes a node",
        before={1: _WEATHER},
        asked="pipeline_run.wait_for_completion()\n"
        "text = open(dstore._folder + '/inferences/greece-weather/outputs.txt').read()\n"
        "assert text.count('data.parquet') == 2, text",
        needs="two files of that name instead of the weather",
    ),
    Part(
        "aldelar+tensorflow-object-detection-batch-scoring/batch-scoring-pipeline.ipynb",
        "looks at images before they are scored, with a step whose output is a dataset",
        before={3: _IMAGES},
        asked="assert run.get_status() == 'Completed'\n"
        "made = run.find_step_run('pre-processing')[0].get_output_data('images_pre_processed')\n"
        "assert open(made._folder + '/pre_processing.csv').read() == 'invalid,one.jpg\\ninvalid,two.jpg\\n'",
        needs="two files that are not images, which it says",
    ),
)
"""Those of the SDK v1, in the order of their paths."""


_GLOBAL = {"def run(mini_batch):": "def run(mini_batch):\n    global model_output_names"}
_TODAY = "its conda file asks for a Python before 3.9: `scoredock environment suggest FILE --write` first"
_PNG = {
    TENSORFLOW: "import numpy, os\nfrom PIL import Image\nos.makedirs('data')\nfor n in range(3):\n"
    "    Image.fromarray(numpy.full((28, 28), n * 80, 'uint8')).save(f'data/{n}.png')\n"
}
_IMAGENET = {
    TENSORFLOW: "import numpy, os\nimport tensorflow as tf\nfrom PIL import Image\nos.makedirs('data')\n"
    "for n in range(7):\n"
    "    Image.fromarray(numpy.full((300, 200, 3), n * 30, 'uint8')).save(f'data/{n}.jpeg')\n"
    "given = tf.keras.Input((244, 244, 3))\n"
    "made = tf.keras.layers.Dense(9)(tf.keras.layers.GlobalAveragePooling2D()(given))\n"
    "tf.keras.Model(given, made).save('model')\n"
}
_CREDIT = {
    OLDER: "import os, pickle\nimport numpy, sklearn\nfrom pathlib import Path\n"
    "Path('data/inference/batch/01.csv').write_text('age,limit\\n' + '30,9000\\n' * 4)\n"
    "from sklearn.dummy import DummyClassifier\nos.makedirs('model')\n"
    "made = DummyClassifier(strategy='constant', constant=1).fit(numpy.zeros((2, 1)), [0, 1])\n"
    "Path('model/model.pkl').write_bytes(pickle.dumps(made))\n"
    "Path('model/requirements.txt').write_text(f'mlflow\\nscikit-learn=={sklearn.__version__}\\nnumpy<2\\npandas<3\\n')\n"
    "Path('model/MLmodel').write_text('flavors:\\n  python_function:\\n    loader_module: mlflow.sklearn\\n"
    "    model_path: model.pkl\\n  sklearn:\\n    pickled_model: model.pkl\\n    serialization_format: cloudpickle\\n"
    "    sklearn_version: 1.1.3\\n')\n"
}


@dataclass(frozen=True)
class Deployment:
    """One deployment file of v2, with the data that it scores. All paths but its own are below the folder of the
    sample."""

    path: str
    sample: str
    """The folder where its author runs the commands."""
    does: str
    data: str = "data"
    made: Mapping[str, str] = field(default_factory=dict)
    """Code that makes what the repository lacks, by the variable of the Python that runs it."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Folders to register first, as its commands do, by name."""
    conda: str = ""
    """The file that is written anew for a Python of today."""
    replaced: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Mended faults of the author's, by file."""
    words: tuple[str, ...] = ()
    output: str = "predictions.csv"
    """A pattern of files."""
    lines: int = 0
    """Of all these files; 0 for files that have none, and there are then as many as of the data."""
    needs: str = ""
    why_not: str = ""


_FOUNDATION = (
    "automatic-speech-recognition/batch-deploy.yml",
    "fill-mask/batch-deploy.yml",
    "image-classification/deploy-batch.yaml",
    "image-embeddings/deploy-batch.yaml",
    "image-instance-segmentation/deploy-batch.yaml",
    "image-object-detection/deploy-batch.yaml",
    "image-text-embeddings/deploy-batch.yaml",
    "image-to-text/deploy-batch.yaml",
    "mask-generation/deploy-batch.yaml",
    "question-answering/batch-deploy.yml",
    "summarization/batch-deploy.yml",
    "text-classification/batch-deploy.yml",
    "text-generation/batch-deploy.yml",
    "text-to-image/batch-deploy.yml",
    "token-classification/batch-deploy.yml",
    "translation/batch-deploy.yml",
    "visual-question-answering/deploy-batch.yaml",
    "zero-shot-image-classification/deploy-batch.yaml",
)
"""Files to which a script gives a model of a registry in Azure."""


DEPLOYMENTS = (
    Deployment(
        V2 + "custom-outputs-parquet/deployment.yml",
        "custom-outputs-parquet",
        "writes a Parquet file for each CSV file, counts them",
        data="../heart-classifier-mlflow/data",
        models={"heart-classifier-sklpipe": "model"},
        conda="environment/conda.yaml",
        output="*.parquet",
        needs=_TODAY,
    ),
    Deployment(
        V2 + "heart-classifier-mlflow/deployment-custom/deployment.yml",
        "heart-classifier-mlflow",
        "scores CSV files with a script and an MLflow model",
        models={"heart-classifier-mlflow": "deployment-custom/model"},
        conda="deployment-custom/environment/conda.yaml",
        replaced={
            "deployment-custom/code/batch_driver.py": {
                **_GLOBAL,
                "pyfunc.load(": "pyfunc.load_model(",
            }
        },
        words=("--mini-batch-size", "1"),
        lines=303,
        needs=f"{_TODAY}; its script reads a local variable before it is set (the check stops it: `SD118`), calls"
        " `mlflow.pyfunc.load`, which is no more, and fails with two files in a mini-batch",
    ),
    Deployment(
        V2 + "heart-classifier-mlflow/deployment-simple/deployment.yml",
        "heart-classifier-mlflow",
        "scores CSV files with an MLflow model, without a script",
        models={"heart-classifier-mlflow": "deployment-simple/model"},
        conda="deployment-simple/model/conda.yaml",
        words=("--conda-file", "deployment-simple/model/conda.yaml"),
        lines=303,
        needs=f"{_TODAY}, and `--conda-file` with it",
    ),
    Deployment(
        V2 + "huggingface-text-summarization/deployment.yml",
        "huggingface-text-summarization",
        "summarizes texts with BART",
        why_not="Not tried: its model, 1.6 GB, comes from the hub of Hugging Face.",
    ),
    Deployment(
        V2 + "imagenet-classifier/deployment-by-batch.yml",
        "imagenet-classifier",
        "scores images of a mini-batch at once",
        why_not="Its script makes a frame of three rows and names as many columns, which fails for a mini-batch of"
        " other than three files.",
    ),
    Deployment(
        V2 + "imagenet-classifier/deployment-by-file.yml",
        "imagenet-classifier",
        "scores images one by one",
        made=_IMAGENET,
        models={"imagenet-classifier": "model"},
        conda="environment/conda.yaml",
        replaced={"environment/conda.yaml": {"- tensorflow\n": "- tensorflow==2.13.0\n"}},
        lines=7,
        needs=f"{_TODAY}; `tensorflow` with the version that reads its form of model; a small model and images",
    ),
    Deployment(
        V2 + "mnist-classifier/deployment-keras/deployment.yml",
        "mnist-classifier",
        "scores images with a model of Keras whose files the deployment names",
        made=_PNG,
        conda="deployment-keras/environment/conda.yaml",
        replaced={"deployment-keras/environment/conda.yaml": {"- tensorflow\n": "- tensorflow==2.13.0\n"}},
        lines=3,
        needs=f"{_TODAY}; `tensorflow` with the version that reads its form of model; small images",
    ),
    Deployment(
        V2 + "mnist-classifier/deployment-torch/deployment.yml",
        "mnist-classifier",
        "scores images with a model of PyTorch whose files the deployment names",
        made=_PNG,
        conda="deployment-torch/environment/conda.yaml",
        lines=3,
        needs=f"{_TODAY}; small images",
    ),
    Deployment(
        V2 + "openai-embeddings/deployment.yml",
        "openai-embeddings",
        "asks a service for embeddings",
        why_not="Its model is a service of Azure OpenAI.",
    ),
    *(
        Deployment(
            f"{V2.replace('deploy-models', 'deploy-pipelines')}{sample}/{name}.yml",
            sample,
            "deploys a pipeline",
            why_not="Only deployments of models run here: `batch-option-invalid`, with the line.",
        )
        for sample, name in (
            ("batch-scoring-with-preprocessing", "deployment"),
            ("hello-batch", "deployment"),
            ("hello-batch", "deployment-from-job"),
            ("training-with-components", "deployment-onehot/deployment"),
            ("training-with-components", "deployment-ordinal/deployment"),
        )
    ),
    *(
        Deployment(
            f"{V2.partition('endpoints/')[0]}foundation-models/system/inference/{path}",
            path.partition("/")[0],
            path.partition("/")[0].replace("-", " "),
            why_not="It names no model: `batch-option-invalid`. Its script gives one of a registry in Azure, by"
            " `--set`.",
        )
        for path in _FOUNDATION
    ),
    Deployment(
        "nfmoore+azureml-mlops-example-scenarios/core/endpoints/batch/deployment.yml",
        "core",
        "scores a CSV file with an MLflow model, without a script",
        data="data/inference/batch/*.csv",
        made=_CREDIT,
        models={"credit-card-default": "model"},
        lines=4,
        needs="a small model instead of the one that it trains, and rows in its file, which is empty",
    ),
)
"""Those of v2."""


def is_scored_by(path: Path) -> bool:
    """Whether a file has a step or a deployment of batch scoring."""
    if path.suffix not in (".py", ".ipynb", ".yml", ".yaml"):
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix in (".py", ".ipynb"):
        return "ParallelRunStep(" in text and "azure.ai.ml" not in text
    return "atchDeployment.schema.json" in text
