"""The terms of the cost model: one file a topic, one pure function a term, one equation a function."""
