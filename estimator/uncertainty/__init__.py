"""Inputs that are not known exactly: draws, bands, probabilities, and what knowing more would be worth."""

from estimator.uncertainty.assessment import Assessment, assess, best_shares
from estimator.uncertainty.bands import Band, Odds
from estimator.uncertainty.draws import Draws, draw
from estimator.uncertainty.inputs import Uncertain, uncertain_inputs

__all__ = ["Assessment", "Band", "Draws", "Odds", "Uncertain", "assess", "best_shares", "draw", "uncertain_inputs"]
