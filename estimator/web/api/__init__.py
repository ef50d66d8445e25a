"""The endpoints of /api/v1: one file a resource."""

from estimator.web.api import estimates, fields, presets, prices

ENDPOINTS = (estimates.endpoints, prices.endpoints, presets.endpoints, fields.endpoints)
"""Every resource, in the order of the documents."""
