"""Read what other people publish into our own rows: one file an upstream source."""
