"""Parts of the benchmark of sizes, scale.py. Each gives rows: a size, and figures of it by name."""
