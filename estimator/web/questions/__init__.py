"""Questions as they are asked by the API and by the command line, and their rows."""
