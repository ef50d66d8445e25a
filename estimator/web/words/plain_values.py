"""Values of a scenario or of a formula, written for people."""

from collections.abc import Sequence
from math import floor, log10
from typing import Any

from estimator.web.words.wording import KIND_NAMES

IN_FULL = {
    "adamw": "AdamW",
    "8bit": "in 8 bits",
    "adafactor": "Adafactor",
    "sgd": "SGD",
    "lora": "LoRA",
    "qlora": "QLoRA",
    "ddp": "DDP",
    "zero2": "ZeRO-2",
    "zero3": "ZeRO-3",
    "fsdp": "FSDP",
    "vllm": "vLLM",
    "tensorrt-llm": "TensorRT-LLM",
    "sglang": "SGLang",
    "lmdeploy": "LMDeploy",
    "tgi": "TGI",
    "mipro": "MIPRO",
    "gepa": "GEPA",
    "upfront": "up front",
}


def choice_words(choice: str) -> str:
    """Write one of a few words that an input takes as people do.

    Examples
    --------
    >>> choice_words("paged_adamw_8bit"), choice_words("on_demand"), choice_words("all-linear")
    ('paged AdamW in 8 bits', 'on demand', 'all-linear')
    """
    return " ".join(IN_FULL.get(word, word) for word in choice.split("_"))


def plain_value(value: Any) -> str:
    """Write what stood in a formula; a series as its first and last number, an approach as its kind.

    Examples
    --------
    >>> plain_value({"kind": "prompt_engineering", "prompt_tokens": 900}), plain_value(None)
    ('Engineered prompt', 'none')
    >>> plain_value({"every_months": 6, "hours": 12, "label_share": None})
    'every months 6, hours 12'
    """
    if isinstance(value, dict):
        parts = (f"{name.replace('_', ' ')} {plain_value(each)}" for name, each in value.items() if each is not None)
        return KIND_NAMES.get(value.get("kind", "")) or ", ".join(parts)
    if isinstance(value, list):
        numbers = [each for each in value if isinstance(each, int | float)]
        return f"{amount(numbers[0])} … {amount(numbers[-1])}" if numbers else "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return amount(value) if isinstance(value, int | float) else str(value) or "none"


def share(value: float | None) -> str:
    """Write a part of a whole.

    Examples
    --------
    >>> share(0.923), share(0.00004), share(0.0), share(None)
    ('92.3%', 'under 0.1%', '0%', 'n/a')
    """
    if value is None:
        return "n/a"
    return "under 0.1%" if 0.0 < value < 0.001 else f"{100 * value:.3g}%"


def alike(values: Sequence[float | None]) -> list[str]:
    """Write the numbers of a column with as many decimals as the smallest needs.

    Examples
    --------
    >>> alike([9.7012, 10.456, None]), alike([144.2, 0.0]), alike([0.004, 0.0046])
    (['9.70', '10.46', 'n/a'], ['144', '0'], ['0.0040', '0.0046'])
    """
    least = min((abs(value) for value in values if value), default=1.0)
    decimals = 0 if least >= 99.5 else max(2, 1 - floor(log10(least)))
    return ["n/a" if value is None else f"{value:,.{decimals}f}" for value in values]


def amount(value: float) -> str:
    """Write a number with as many digits as help.

    Examples
    --------
    >>> amount(242761183.7), amount(41.6), amount(0.000704), amount(12.0)
    ('242,761,184', '41.6', '0.000704', '12')
    """
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"
