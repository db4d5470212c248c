from azureml.core.model import Model

model = Model.register(model_path = "outputs/house_prices.pkl",
                       model_name = "house_prices",
                       tags = {"share": "0.2"},
                       description = "first try",
                       workspace = ws)
