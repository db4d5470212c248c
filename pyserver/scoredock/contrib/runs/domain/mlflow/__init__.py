"""MLflow's runs: read from a `mlruns` folder, a SQLite file or a tracking server, without MLflow and without writing
there."""
