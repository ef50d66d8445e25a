"""The architecture of a model that is not known here."""

from dataclasses import dataclass
from typing import Any

from estimator.scenario.inputs import REQUIRED, flag, number, whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """Numbers of a model card; what is left out is inferred from the number of parameters.

    They describe one model together: another number is another model, so that none is a range and none is moved alone.
    """

    params_b: Any = number(REQUIRED, "1e9", "Parameters, in billions.", low_open=True, high=1e5, fixed=True)
    active_params_b: Any = number(
        None,
        "1e9",
        "Parameters a token passes through, in billions; null = all.",
        nullable=True,
        low_open=True,
        high=1e5,
        fixed=True,
    )
    n_layers: Any = whole(None, "1", "Layers.", nullable=True, low=1, high=1e5, fixed=True)
    hidden_size: Any = whole(None, "1", "Width of the residual stream.", nullable=True, low=1, high=1e6, fixed=True)
    n_heads: Any = whole(None, "1", "Attention heads.", nullable=True, low=1, high=1e5, fixed=True)
    n_kv_heads: Any = whole(None, "1", "Key and value heads.", nullable=True, low=1, high=1e5, fixed=True)
    head_dim: Any = whole(None, "1", "Width of a head.", nullable=True, low=1, high=1e5, fixed=True)
    ffn_size: Any = whole(None, "1", "Width of the feed-forward layer.", nullable=True, low=1, high=1e7, fixed=True)
    vocab_size: Any = whole(None, "1", "Size of the vocabulary.", nullable=True, low=1, high=1e8, fixed=True)
    tied_embeddings: Any = flag(None, "Whether input and output embeddings are one.", nullable=True)
    n_experts: Any = whole(None, "1", "Experts of a mixture; null = dense.", nullable=True, low=1, high=1e5, fixed=True)
    experts_per_token: Any = whole(
        None, "1", "Experts a token passes through.", nullable=True, low=1, high=1e5, fixed=True
    )
