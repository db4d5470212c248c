from azureml.core.model import InferenceConfig, Model
from azureml.core.dataset import Dataset


model = Model(ws, id=shop_model_id)
shop_config = InferenceConfig(entry_script='the-shop-score.py',
                              environment=shop_env)
rows = Dataset.get_by_name(workspace=ws, name='profiling_rows')
result = Model.profile(ws,
            'shop_profile',
            [model],
            shop_config,
            input_dataset=rows)

result.wait_for_completion(True)

# what it needs
details = result.get_details()
