"""What a GPU can do: what fits in its memory, how fast it trains and serves, with measured errors."""
