"""The engine over HTTP: a door, its schemas, the endpoints and the form."""
