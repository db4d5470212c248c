az ml model register -n house_prices  --asset-path outputs/house_prices.pkl  --experiment-name shop --run-id shop_7 --tag region=north
