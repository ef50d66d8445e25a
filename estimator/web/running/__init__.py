"""What runs with the application: long computations, log lines, metrics and probes."""
