"""Estimate whether a task is better solved by fine-tuning a language model or by engineering its prompt."""

from importlib.metadata import version

__version__ = version("tune-or-prompt")
