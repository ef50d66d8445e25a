"""Values, inputs and sentences as people read and write them."""
