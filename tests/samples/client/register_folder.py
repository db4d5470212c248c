from azureml.core.model import Model
# child_paths= would take only some of the files
model = Model.register(model_path = "./mood_files",
                       model_name = "moods",
                       description = "Tells moods, trained at home",
                       workspace = ws)
