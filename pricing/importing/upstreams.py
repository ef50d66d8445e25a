"""Every upstream by its name on the command line, behind one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from estimator.errors import EstimatorError, UnknownNameError
from pricing.importing import azure_meters, genai_prices, gpu_offers, litellm, models_dev, tuning_services

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from pricing.importing.quotes import ImportReport


class FromFile(Protocol):
    """An importer that reads a file of its upstream."""

    def __call__(
        self, book_folder: Path, source_file: Path, *, recorded_on: date, as_of: date | None = None
    ) -> ImportReport:
        """Import the file into a price folder."""
        ...


FILE_UPSTREAMS: dict[str, FromFile] = {
    "azure-meters": azure_meters.import_rows,
    "gpu-offers": gpu_offers.import_rows,
    "litellm": litellm.import_rows,
    "models-dev": models_dev.import_rows,
    "tuning-services": tuning_services.import_rows,
}
PACKAGE_UPSTREAM = "genai-prices"
UPSTREAMS = (PACKAGE_UPSTREAM, *sorted(FILE_UPSTREAMS))
"""The names that `estimator prices import` takes."""


def import_upstream(
    name: str, book_folder: Path, source_file: Path | None, *, recorded_on: date, as_of: date | None = None
) -> ImportReport:
    """Import one upstream into a price folder.

    Parameters
    ----------
    name : one of UPSTREAMS
    book_folder : the folder to write to
    source_file : the file of the upstream; genai-prices alone can be read from its installed package
    recorded_on : the day of the import, later than the newest published day of the folder
    as_of : the day on which the numbers were seen true, where the file does not say it
    """
    if name == PACKAGE_UPSTREAM:
        return genai_prices.import_rows(book_folder, source_file, recorded_on=recorded_on, as_of=as_of)
    if name not in FILE_UPSTREAMS:
        raise UnknownNameError("upstream", name, UPSTREAMS)
    if source_file is None:
        raise EstimatorError(f"{name} is read from a file: name the file to import.")
    if not source_file.is_file():
        raise EstimatorError(f"The file {source_file} does not exist.")
    return FILE_UPSTREAMS[name](book_folder, source_file, recorded_on=recorded_on, as_of=as_of)
