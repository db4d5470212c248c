az ml model profile -g <your-group> -w <your-workspace> --inference-config-file <your-config.json> -m <your-model> --idi <your-dataset> -n <any-name>
