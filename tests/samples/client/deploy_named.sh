az ml model deploy -n shop-prices -m house_prices:3 --ic inferenceconfig.json
