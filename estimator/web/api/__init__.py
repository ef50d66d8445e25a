"""The endpoints of /api/v1: one file a resource."""

from estimator.web.api import (
    break_even_curves,
    comparisons,
    estimates,
    fields,
    presets,
    prices,
    resources,
    sensitivity,
    sweeps,
    verification,
)

RESOURCES = (
    estimates,
    break_even_curves,
    sweeps,
    sensitivity,
    comparisons,
    resources,
    prices,
    presets,
    fields,
    verification,
)
ENDPOINTS = tuple(resource.endpoints for resource in RESOURCES)
"""Every resource, in the order of the documents."""
