"""Images in layers: base, environment, runtime, models, code; built, packaged, exported, listed and removed."""
