"""What is asked of azureml-core and of ours alike, where no network is needed: `probes.py RESULTS.json` in a folder of
its own, in the Python of either. Each probe is a few lines, whose last one gives the answer."""

import ast
import contextlib
import io
import json
import os
import sys
import warnings
from pathlib import Path

GROUPS = {
    "CondaDependencies": {
        "nothing given": "CondaDependencies().serialize_to_string().replace(PYTHON, 'python=THIS')",
        "nothing given, as a dictionary": "str(CondaDependencies().as_dict()).replace(PYTHON, 'python=THIS')",
        "created": "CondaDependencies.create(pip_packages=['numpy'], conda_packages=['scikit-learn=1.2'],"
        " python_version='3.10').serialize_to_string()",
        "created without packages": "CondaDependencies.create(python_version='3.10').serialize_to_string()",
        "created with a pip index": "CondaDependencies.create(pip_indexurl='https://x.invalid/simple',"
        " python_version='3.10').serialize_to_string()",
        "added and removed": (
            "made = CondaDependencies.create(python_version='3.10')\nmade.add_pip_package('pandas==2.0')\n"
            "made.add_pip_package('pandas==2.1')\nmade.add_conda_package('numpy=1.24')\n"
            "made.add_conda_package('numpy=1.26')\nmade.remove_pip_package('azureml-defaults')\n"
            "made.add_channel('conda-forge')\nmade.add_channel('mine')\nmade.remove_channel('anaconda')\n"
            "made.as_dict()"
        ),
        "a file": "CondaDependencies('conda.yml').as_dict()",
        "a file, as text": "CondaDependencies('conda.yml').serialize_to_string()",
        "a file that was changed, as text": (
            "made = CondaDependencies('conda.yml')\nmade.add_pip_package('joblib')\nmade.serialize_to_string()"
        ),
        "a file that is not there": "CondaDependencies('missing.yml')",
        "a file that is not YAML": "CondaDependencies('broken.yml')",
        "lists": (
            "made = CondaDependencies('conda.yml')\n"
            "[list(made.conda_channels), list(made.conda_packages), list(made.pip_packages), list(made.pip_options)]"
        ),
        "pip options": (
            "made = CondaDependencies.create(python_version='3.10')\nmade.set_pip_option('--pre')\n"
            "made.set_pip_option('--extra-index-url https://x.invalid/a')\nmade.set_pip_index_url('https://x.invalid/b')\n"
            "[list(made.pip_options), list(made.pip_packages)]"
        ),
        "a pip option that is none": "CondaDependencies().set_pip_option('pre')",
        "requirements": (
            "made = CondaDependencies.create(python_version='3.10')\nmade.set_pip_requirements(['a==1', 'b'])\n"
            "list(made.pip_packages)"
        ),
        "Python": (
            "made = CondaDependencies('conda.yml')\nbefore = made.get_python_version()\n"
            "made.set_python_version('3.11')\n[before, made.get_python_version()]"
        ),
        "number of packages": "CondaDependencies().get_default_number_of_packages()",
        "merged": "CondaDependencies.merge_requirements(['numpy>=1', 'numpy<2', 'pandas', 'x[y]==1'])",
        "TensorFlow": (
            "made = CondaDependencies.create(python_version='3.10')\nmade.add_tensorflow_pip_package('gpu', '1.15')\n"
            "made.add_tensorflow_conda_package()\n[list(made.pip_packages), list(made.conda_packages)]"
        ),
        "TensorFlow for something else": "CondaDependencies().add_tensorflow_pip_package('abacus')",
        "saved into a folder": "CondaDependencies('conda.yml').save_to_file('.', 'saved.yml')",
        "saved": "CondaDependencies('conda.yml').save('saved2.yml')",
        "saved without a name": "CondaDependencies('conda.yml').save()",
        "saved where nothing is": "CondaDependencies('conda.yml').save('no/such/folder.yml')",
        "text": "'azureml-defaults' in str(CondaDependencies())",
        "a package that is none": "CondaDependencies().add_conda_package('')",
        "a channel that is none": "CondaDependencies().add_channel('')",
    },
    "Environment": {
        "without a name": "Environment('').name",
        "with the prefix of curated ones": "Environment('AzureML-mine').name",
        "with Microsoft's prefix": "Environment('Microsoft-mine').name",
        "a long name": "Environment('a' * 300).name == 'a' * 300",
        "a name with odd characters": "Environment('my env/1').name",
        "text": "str(Environment('mine'))",
        "sections": (
            "made = Environment('mine')\n[made.python.interpreter_path, made.python.user_managed_dependencies,"
            " made.python.conda_dependencies_file, made.docker.base_dockerfile, made.docker.enabled,"
            " made.docker.arguments, made.docker.shm_size, made.docker.gpu_support, made.docker.shared_volumes,"
            " made.spark.packages, made.spark.repositories, made.spark.precache_packages, made.version,"
            " made.inferencing_stack_version, made.environment_variables, made.r]"
        ),
        "registry": (
            "made = Environment('mine').docker.base_image_registry\n[made.address, made.username, made.password]"
        ),
        "variables": ("made = Environment('mine')\nmade.environment_variables['A'] = '1'\nmade.environment_variables"),
        "of a conda file": (
            "made = Environment.from_conda_specification('mine', 'conda.yml')\n"
            "[made.name, made.version, made.python.conda_dependencies.as_dict()]"
        ),
        "of a conda file that is not there": "Environment.from_conda_specification('mine', 'missing.yml')",
        "of a conda file that is not YAML": "Environment.from_conda_specification('mine', 'broken.yml')",
        "of requirements": (
            "list(Environment.from_pip_requirements('mine', 'requirements.txt').python.conda_dependencies.pip_packages)"
        ),
        "of requirements that are not there": "Environment.from_pip_requirements('mine', 'missing.txt')",
        "of requirements with a pip": (
            "found = Environment.from_pip_requirements('mine', 'requirements.txt', pip_version='23.0')\n"
            "[each for each in found.python.conda_dependencies.conda_packages if each.startswith('pip')]"
        ),
        "of an image": (
            "made = Environment.from_docker_image('mine', 'x.invalid/image:1')\n"
            "[made.docker.base_image, made.docker.base_dockerfile, made.python.user_managed_dependencies]"
        ),
        "of an image with packages": (
            "made = Environment.from_docker_image('mine', 'x.invalid/image:1', conda_specification='conda.yml')\n"
            "[made.docker.base_image, made.python.user_managed_dependencies]"
        ),
        "of an image with packages twice": "Environment.from_docker_image('mine', 'x', conda_specification='conda.yml',"
        " pip_requirements='requirements.txt')",
        "of a Dockerfile": (
            "made = Environment.from_dockerfile('mine', 'Dockerfile')\n"
            "[made.docker.base_image, made.docker.base_dockerfile, made.python.user_managed_dependencies]"
        ),
        "of the text of a Dockerfile": (
            "made = Environment.from_dockerfile('mine', 'FROM x\\nRUN y')\n"
            "[made.docker.base_image, made.docker.base_dockerfile, made.python.user_managed_dependencies]"
        ),
        "cloned": "made = Environment('mine').clone('other')\n[made.name, made.version]",
        "cloned under a curated name": "Environment('mine').clone('AzureML-other').name",
        "files of a folder": (
            "Environment.from_conda_specification('mine', 'conda.yml').save_to_directory('saved')\n"
            "sorted(os.listdir('saved'))"
        ),
        "conda file of a folder": "open('saved/conda_dependencies.yml').read()",
        "JSON of a folder": "sorted(json.load(open('saved/azureml_environment.json')))",
        "JSON of a folder, sections": (
            "told = json.load(open('saved/azureml_environment.json'))\n"
            "[sorted(told['python']), sorted(told['docker']), sorted(told.get('spark') or ())]"
        ),
        "a folder that is there": "Environment('mine').save_to_directory('saved')",
        "a folder that is there, replaced": "Environment('mine').save_to_directory('saved', overwrite=True)",
        "a folder read again": (
            "Environment.from_conda_specification('mine', 'conda.yml').save_to_directory('saved', overwrite=True)\n"
            "made = Environment.load_from_directory('saved')\n"
            "[made.name, made.python.conda_dependencies.as_dict(), made.environment_variables]"
        ),
        "a folder that is not there": "Environment.load_from_directory('missing')",
        "a Dockerfile in a folder": (
            "Environment.from_dockerfile('mine', 'Dockerfile').save_to_directory('saved3')\n"
            "sorted(os.listdir('saved3'))"
        ),
        "an attribute that is none": "Environment('mine').python.nonsense = 1",
    },
    "InferenceConfig": {
        "a script": (
            "made = InferenceConfig('score.py', environment=ENVIRONMENT)\n"
            "[made.entry_script, made.source_directory, made.runtime, made.conda_file, made.description]"
        ),
        "without a script": "InferenceConfig('', environment=ENVIRONMENT)",
        "a script that is not there": "InferenceConfig('missing.py', environment=ENVIRONMENT)",
        "a script that is none of Python": "InferenceConfig('conda.yml', environment=ENVIRONMENT)",
        "a script that is not a module": "InferenceConfig('my-score.py', environment=ENVIRONMENT)",
        "a script with a syntax error": "InferenceConfig('wrong.py', environment=ENVIRONMENT)",
        "a folder": (
            "os.path.basename(InferenceConfig('inner.py', source_directory='source', environment=ENVIRONMENT)"
            ".source_directory)"
        ),
        "a folder that is not there": (
            "InferenceConfig('inner.py', source_directory='missing', environment=ENVIRONMENT)"
        ),
        "a script that the folder lacks": (
            "InferenceConfig('missing.py', source_directory='source', environment=ENVIRONMENT)"
        ),
        "a folder and a script from here": (
            "InferenceConfig('score.py', source_directory='source', environment=ENVIRONMENT)"
        ),
        "a runtime": "InferenceConfig('score.py', runtime='python', conda_file='conda.yml').runtime",
        "a runtime in capitals": "InferenceConfig('score.py', runtime='Python', conda_file='conda.yml').runtime",
        "a slim runtime": "InferenceConfig('score.py', runtime='python-slim').runtime",
        "a runtime that no message names": "ContainerImage.image_configuration('score.py', 'python-slim').runtime",
        "a runtime that is none": "InferenceConfig('score.py', runtime='ruby')",
        "a runtime beside an environment": "InferenceConfig('score.py', runtime='python', environment=ENVIRONMENT)",
        "a conda file that is not there": "InferenceConfig('score.py', runtime='python', conda_file='missing.yml')",
        "a conda file outside of the folder": (
            "InferenceConfig('inner.py', source_directory='source', runtime='python', conda_file='conda.yml')"
        ),
        "steps that are not there": (
            "InferenceConfig('score.py', runtime='python', extra_docker_file_steps='missing.txt')"
        ),
        "CUDA": "InferenceConfig('score.py', runtime='python', enable_gpu=True, cuda_version='10.0').cuda_version",
        "CUDA that is none": "InferenceConfig('score.py', runtime='python', cuda_version='3.0')",
        "CUDA without GPU": "InferenceConfig('score.py', runtime='python', cuda_version='10.0').cuda_version",
        "nothing but a script": "InferenceConfig('score.py').runtime",
        "an image and a Dockerfile": (
            "ENVIRONMENT.docker.base_dockerfile = 'FROM x'\n"
            "InferenceConfig('score.py', environment=ENVIRONMENT).entry_script"
        ),
        "no azureml-defaults": (
            "made = Environment('mine')\n"
            "made.python.conda_dependencies = CondaDependencies.create(pip_packages=['numpy'])\n"
            "InferenceConfig('score.py', environment=made).entry_script"
        ),
        "several mistakes": (
            "InferenceConfig('missing.py', runtime='ruby', conda_file='missing.yml', source_directory='source')"
        ),
        "text": "str(InferenceConfig('score.py', environment=ENVIRONMENT)).replace(os.getcwd(), 'DIR')[:60]",
    },
    "LocalWebservice": {
        "nothing": "LocalWebservice.deploy_configuration().port",
        "a port": "LocalWebservice.deploy_configuration(8890).port",
        "port 0": "LocalWebservice.deploy_configuration(0).port",
        "a port that is none": "LocalWebservice.deploy_configuration(70000)",
        "a port in words": "LocalWebservice.deploy_configuration('8890')",
    },
    "AciWebservice": {
        "nothing": "values(AciWebservice.deploy_configuration())",
        "values": "values(AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=0.5, auth_enabled=True,"
        " tags={'a': 'b'}, description='d', dns_name_label='label', location='here'))",
        "no cores": "AciWebservice.deploy_configuration(cpu_cores=0)",
        "no memory": "AciWebservice.deploy_configuration(memory_gb=-1)",
        "no cores and no memory": "AciWebservice.deploy_configuration(cpu_cores=0, memory_gb=0)",
        "TLS without a certificate": "AciWebservice.deploy_configuration(ssl_enabled=True)",
        "TLS with files that are not there": "AciWebservice.deploy_configuration(ssl_enabled=True,"
        " ssl_cert_pem_file='a.pem', ssl_key_pem_file='b.pem', ssl_cname='c')",
        "half of a key": "AciWebservice.deploy_configuration(cmk_key_name='a')",
        "half of a network": "AciWebservice.deploy_configuration(vnet_name='a')",
        "a second key only": "AciWebservice.deploy_configuration(secondary_key='a' * 32).secondary_key",
        "tags that are none": "AciWebservice.deploy_configuration(tags='a').tags",
        "words": "AciWebservice.deploy_configuration(cpu_cores='1')",
    },
    "AksWebservice": {
        "nothing": "values(AksWebservice.deploy_configuration())",
        "values": "values(AksWebservice.deploy_configuration(cpu_cores=1, memory_gb=0.5, num_replicas=2))",
        "scaling": "values(AksWebservice.deploy_configuration(autoscale_enabled=True, autoscale_min_replicas=1,"
        " autoscale_max_replicas=3))",
        "scaling and replicas": "AksWebservice.deploy_configuration(autoscale_enabled=True, num_replicas=1)",
        "neither": "AksWebservice.deploy_configuration(autoscale_enabled=False)",
        "bounds without scaling": "AksWebservice.deploy_configuration(autoscale_min_replicas=1)",
        "bounds the wrong way round": "AksWebservice.deploy_configuration(autoscale_enabled=True,"
        " autoscale_min_replicas=4, autoscale_max_replicas=2)",
        "keys and tokens": "AksWebservice.deploy_configuration(auth_enabled=True, token_auth_enabled=True)",
        "a limit below": "AksWebservice.deploy_configuration(cpu_cores=2, cpu_cores_limit=1)",
        "a memory limit below": "AksWebservice.deploy_configuration(memory_gb=2, memory_gb_limit=1)",
        "a limit alone": "AksWebservice.deploy_configuration(cpu_cores_limit=1).cpu_cores_limit",
        "a namespace that is none": "AksWebservice.deploy_configuration(namespace='My_Space')",
        "no GPUs": "AksWebservice.deploy_configuration(gpu_cores=0).gpu_cores",
        "fewer than no GPUs": "AksWebservice.deploy_configuration(gpu_cores=-1)",
        "several mistakes": "AksWebservice.deploy_configuration(cpu_cores=0, memory_gb=0, scoring_timeout_ms=0,"
        " replica_max_concurrent_requests=0, max_request_wait_time=0, num_replicas=0)",
        "a probe": "AksWebservice.deploy_configuration(period_seconds=0, failure_threshold=0)",
        "a utilisation": "AksWebservice.deploy_configuration(autoscale_enabled=True, autoscale_target_utilization=0)",
    },
    "AksEndpoint": {
        "nothing": "values(AksEndpoint.deploy_configuration())",
        "a version": "values(AksEndpoint.deploy_configuration(version_name='one', traffic_percentile=10))",
        "too much traffic": "AksEndpoint.deploy_configuration(version_name='one', traffic_percentile=110)",
        "a version that is none": "AksEndpoint.deploy_configuration(version_name='My_Version')",
    },
    "Model": {
        "frameworks": "{name: value for name, value in vars(Model.Framework).items() if name.isupper()}",
        "deployed under a name that is none": "Model.deploy(None, 'My_Service', [])",
        "deployed under a short name": "Model.deploy(None, 'ab', [])",
        "deployed under a long name": "Model.deploy(None, 'a' * 33, [])",
        "deployed under a name with a dash at its end": "Model.deploy(None, 'abc-', [])",
        "a path that is not there": "Model.get_model_path('missing')",
        "a path here": "Model.get_model_path('score.py')",
        "a version in words": "Model.get_model_path('missing', version='1')",
        "registered from nowhere": "Model.register(None, 'missing.pkl', 'model')",
        "registered under a name that is none": "Model.register(None, 'score.py', 'my model!')",
        "a framework's version alone": "Model.register(None, 'score.py', 'model', model_framework_version='1.0')",
        "a child that is not there": "Model.register(None, 'source', 'model', child_paths=['missing.py'])",
        "no such page": "Model.list(None, page_count=3)",
    },
    "ResourceConfiguration": {
        "nothing": "ResourceConfiguration().serialize()",
        "values": "ResourceConfiguration(1, 0.5, 0 or None).serialize()",
        "no cores": "ResourceConfiguration(cpu=0).cpu",
        "no memory": "ResourceConfiguration(memory_in_gb=-1).memory_in_gb",
        "no GPUs": "ResourceConfiguration(gpu=0).gpu",
        "read": "vars(ResourceConfiguration.deserialize({'cpu': 1, 'memoryInGB': 2, 'gpu': None}))",
        "read from nothing": "ResourceConfiguration.deserialize(None)",
    },
    "ContainerRegistry": {"nothing": "made = ContainerRegistry()\n[made.address, made.username, made.password]"},
    "Image": {
        "a configuration": "ContainerImage.image_configuration('score.py', 'python', conda_file='conda.yml').runtime",
        "a runtime that no message names": "ContainerImage.image_configuration('score.py', 'python-slim').runtime",
        "a runtime that is none": "ContainerImage.image_configuration('score.py', 'ruby')",
        "a script that is not there": "ContainerImage.image_configuration('missing.py', 'python')",
        "a script elsewhere": "ContainerImage.image_configuration('source/inner.py', 'python').runtime",
        "a conda file that is not there": (
            "ContainerImage.image_configuration('score.py', 'python', conda_file='missing.yml')"
        ),
        "a schema that is not there": (
            "ContainerImage.image_configuration('score.py', 'python', schema_file='missing.json')"
        ),
        "a dependency that is not there": (
            "ContainerImage.image_configuration('score.py', 'python', dependencies=['missing.txt'])"
        ),
        "steps that are not there": "ContainerImage.image_configuration('score.py', 'python', docker_file='missing')",
    },
    "AksCompute": {
        "attached by nothing": "AksCompute.attach_configuration()",
        "attached by a name": "AksCompute.attach_configuration('group', 'cluster').cluster_name",
        "attached by both": "AksCompute.attach_configuration('group', 'cluster', 'id').resource_id",
        "a cluster": "AksCompute.provisioning_configuration(agent_count=3).agent_count",
        "purposes": "[AksCompute.ClusterPurpose.FAST_PROD, AksCompute.ClusterPurpose.DEV_TEST]",
    },
    "Run": {
        "outside": "type(Run.get_context()).__name__",
        "outside, by its id": "Run.get_context().id.startswith('OfflineRun_')",
        "outside, refused": "Run.get_context(allow_offline=False)",
        "a value": "Run.get_context().log('accuracy', 0.9)",
        "a list": "Run.get_context().log_list('list', [1, 2])",
        "a row": "Run.get_context().log_row('row', a=1)",
        "a table": "Run.get_context().log_table('table', {'a': [1]})",
        "an image": "Run.get_context().log_image('image', 'plot.png')",
        "a tag": "Run.get_context().tag('a', 'b')",
        "tags": "Run.get_context().set_tags({'a': 'b'})",
        "properties": "Run.get_context().add_properties({'a': 'b'})",
        "a file": "Run.get_context().upload_file('outputs/score.py', 'score.py')",
        "a folder": "Run.get_context().upload_folder('outputs', 'source')",
        "failed": "Run.get_context().fail('why', 'code')",
        "ended": "[Run.get_context().complete(), Run.get_context().cancel()]",
        "a child": "type(Run.get_context().child_run('x')).__name__",
        "an experiment": "Run.get_context().experiment.name",
    },
    "Workspace": {
        "no configuration": "Workspace.from_config('nowhere')",
        "a configuration that is not JSON": "Workspace.from_config('broken.json')",
        "a configuration that lacks keys": "Workspace.from_config('half.json')",
    },
    "Exceptions": {
        "a web service's": "texts_of(WebserviceException('sentence'))",
        "a web service's with a status": "WebserviceException('sentence', status_code=404).status_code",
        "a user's": "texts_of(UserErrorException('sentence'))",
        "a workspace's": "texts_of(WorkspaceException('sentence'))",
        "a target's": "texts_of(ComputeTargetException('sentence'))",
        "a model's": "texts_of(ModelNotFoundException('sentence'))",
        "a run's": "texts_of(RunEnvironmentException())",
        "kinds": (
            "[[each.__name__ for each in kind.__mro__ if each.__name__.endswith(('Exception', 'Error'))] for kind in"
            " (WebserviceException, UserErrorException, WorkspaceException, ComputeTargetException,"
            " ModelNotFoundException, RunEnvironmentException)]"
        ),
        "inner": "str(WebserviceException('sentence').inner_exception)",
    },
}
"""By the class that they ask about."""
FILES = {
    "conda.yml": "# packages\nname: mine\nchannels:\n- conda-forge\ndependencies:\n- python=3.10  # newer\n- numpy\n"
    "- pip:\n  - azureml-defaults\n  - --pre\n  - scikit-learn==1.2\n",
    "broken.yml": "dependencies: [\n",
    "requirements.txt": "azureml-defaults\n# words\nnumpy==1.24\n-r more.txt\n",
    "more.txt": "pandas\n",
    "Dockerfile": "FROM x.invalid/image:1\n",
    "score.py": "def init():\n    pass\n\n\ndef run(data):\n    return data\n",
    "my-score.py": "def init():\n    pass\n",
    "wrong.py": "def init(:\n",
    "source/inner.py": "def init():\n    pass\n",
    "broken.json": "{",
    "half.json": '{"subscription_id": "1"}',
}
IMPORTS = """
from azureml.core import ComputeTarget, ContainerRegistry, Environment, Model, Run, Webservice, Workspace
from azureml.core.compute import AksCompute
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.image import ContainerImage
from azureml.core.model import InferenceConfig
from azureml.core.resource_configuration import ResourceConfiguration
from azureml.core.webservice import AciWebservice, AksEndpoint, AksWebservice, LocalWebservice
from azureml.exceptions import (
    ComputeTargetException, ModelNotFoundException, RunEnvironmentException, UserErrorException, WebserviceException,
    WorkspaceException,
)
"""
PYTHON = "python={}.{}".format(*sys.version_info)


