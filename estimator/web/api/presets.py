"""GET /api/v1/presets: ready scenarios to start from."""

from flask import Response
from werkzeug.exceptions import NotFound

from estimator.presets import presets
from estimator.web.door import Endpoints, answer_json
from estimator.web.schemas.objections import unknown_name

endpoints = Endpoints("presets", "Ready scenarios to start from.")


@endpoints.endpoint("/presets", "GET", "listPresets", answers="PresetList")
def list_presets() -> Response:
    """List the ready scenarios."""
    shown = [{"id": each.id, "name": each.name, "summary": each.summary} for each in presets().values()]
    return answer_json({"presets": shown})


@endpoints.endpoint("/presets/<string:preset>", "GET", "readPreset", answers="Preset")
def read_preset(preset: str) -> Response:
    """Return one ready scenario, to be changed and posted to /api/v1/estimates."""
    found = presets().get(preset)
    if found is None:
        raise NotFound(unknown_name("preset", preset, presets()))
    return answer_json({"id": found.id, "name": found.name, "summary": found.summary, "scenario": found.scenario})
