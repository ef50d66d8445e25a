"""The same engine from a terminal.

Exit codes: 0 = fine, 1 = a verification failed, 2 = the question cannot be answered as asked, 3 = answered, but some
rows carry an error.
"""

from importlib import import_module
from typing import Any

import click

from estimator.errors import EstimatorError

COMMANDS = {
    "estimate": "Estimate every approach of a scenario.",
    "break-even": "Find break-evens over one input or two.",
    "compare": "Put two scenarios or two price books side by side.",
    "fields": "List every input of a scenario.",
    "keys": "Make and list API keys of the service.",
    "options": "Search what the price book offers, ranked by cost.",
    "portfolio": "Answer every row of a table.",
    "prices": "Look into the price book.",
    "resources": "Say what a model needs in memory, GPUs and hours.",
    "sensitivity": "Find which input moves the answer most.",
    "serve": "Serve the form and the API.",
    "settings": "Print every setting of the service.",
    "sweep": "Compute a grid over one to four inputs.",
    "verify": "Compute published and hand-worked cases and compare.",
}
"""The commands and what they do; each lives in the module of its name, loaded when it is called."""


class LazyGroup(click.Group):
    """Loads a command when it is called, so that --help stays fast."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Name the commands."""
        return sorted(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Load one command."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"estimator.cli.{name.replace('-', '_')}").command
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Name the nearest command when one is misspelt."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from estimator.errors import UnknownNameError

            raise UnknownNameError("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a refusal of the engine is told in its own words, with exit code 2."""
        try:
            return super().invoke(ctx)
        except EstimatorError as refusal:
            for line in refusal_lines(refusal):
                click.echo(line, err=True)
            ctx.exit(2)


def refusal_lines(refusal: EstimatorError) -> list[str]:
    """Write a refusal as the API does: everything that is wrong, each with its pointer."""
    objections = getattr(refusal, "objections", None) or [(refusal.pointer, refusal.message)]
    return [f"error: {pointer}: {detail}" if pointer else f"error: {detail}" for pointer, detail, *_ in objections]


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tune-or-prompt")
def main() -> None:
    """Estimate whether to fine-tune a language model or to engineer its prompt."""
