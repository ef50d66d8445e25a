"""The endpoints of /api/v1: one file a resource."""

from estimator.web.api import comparisons, estimates, fields, presets, prices, resources

ENDPOINTS = (
    estimates.endpoints,
    comparisons.endpoints,
    resources.endpoints,
    prices.endpoints,
    presets.endpoints,
    fields.endpoints,
)
"""Every resource, in the order of the documents."""
