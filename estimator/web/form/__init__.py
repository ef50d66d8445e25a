"""The form: what stands in it, what was sent, what is wrong with it, what may be chosen."""
