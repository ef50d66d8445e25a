"""A second, slow, exact implementation of the model, written from its description and not from the engine."""
