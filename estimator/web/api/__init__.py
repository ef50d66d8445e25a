"""The endpoints of /api/v1: one file a resource."""

from estimator.web.api import (
    break_even_curves,
    charts,
    comparisons,
    estimates,
    fields,
    options,
    portfolios,
    presets,
    prices,
    resources,
    sensitivity,
    sweeps,
    verification,
)

RESOURCES = (
    estimates,
    charts,
    break_even_curves,
    sweeps,
    sensitivity,
    options,
    portfolios,
    comparisons,
    resources,
    prices,
    presets,
    fields,
    verification,
)
ENDPOINTS = tuple(resource.endpoints for resource in RESOURCES)
"""Every resource, in the order of the documents."""
