"""Documents that are made from the code, or checked against it."""
