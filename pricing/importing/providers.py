"""What other tables call the providers, and which of them only pass requests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

OURS = {
    "alibaba": "alibaba",
    "amazon-bedrock": "aws",
    "amazon_nova": "aws",
    "azure-cognitive-services": "azure",
    "azure_ai": "azure",
    "azure_text": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "bedrock_mantle": "aws-bedrock-mantle",
    "bigmodel": "zhipuai",
    "cloudflare-workers-ai": "cloudflare",
    "codestral": "mistral",
    "cohere_chat": "cohere",
    "dashscope": "alibaba",
    "fireworks-ai": "fireworks",
    "fireworks_ai": "fireworks",
    "fireworks_ai-embedding-models": "fireworks",
    "friendliai": "friendli",
    "gemini": "google",
    "github_copilot": "github-copilot",
    "gmi": "gmicloud",
    "google-vertex-anthropic": "google-vertex",
    "gradient_ai": "digitalocean",
    "lambda_ai": "lambda",
    "moonshot": "moonshotai",
    "nlp_cloud": "nlp-cloud",
    "novita-ai": "novita",
    "text-completion-codestral": "mistral",
    "text-completion-inception": "inception",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "togetherai": "together",
    "vertex_ai": "google-vertex",
    "voyage": "voyageai",
    "xai": "x-ai",
    "xiaomi_mimo": "xiaomi",
}
"""Their name of a provider and ours, where they differ."""

RESELLERS = frozenset(
    {
        "302ai",
        "abacus",
        "aihubmix",
        "auriko",
        "clf_ai_gateway",
        "cloudflare-ai-gateway",
        "cortecs",
        "fastrouter",
        "freemodel",
        "frogbot",
        "github-models",
        "gitlab",
        "helicone",
        "hostinger_router",
        "inferenceapis",
        "jiekou",
        "kilo",
        "kyma",
        "llmgateway",
        "llmtr",
        "merge-gateway",
        "microsoft_365_copilot",
        "nano-gpt",
        "neon",
        "opencode",
        "opencode-go",
        "opencode_go",
        "orcarouter",
        "perplexity-agent",
        "poe",
        "qihang-ai",
        "requesty",
        "routing-run",
        "sap-ai-core",
        "vercel",
        "vercel_ai_gateway",
        "zenmux",
    }
)
"""Gateways that sell other providers' models: openrouter stands for them in the tables."""


def our_provider(theirs: str) -> str:
    """Return our name of a provider.

    Examples
    --------
    >>> our_provider("vertex_ai-llama_models"), our_provider("xai"), our_provider("groq")
    ('google-vertex', 'x-ai', 'groq')
    """
    if theirs.startswith("vertex_ai"):
        return "google-vertex"
    return OURS.get(theirs, theirs.replace("_", "-"))


def known_spelling(offer: str, known: Mapping[str, str]) -> str:
    """Return an offer in the spelling that the book already has.

    Parameters
    ----------
    offer : 'provider/model' in another table's spelling
    known : the book's offers under their names in lower case

    Examples
    --------
    >>> known_spelling("zai/glm-4.6", {"zai/glm-4.6": "zai/GLM-4.6"})
    'zai/GLM-4.6'
    """
    return known.get(offer.lower(), offer)
