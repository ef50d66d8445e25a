"""Energy and carbon of GPU-hours."""

from estimator.quantities import Hours, Quantity, Share

POWER_UNDER_LOAD_SHARE = 0.85
"""Board power of busy training over the rated power, in published runs between 0.7 and 0.95 (assumption)."""
DEFAULT_PUE = 1.3
"""Power usage effectiveness of an ordinary data centre (assumption; large operators publish 1.1 to 1.2)."""


def energy_kwh(gpu_hours: Hours, power_watts: Quantity, load_share: Share, pue: Quantity) -> Quantity:
    """Turn GPU-hours into kilowatt-hours at the meter of the building.

    Equation
    --------
    E = H W load PUE / 1000

    Inputs
    ------
    gpu_hours : H [h]
    power_watts : W, rated power of a GPU [W]
    load_share : power under load over rated power [1]
    pue : power usage effectiveness [1]

    Output
    ------
    E [kWh]

    Examples
    --------
    >>> round(energy_kwh(100.0, 700.0, 0.85, 1.2), 6)
    71.4
    """
    return gpu_hours * power_watts * load_share * pue / 1000.0


def emissions_kg(kwh: Quantity, grid_kg_per_kwh: Quantity) -> Quantity:
    """Turn energy into carbon dioxide equivalent at a stated grid factor.

    Equation
    --------
    m = E f

    Inputs
    ------
    kwh : E [kWh]
    grid_kg_per_kwh : f, of the grid that feeds the building [kg/kWh]

    Examples
    --------
    >>> emissions_kg(71.4, 0.4)
    28.560000000000002
    """
    return kwh * grid_kg_per_kwh
