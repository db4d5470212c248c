from azureml.core.webservice import Webservice
from azureml.core.image import Image

shop_name = 'shop-prices-1'
# It is there already
service = Webservice(name = shop_name, workspace = ws)

# The second try
newer = Image(workspace = ws, id="shop-image:2")

# Take that one
service.update(image = newer)
print(service.state)
