"""What people call an input: the same words in the form, in the charts and in the warnings."""

import re
from typing import Any

from estimator.scenario.pointer import tokens_of

LABELS = {
    "name": "What it is",
    "horizon_months": "Compare over",
    "requests_per_month": "Requests a month",
    "monthly_growth": "Growth",
    "input_tokens": "Length of a request",
    "output_tokens": "Length of an answer",
    "seconds_per_label": "Time to label one example",
    "test_examples": "Examples to test with",
    "prompt_tokens": "Length of the prompt",
    "effort_hours": "Hours to write the prompt",
    "train_examples": "Examples to train on",
    "existing_examples": "Examples already labelled",
    "validation_examples": "Examples to validate with",
    "existing_test_examples": "Test examples already labelled",
    "escalated_share": "Share passed on",
    "fallback": "Passed on to",
    "usd_per_request": "Cost of a request",
    "upfront_usd": "Up-front cost",
    "monthly_fixed_usd": "Fixed fees",
    "lead_time_months": "Ready after",
    "cost_unserved_usd_per_request": "Cost of a request not served",
    "delay_cost_usd_per_month": "Cost of delay",
    "requirement_changes_per_month": "Changes of requirements a month",
    "requirement_change": "One change of requirements",
    "every_months": "Interval",
    "migration_hours": "Hours of moving",
    "upkeep_hours_per_month": "Upkeep",
    "engineering_hours": "Hours of engineering",
    "deployment_hours": "Hours of deployment",
    "deployment_usd": "Fees for deployment",
    "curation_hours": "Hours of curation",
    "curation_usd_per_example": "Fees for the curation of an example",
    "hours_per_iteration": "Hours of one trial of the prompt",
    "usd_per_gpu_hour": "Price of a GPU-hour",
    "min_replicas": "Replicas at least",
    "max_utilisation": "Utilisation at most",
    "peak_to_average": "Peak traffic over the average",
    "adapters_sharing": "Tuned models that share a GPU",
    "tasks": "Number of tasks",
    "annual_price_decline_share": "Decline of prices a year",
    "quality_drift_per_month": "Loss of quality",
    "rates": "Wages",
    "month": "In month",
    "usd": "Sum",
    "what": "What for",
    "price_overrides": "Own prices and discounts",
    "annual_discount_rate": "Discount rate",
    "target_success_rate": "Success rate to reach",
    "cost_of_failure_usd": "Cost of a failure",
    "price_book": "Prices of",
    "max_requests_per_month": "Most requests a month",
    "included_requests_per_month": "Requests a month included",
    "calls_per_request": "Calls for each request",
    "attempts_per_request": "Attempts at each request",
    "batch_share": "Share sent in batches",
    "tool_usd_per_example": "Fee of the labelling tool",
    "model_usd_per_example": "Label of a model",
    "judge_usd_per_example": "Verdict of a judge model",
    "judge_usd_per_request": "Judge or router",
    "human_share": "Share scored by hand",
    "human_seconds_per_example": "Time of an expert to score one",
    "prompt_model_usd_per_call": "Prompt-writing model",
    "grader_usd_per_run": "Graders",
    "monthly_subscription_usd": "Subscription",
    "platform_monthly_usd": "Fee of the serving platform",
    "most_upfront_usd": "Most paid up front",
    "most_total_usd": "Most paid in all",
    "latest_start_months": "Must serve after at most",
    "vendor_markup_share": "Mark-up of the vendor",
    "seasonality_offset_months": "Factor of the first month",
    "min_cacheable_tokens": "Shortest prefix that is cached",
    "padded_to_tokens": "Rows padded to",
    "sequence_tokens": "Length of a training sequence",
    "guideline_hours": "Hours for the guidelines",
    "life_months": "Life",
    "usd_per_unit": "Price of a unit",
    "usd_per_unit_hour": "Price of a unit-hour",
    "usd_per_training_hour": "Price of a training hour",
    "usd_per_kwh": "Price of electricity",
    "usd_per_gpu": "Price of a GPU",
    "hours_per_week": "Time of an annotator",
    "hours_per_run": "Length of a run",
    "hours": "Work",
    "optimizer": "Optimiser of the weights",
    "optimiser": "Optimiser of the prompt",
    "params_b": "Parameters",
    "active_params_b": "Active parameters",
    "n_layers": "Layers",
    "n_heads": "Attention heads",
    "n_kv_heads": "Key-value heads",
    "head_dim": "Size of a head",
    "ffn_size": "Size of the feed-forward layer",
    "vocab_size": "Size of the vocabulary",
    "n_experts": "Experts",
    "power_kw": "Power",
    "tau_hours": "Time constant",
    "known_by": "Known by",
    "mfu": "Model FLOP utilisation",
    "pue": "PUE",
    "gpu_hours_quantile": "Luck with the training time",
    "speed_quantile": "Luck with the serving speed",
    "memory_quantile": "Luck with the training memory",
    "fit_quantile": "Luck with the quality curve",
    "quantile": "Luck with the bill",
}
HELP = {
    "price_book": "Which prices: empty = the newest, a day such as 2026-11-20, or a version.",
    "price": "Name of the price, such as input_token.",
    "prompt_caching": "How much of the prompt is read from a cache: none, auto, a share such as 60%, or 5 minutes.",
}
"""What a field says of itself where its meaning is written for programs."""
SECTIONS = {
    "workload": "The task",
    "labelling": "The data",
    "": "Money, time and rules",
    "rates": "Wages",
    "evaluation": "Scoring",
}
"""What the parts of a scenario beside its approaches are called."""
IN_FULL = {
    "mtok": "million tokens",
    "usd": "USD",
    "gpu": "GPU",
    "gpus": "GPUs",
    "cpu": "CPU",
    "ml": "ML",
    "lora": "LoRA",
    "gib": "GiB",
    "kwh": "kWh",
}
UNITS = {
    "1": "",
    "h": "hours",
    "s": "seconds",
    "token/request": "tokens",
    "month": "months",
    "example": "examples",
    "requests/month": "",
    "1/month": "a month",
    "1/year": "a year",
    "1/run": "a run",
    "draw": "draws",
    "USD/Mtoken": "USD a million tokens",
    "USD/h": "USD an hour",
    "h/month": "hours a month",
    "h/week": "hours a week",
    "h/run": "hours a run",
    "call/request": "",
    "attempt/request": "",
    "label/example": "",
    "unit/example": "",
    "token/example": "tokens",
    "token/shot": "tokens",
    "token/s": "tokens a second",
    "requests/h": "requests an hour",
    "token": "tokens",
    "replica": "replicas",
    "endpoint": "endpoints",
    "adapter": "",
    "person": "",
    "run": "runs",
    "shot": "shots",
    "bit": "bits",
    "GPU": "GPUs",
    "1e9": "billion",
}
"""Units in words, where they are not the same as in the model."""
NAMED_WITH = frozenset(
    {"refresh", "requirement_change", "model_life", "owned", "training", "serving", "evaluation", "prices", "rates"}
)
"""Objects whose fields say little without them."""
UNIT_AT_THE_END = re.compile(
    r" (?:(?:USD|hours|tokens) per \w+(?: tokens)?|per month|months|hours|tokens|seconds|minutes)$"
)
CORNER_WORDS = {"low": "low", "mode": "likely", "high": "high", "mean": "mean", "sd": "spread"}
"""Numbers of a range."""
FIELD_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def label_of(name: str) -> str:
    """Name one input as people do.

    Examples
    --------
    >>> label_of("requests_per_month"), label_of("ml_engineer_usd_per_hour"), label_of("deployment_usd")
    ('Requests a month', 'ML engineer USD per hour', 'Fees for deployment')
    """
    if name in LABELS:
        return LABELS[name]
    words = " ".join(IN_FULL.get(word, word) for word in name.removesuffix("_usd").split("_"))
    return words[:1].upper() + words[1:]


