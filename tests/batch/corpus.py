"""Published scripts, notebooks and deployment files of batch scoring: which part of each runs, and what stands in for
data and models that are not in its repository. The repositories lie elsewhere; nothing of them is here."""

from __future__ import annotations

import dataclasses
import shutil
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
        asked="assert df.shape == (12, 2) and set(df.Prediction) == {3}, df\n"
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
)
"""Those of the SDK v1, in the order of their paths."""


@dataclass(frozen=True)
class Deployment:
    """One deployment file of v2, with the data that it scores."""

    path: str
    does: str
    data: str = ""
    """Below the folder of the sample; empty for what stands in."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Code that makes what the repository lacks, by the variable of the Python that runs it, in the folder of the
    sample."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Folders to register first, as its shell script does, by name."""
    conda: str = ""
    """The conda file, below the folder of the sample, that needs a Python of today."""
    replaced: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Faults of the sample's own files, mended."""
    words: tuple[str, ...] = ()
    output: str = "predictions.csv"
    lines: int = 0
    """That the output has."""
    needs: str = ""
    why_not: str = ""

    @property
    def folder(self) -> str:
        """Of the sample, below that of the repositories."""
        return (
            "/".join(self.path.split("/")[:7])
            if self.path.startswith(V2)
            else str(Path(self.path).parent)
        )
