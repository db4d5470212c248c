az ml model download --model-id house_prices:3 --target-dir shop_files
