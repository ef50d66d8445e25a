"""The words of the API: what may be sent, and what is sent back."""
