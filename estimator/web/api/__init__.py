"""The endpoints of /api/v1: one file a resource."""

from estimator.web.api import (
    break_even_curves,
    charts,
    comparisons,
    estimates,
    fields,
    presets,
    prices,
    resources,
    verification,
)

ENDPOINTS = tuple(
    resource.endpoints
    for resource in (
        estimates,
        charts,
        break_even_curves,
        comparisons,
        resources,
        prices,
        presets,
        fields,
        verification,
    )
)
"""Every resource, in the order of the documents."""
