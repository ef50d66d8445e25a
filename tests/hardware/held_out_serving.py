"""Predict what `tests.hardware.measuring.serving` measures: a copy, a matrix product, a prefill, a decode step."""

import numpy as np
import pandas as pd

from estimator.hardware.constants import constants
from estimator.hardware.intervals import serving_speed_sigma
from estimator.hardware.serving_speed import decode_step, prefill_seconds
from estimator.hardware.setup import ServingSetup
from estimator.hardware.spread import Spread
from tests.hardware.problems import shapes_of, sheets_of, words

GIGA, TERA = 1e9, 1e12
CAPTURED = ServingSetup(engine="tensorrt-llm")
"""The class of engines whose step is captured whole, with one GPU and 16-bit weights."""


def milliseconds(rows: pd.DataFrame) -> Spread:
    """Predict how long each row takes; what has no width of its own takes that of prefill.

    Examples
    --------
    A copy of 8 GB to and fro on an H100, of 3,350 GB/s times the share that is reached:

    >>> from tests.hardware.held_out_serving import milliseconds
    >>> row = {"kind": "copy", "gpu": "H100-SXM", "bytes": 8e9}
    >>> bool(2.5 < milliseconds(pd.DataFrame([row])).p50[0] < 3.5)
    True
    """
    kind, sheet = words(rows, "kind"), sheets_of(rows)
    fit, training = constants("serving_speed"), constants("training_speed")
    seconds = np.full(len(rows), np.nan)
    sigma = np.full(len(rows), constants("spread")["prefill_speed"])
    copied = kind == "copy"
    if copied.any():
        rate = sheet.memory_bandwidth_gb_s * GIGA * training["bandwidth_efficiency"]
        seconds[copied] = (rows["bytes"].to_numpy(float) / rate)[copied]
    multiplied = kind == "matmul"
    if multiplied.any():
        best = sheet.bf16_tflops * sheet.matmul_share_bf16 * TERA
        seconds[multiplied] = (rows["flop"].to_numpy(float) / best)[multiplied]
    whole = (kind == "decode") | (kind == "prefill")
    if whole.any():
        shape, tokens = shapes_of(rows), rows["context_tokens"].to_numpy(float)
        step = decode_step(shape, sheet, CAPTURED, rows["batch"].to_numpy(float), tokens, fit)
        reading = prefill_seconds(shape, sheet, CAPTURED, tokens, fit)
        seconds[whole] = np.where(kind == "decode", step, reading)[whole]
        width = serving_speed_sigma("tensorrt-llm", sheet.architecture)
        sigma = np.where(kind == "decode", width, sigma)
    return Spread(1e3 * seconds, sigma)
