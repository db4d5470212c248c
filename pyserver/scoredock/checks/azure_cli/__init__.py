"""`az ml` command lines in shell scripts and pipelines."""