def short_label_of(name: str) -> str:
    """Name one input where its unit stands beside it.

    Examples
    --------
    >>> short_label_of("ml_engineer_usd_per_hour"), short_label_of("audit_seconds"), short_label_of("epochs")
    ('ML engineer', 'Audit', 'Epochs')
    """
    return LABELS.get(name) or UNIT_AT_THE_END.sub("", label_of(name))


def help_of(name: str, meaning: str) -> str:
    """Say what a field holds, in the words of the form.

    Examples
    --------
    >>> help_of("quality", "How it grows; enters where success_rate is null.")
    'How it grows; enters where “Success rate” is empty.'
    """
    return HELP.get(name) or without_field_names(re.sub(r"\bnull\b", "empty", meaning))


def unit_of(unit: str) -> str:
    """Write a unit as people do.

    Examples
    --------
    >>> unit_of("USD/Mtoken"), unit_of("USD/example"), unit_of("1")
    ('USD a million tokens', 'USD an example', '')
    """
    if unit in UNITS:
        return UNITS[unit]
    first, slash, each = unit.partition("/")
    return f"{first} {'an' if each[:1] in 'aeio' else 'a'} {each}" if slash else unit


def unit_without(label: str, unit: str) -> str:
    """Leave out of a unit what the label before it says already.

    Examples
    --------
    >>> unit_without("Hours to write the prompt", "hours"), unit_without("GPUs", "GPUs"), unit_without("Power", "kW")
    ('', '', 'kW')
    >>> unit_without("Price of a GPU", "USD a GPU"), unit_without("Requests per hour per unit", "requests an hour")
    ('USD', '')
    """
    first, _, rest = unit.partition(" ")
    said = {word.removesuffix("s") for word in label.lower().split()}
    if first.lower().removesuffix("s") in said:
        return ""
    return first if rest and f" {rest} " in f" {label} " else unit


