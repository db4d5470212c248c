from azureml.core.model import InferenceConfig
from azureml.core.environment import Environment
from azureml.core.conda_dependencies import CondaDependencies

# What it runs in
mood_env = Environment(name="mood-env")
needs = CondaDependencies()

# Libraries of the model
needs.add_conda_package("pytorch")
needs.add_conda_package("numpy")
# The server itself
needs.add_pip_package("azureml-defaults")
needs.add_pip_package("nltk")

# Into the environment
mood_env.python.conda_dependencies=needs

mood_config = InferenceConfig(entry_script="mood_score.py",
                              environment=mood_env)
