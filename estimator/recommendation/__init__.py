"""What to do, why, how sure, and what would change it."""

from estimator.recommendation.choice import Ranking, Recommendation, rank, recommend
from estimator.recommendation.feasibility import Obstacle, obstacles_of
from estimator.recommendation.flips import Flip, flips_of
from estimator.recommendation.reasons import Argument

__all__ = ["Argument", "Flip", "Obstacle", "Ranking", "Recommendation", "flips_of", "obstacles_of", "rank", "recommend"]
