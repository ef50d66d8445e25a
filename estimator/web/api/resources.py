"""POST /api/v1/resources: memory, GPUs, hours, serving speed, energy."""

from flask import Response

from estimator.web.door import Endpoints, answer_json
from estimator.web.questions.resources import ResourcesQuestion, answer_resources
from estimator.web.schemas.scenario import MAKER

endpoints = Endpoints("resources", "What a model needs: memory, GPUs, hours, serving speed, energy.")

EXAMPLE = {
    "training": {"base_model": "Llama-3.1-8B", "gpu": "A100-80GB-SXM", "micro_batch": 2, "training_tokens": 1e8},
    "serving": {"base_model": "Llama-3.1-8B", "gpu": "H100-SXM", "input_tokens": 1024, "output_tokens": 256},
}


@endpoints.endpoint("/resources", "POST", "estimateResources", answers="Resources")
@endpoints.takes(MAKER.schema(ResourcesQuestion), EXAMPLE)
def estimate_resources(question: ResourcesQuestion) -> Response:
    """Estimate what training and serving a model need, each figure with its measured error."""
    return answer_json(answer_resources(question))
