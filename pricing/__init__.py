"""The tables of prices and facts, as data: every number with its date and its source."""
