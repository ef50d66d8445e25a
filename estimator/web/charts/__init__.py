"""The charts of an answer: Vega-Lite specifications as plain data."""
