"""Every way the price book offers to serve one workload: excluded with reasons, ranked, and the best trade-offs."""

from estimator.options.candidate import Excluded, Option
from estimator.options.frame import Offering
from estimator.options.search import Found, search_options, write_options

__all__ = ["Excluded", "Found", "Offering", "Option", "search_options", "write_options"]
