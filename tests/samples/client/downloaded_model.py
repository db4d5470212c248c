import os
import urllib.request
from azureml.core.model import Model
# Fetch the archive
archive_url = "https://models.shop.example/onnx/digits.tar.gz"
urllib.request.urlretrieve(archive_url, filename="digits.tar.gz")
os.system('tar xzf digits.tar.gz')
# Put it into the registry
model = Model.register(workspace = ws,
                        model_path ="digits/net.onnx",
                        model_name = "digits_net",
                        tags = {"kind": "onnx"},
                        description = "Reads digits in small pictures",)