def unit_beside(value: Any, unit: str) -> str:
    """Write a unit as it stands behind a value: in the singular behind one.

    Examples
    --------
    >>> unit_beside(6, "run"), unit_beside(1.0, "run"), unit_beside(2, "person"), unit_beside(1, "h/month")
    ('runs', 'run', '', 'hour a month')
    >>> unit_beside(1, "GPU"), unit_beside(1, "USD/h")
    ('GPU', 'USD an hour')
    """
    words = unit_of(unit)
    return re.sub(r"^([A-Za-z]+)s\b", r"\1", words) if value == 1 else words


def in_words(pointer: str) -> str:
    """Name an input as people do, with the object and the approach it belongs to.

    Examples
    --------
    >>> in_words("/workload/requests_per_month"), in_words("/approaches/tuned/serving/prices/output_usd_per_mtok")
    ('Requests a month', 'Prices: output USD per million tokens (tuned)')
    >>> in_words("/approaches/tuned/refresh/every_months"), in_words("/rates/ml_engineer_usd_per_hour")
    ('Refresh: interval (tuned)', 'Wages: ML engineer')
    >>> in_words("/approaches/tuned/training/lora_rank")
    'Training: LoRA rank (tuned)'
    >>> in_words("/workload/monthly_growth/mode"), in_words("/labelling/mode"), in_words("/workload")
    ('Growth: likely', 'Mode', 'The task')
    >>> in_words("/price_overrides/acme~1small/input_token")
    'Listed price: input token (acme/small)'
    """
    *parents, name = tokens_of(pointer) if pointer.startswith("/") else [pointer]
    if _is_corner(parents, name):
        whole, brace, approach = in_words(pointer.rpartition("/")[0]).partition(" (")
        return f"{whole}: {CORNER_WORDS[name]}{brace}{approach}"
    if not parents and name in SECTIONS:
        return SECTIONS[name]
    if parents == ["approaches"]:
        return name
    if parents[:1] == ["price_overrides"] and not parents[-1].isdigit():
        return f"Listed price: {name.replace('_', ' ')} ({parents[-1]})"
    words = short_label_of(name) if parents[-1:] == ["rates"] else label_of(name)
    if parents and parents[-1] in NAMED_WITH:
        small = (
            words if any(letter.isupper() for letter in words.partition(" ")[0][1:]) else words[:1].lower() + words[1:]
        )
        words = f"{label_of(parents[-1])}: {small}"
    return f"{words} ({parents[1]})" if parents[:1] == ["approaches"] and len(parents) > 1 else words


def _is_corner(parents: list[str], name: str) -> bool:
    """Tell whether a pointer leads into a range; how labels are made and how two are combined is a mode, too."""
    mode = parents == ["labelling"] or (parents[:1] == ["approaches"] and len(parents) == 2)
    return bool(parents) and name in CORNER_WORDS and not (name == "mode" and mode)


def without_field_names(text: str) -> str:
    """Write the names of fields in a sentence as the form calls them.

    Examples
    --------
    >>> without_field_names("Set target_success_rate or cost_of_failure_usd to weigh them.")
    'Set “Success rate to reach” or “Cost of a failure” to weigh them.'
    """
    return FIELD_NAME.sub(lambda found: f"“{label_of(found[0])}”", text)
