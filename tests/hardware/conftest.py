"""What pytest leaves alone: the measuring programs import torch, which the project does not depend on."""

collect_ignore = [f"measuring/{name}.py" for name in ("serving", "surroundings", "tracing", "training")]
