from azureml.core.environment import Environment
shop_env = Environment.from_conda_specification(name = 'shop-env',
                                                file_path = 'shop-env.yml'
shop_env.register(workspace=ws)
