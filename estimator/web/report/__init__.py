"""The answer as the page shows it, with the workings of each figure and what is added on request."""
