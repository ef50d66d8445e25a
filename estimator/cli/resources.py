"""Say what a model needs: estimator resources --base-model M --gpu G."""

from typing import Any

import click
import orjson

from estimator.cli.tables import table
from estimator.web.questions.resources import ResourcesQuestion, ServingQuestion, TrainingQuestion, answer_resources


@click.command()
@click.option("--base-model", required=True, help="Base model whose shape is known here.")
@click.option("--gpu", required=True, help="GPU whose speed and memory are known here.")
@click.option("--gpus", type=click.IntRange(1), help="GPUs of the job; left out = the smallest number that fits.")
@click.option("--method", default="lora", show_default=True, help="full, lora or qlora.")
@click.option("--sharding", default="none", show_default=True, help="none, ddp, zero2, zero3 or fsdp.")
@click.option("--training-tokens", type=float, help="Tokens of the whole job.")
@click.option("--sequence-tokens", type=click.IntRange(1), default=2048, show_default=True, help="Training sequence.")
@click.option("--tensor-parallel", type=click.IntRange(1), default=1, show_default=True, help="GPUs of a replica.")
@click.option("--input-tokens", type=float, default=1024.0, show_default=True, help="Input of a request.")
@click.option("--output-tokens", type=float, default=256.0, show_default=True, help="Output of a request.")
@click.option("--part", type=click.Choice(["training", "serving", "both"]), default="both", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The answer of the API, as JSON.")
def command(*, part: str, as_json: bool, **given: Any) -> None:
    """Say what a model needs in memory, GPUs and hours, and how fast it serves."""
    shared = {name: given[name] for name in ("base_model", "gpu")}
    training = {name: given[name] for name in ("gpus", "method", "sharding", "training_tokens", "sequence_tokens")}
    serving = {name: given[name] for name in ("tensor_parallel", "input_tokens", "output_tokens")}
    question = ResourcesQuestion(
        training=TrainingQuestion(**shared, **training) if part != "serving" else None,
        serving=ServingQuestion(**shared, **serving) if part != "training" else None,
    )
    found = answer_resources(question)
    if as_json:
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    for name in ("training", "serving"):
        if found[name]:
            click.echo(table([name, "p10", "p50", "p90"], _rows(found[name])) + "\n")
    for each in found["warnings"]:
        click.echo(f"warning: {each['message']}")


def _rows(found: dict[str, Any], before: str = "") -> list[list[str]]:
    rows: list[list[str]] = []
    for name, value in found.items():
        words = f"{before}{name.replace('_', ' ')}"
        if isinstance(value, dict) and "p50" in value:
            rows.append([words, *(_number(value[quantile]) for quantile in ("p10", "p50", "p90"))])
        elif isinstance(value, dict):
            rows += _rows(value, f"{words}: ")
        elif not isinstance(value, list):
            rows.append([words, "", _number(value), ""])
    return rows


def _number(value: Any) -> str:
    return "n/a" if value is None else f"{value:,.4g}" if isinstance(value, float) else str(value)