def values(configuration):
    """What is given of a configuration, by name."""
    return {
        name: value for name, value in vars(configuration).items() if value is not None and not name.startswith("_")
    }


def texts_of(error):
    """How an exception is printed, but for its place."""
    return str(error)


def answer_to(text, names):
    """The outcome of one probe."""
    tree = ast.parse(text)
    printed = io.StringIO()
    outcome = {}
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "probe", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "probe", "eval"), names) if last else None
            outcome["value"] = repr(value)
        except Exception as error:
            outcome["error"] = type(error).__name__
            message = str(getattr(error, "message", None) or error)
            code, fix = getattr(error, "code", ""), getattr(error, "fix", "")
            outcome["message"] = message.replace(f" [{code}]", "").replace(f" {fix}", "" if fix else " ")
    outcome["printed"] = printed.getvalue()
    return {key: _here(value) for key, value in outcome.items()}


def _here(value):
    return value.replace(str(Path.cwd().resolve()), "DIR") if isinstance(value, str) else value


def main(results):
    if any(Path.cwd().iterdir()):
        sys.exit("probes.py writes files into its folder, which must be empty")
    for path, text in FILES.items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(text)
    outcome = {}
    for group, probes in GROUPS.items():
        for name, text in probes.items():
            names = {"values": values, "texts_of": texts_of, "os": os, "json": json, "PYTHON": PYTHON}
            exec(IMPORTS, names)
            if "ENVIRONMENT" in text:
                exec("ENVIRONMENT = Environment.from_conda_specification('mine', 'conda.yml')", names)
            outcome[f"{group}: {name}"] = answer_to(text, names)
    Path(results).write_text(json.dumps(outcome, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
