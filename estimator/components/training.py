"""Training runs: how many, what a provider bills for one, what own or rented GPUs take."""

import numpy as np

from estimator.quantities import (
    MILLION,
    SECONDS_PER_HOUR,
    Count,
    Examples,
    Flop,
    Hours,
    Quantity,
    Share,
    Tokens,
    Usd,
    UsdPerHour,
    UsdPerMillionTokens,
)


def expected_runs(planned_runs: Count, run_failure_rate: Share) -> Count:
    """Expect the runs that are paid until all planned ones have succeeded.

    Equation
    --------
    K' = K / (1 - p_fail)

    Inputs
    ------
    planned_runs : K [run]
    run_failure_rate : p_fail [1]

    Output
    ------
    K' [run]

    Examples
    --------
    >>> round(expected_runs(6.0, 0.1), 6)
    6.666667
    """
    return planned_runs / (1.0 - run_failure_rate)


def training_tokens(
    train_examples: Examples,
    tokens_per_example: Tokens,
    epochs: Count,
    validation_examples: Examples = 0.0,
    validation_passes: Count = 0.0,
) -> Tokens:
    """Count the tokens of one run that are processed and billed.

    Equation
    --------
    D = n L E + n_val L e_val

    Inputs
    ------
    train_examples : n [example]
    tokens_per_example : L [token/example]
    epochs : E [1]
    validation_examples : n_val [example]
    validation_passes : e_val [1]

    Output
    ------
    D [token]

    Examples
    --------
    >>> training_tokens(1200.0, 570.0, 3.0)
    2052000.0
    >>> training_tokens(5000.0, 1000.0, 3.0, 1000.0, 1.0)
    16000000.0
    """
    return train_examples * tokens_per_example * epochs + validation_examples * tokens_per_example * validation_passes


def managed_run_usd(
    tokens: Tokens,
    price: UsdPerMillionTokens,
    hours: Hours,
    usd_per_hour: UsdPerHour,
    grader_usd: Usd,
    minimum_usd: Usd,
) -> Usd:
    """Pay a provider for one run: tokens, hours, graders, at least the minimum.

    Equation
    --------
    C_run = max(C_min, D p_train / 10^6 + H p_hour + C_grader)

    Inputs
    ------
    tokens : D [token]
    price : p_train [USD/Mtoken]
    hours : H [h]
    usd_per_hour : p_hour [USD/h]
    grader_usd : C_grader [USD]
    minimum_usd : C_min [USD]

    Output
    ------
    C_run [USD/run]

    Examples
    --------
    >>> round(float(managed_run_usd(2052000.0, 5.0, 0.0, 0.0, 0.0, 0.0)), 6)
    10.26
    >>> float(managed_run_usd(1000.0, 0.48, 0.0, 0.0, 0.0, 4.0))
    4.0
    """
    return np.maximum(tokens * price / MILLION + hours * usd_per_hour + grader_usd, minimum_usd)


def runs_usd(runs: Count, run_usd: Usd) -> Usd:
    """Pay all runs.

    Equation
    --------
    C_train = K' C_run

    Inputs
    ------
    runs : K' [run]
    run_usd : C_run [USD/run]

    Output
    ------
    C_train [USD]

    Examples
    --------
    >>> round(runs_usd(6 / 0.9, 10.26), 6)
    68.4
    """
    return runs * run_usd


def compute_gpu_hours(
    tokens: Tokens, flop_per_token: Flop, padding_factor: Quantity, peak_flop_per_second: Flop, mfu: Share
) -> Hours:
    """Divide the model FLOPs of a run by the speed a GPU reaches.

    Equation
    --------
    G = D F pad / (peak MFU 3600)

    Inputs
    ------
    tokens : D [token]
    flop_per_token : F [FLOP/token]
    padding_factor : pad [1]
    peak_flop_per_second : peak [FLOP/s]
    mfu : MFU [1]

    Output
    ------
    G [GPU-h]

    Examples
    --------
    >>> round(compute_gpu_hours(16.2e6, 4 * 8.03e9 + 6 * 42e6, 1.0, 989e12, 0.3), 7)
    0.4909808
    """
    return tokens * flop_per_token * padding_factor / (peak_flop_per_second * mfu * SECONDS_PER_HOUR)


