from azureml.core.environment import Environment
from azureml.core.model import InferenceConfig


env = Environment.get(workspace, "AzureML-Tutorial").clone(own_name)

for package in ["joblib", "numpy"]:
    env.python.conda_dependencies.add_pip_package(package)

shop_config = InferenceConfig(entry_script='the-shop-score.py',
                              environment=env)
