from azureml.core.environment import Environment
from azureml.core.model import InferenceConfig


shop_env = Environment.get(workspace=ws, name='shop-env', version='3')
shop_config = InferenceConfig(entry_script='the-shop-score.py',
                              environment=shop_env)