def job_gpu_hours(
    training_tokens: Tokens, tokens_per_second: Quantity, gpus: Count, overhead_factor: Quantity
) -> Hours:
    """Turn a speed in warm steps into the GPU-hours of a whole job.

    Equation
    --------
    H = D / v n f / 3600

    Inputs
    ------
    training_tokens : D, processed in a run [token]
    tokens_per_second : v, of all GPUs in warm steps [token/s]
    gpus : n [GPU]
    overhead_factor : f, whole job over its warm steps [1]

    Output
    ------
    H [h]

    Examples
    --------
    >>> job_gpu_hours(3.6e6, 1000.0, 2.0, 1.3)
    2.6
    """
    return training_tokens / tokens_per_second * gpus * overhead_factor / SECONDS_PER_HOUR


def full_run_equivalents(planned_runs: Count, search_data_share: Share, run_failure_rate: Share) -> Count:
    """Count runs in units of a run on all data: all but the last may train on a part.

    Equation
    --------
    K_eq = ((K - 1) f_s + 1) / (1 - p_fail), 0 if K = 0

    Inputs
    ------
    planned_runs : K [run]
    search_data_share : f_s [1]
    run_failure_rate : p_fail [1]

    Output
    ------
    K_eq [run]

    Examples
    --------
    >>> float(full_run_equivalents(12.0, 1.0, 0.0)), float(full_run_equivalents(11.0, 0.1, 0.0))
    (12.0, 2.0)
    """
    first = np.minimum(planned_runs, 1.0)
    return (np.maximum(planned_runs - 1.0, 0.0) * search_data_share + first) / (1.0 - run_failure_rate)


def billed_gpu_hours(
    run_equivalents: Count,
    run_gpu_hours: Hours,
    overhead_factor: Quantity,
    runs: Count,
    startup_hours: Hours,
    gpus: Count,
) -> Hours:
    """Add overhead and the start-up of every GPU of every run.

    Equation
    --------
    G_billed = K_eq G o + K' t_start n_gpu

    Inputs
    ------
    run_equivalents : K_eq [run]
    run_gpu_hours : G [GPU-h]
    overhead_factor : o [1]
    runs : K' [run]
    startup_hours : t_start [h]
    gpus : n_gpu [GPU]

    Output
    ------
    G_billed [GPU-h]

    Examples
    --------
    >>> round(billed_gpu_hours(12.0, 0.4909807887, 1.25, 12.0, 0.25, 1.0), 6)
    10.364712
    """
    return run_equivalents * run_gpu_hours * overhead_factor + runs * startup_hours * gpus


def scored_runs_usd(runs_usd: Usd, scorings_usd: Usd) -> Usd:
    """Pay training runs together with the scorings of the test set that belong to them.

    Equation
    --------
    C = C_runs + C_scorings

    Inputs
    ------
    runs_usd : C_runs [USD]
    scorings_usd : C_scorings [USD]

    Output
    ------
    C [USD]

    Examples
    --------
    >>> scored_runs_usd(40.0, 2.5)
    42.5
    """
    return runs_usd + scorings_usd


def gpu_rent_usd(gpu_hours: Hours, usd_per_gpu_hour: UsdPerHour) -> Usd:
    """Pay GPU-hours: a price per GPU, never per machine.

    Equation
    --------
    C_gpu = G_billed p_gpu

    Inputs
    ------
    gpu_hours : G_billed [GPU-h]
    usd_per_gpu_hour : p_gpu [USD/GPU-h]

    Output
    ------
    C_gpu [USD]

    Examples
    --------
    >>> round(gpu_rent_usd(10.36471183, 2.99), 6)
    30.990488
    """
    return gpu_hours * usd_per_gpu_hour


def expected_best_score(scores: Quantity, runs: Count) -> Quantity:
    """Expect the best score of n runs from the scores of pilot runs (plug-in estimator).

    Equation
    --------
    E_n = sum_i v_(i) ((i/N)^n - ((i-1)/N)^n)   (Dodge et al. 2019, arXiv 1909.03004)

    Inputs
    ------
    scores : v [1]
    runs : n [run]

    Output
    ------
    E_n [1]

    Examples
    --------
    >>> float(round(expected_best_score(np.array([0.80, 0.82, 0.83, 0.85, 0.86, 0.88, 0.88, 0.90]), 4.0), 6))
    0.88416
    """
    ordered = np.sort(np.asarray(scores, dtype=float))
    step = np.arange(ordered.size + 1) / ordered.size
    best: Quantity = (ordered * np.diff(step**runs)).sum()
    return best
