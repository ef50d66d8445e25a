"""How gunicorn serves the application: its worker, what it refuses by itself, the probe of a container."""
