"""Scoring the test set, and the search for a better prompt."""

import math

from estimator.quantities import SECONDS_PER_HOUR, Count, Examples, Hours, Seconds, Share, Usd, UsdPerHour, UsdPerUnit


def scoring_usd(
    test_examples: Examples,
    call_usd: UsdPerUnit,
    judge_usd: UsdPerUnit,
    human_share: Share,
    human_seconds: Seconds,
    wage: UsdPerHour,
) -> Usd:
    """Pay one scoring of the test set: calls, judge, and experts for a part.

    Equation
    --------
    C_score = n_test (c_call + c_judge + f_human t_eval w / 3600)

    Inputs
    ------
    test_examples : n_test [example]
    call_usd : c_call [USD/request]
    judge_usd : c_judge [USD/example]
    human_share : f_human [1]
    human_seconds : t_eval [s]
    wage : w [USD/h]

    Output
    ------
    C_score [USD]

    Examples
    --------
    >>> round(scoring_usd(300.0, 0.0084, 0.0, 0.0, 0.0, 85.0), 6)
    2.52
    """
    return test_examples * (call_usd + judge_usd + human_share * human_seconds / SECONDS_PER_HOUR * wage)


def scorings_usd(scorings: Count, scoring: Usd) -> Usd:
    """Pay all scorings of the test set.

    Equation
    --------
    C_eval = n C_score

    Inputs
    ------
    scorings : n [1]
    scoring : C_score [USD]

    Output
    ------
    C_eval [USD]

    Examples
    --------
    >>> round(scorings_usd(30.0, 2.52), 6)
    75.6
    """
    return scorings * scoring


def iterations(effort_hours: Hours, hours_per_iteration: Hours) -> Count:
    """Count the scorings that go with prompt engineering by hand.

    Equation
    --------
    n = H_pe / h_iter

    Inputs
    ------
    effort_hours : H_pe [h]
    hours_per_iteration : h_iter [h]

    Output
    ------
    n [1]

    Examples
    --------
    >>> iterations(45.0, 1.5)
    30.0
    """
    return effort_hours / hours_per_iteration


MIPRO_BUDGETS = {"light": (6, 100), "medium": (12, 300), "heavy": (18, 1000)}
"""Candidates and validation examples of a MIPROv2 search (dspy/teleprompt/mipro_optimizer_v2.py)."""


def search_trials(candidates: int, predictors: int, *, zero_shot: bool = False) -> int:
    """Count the trials of an automatic prompt search.

    Equation
    --------
    trials = int(max(2 vars log2 n, 1.5 n)), vars = 2 x predictors (1 x if zero-shot)

    Inputs
    ------
    candidates : n [1]
    predictors : predictors [1]
    zero_shot : zero-shot [1]

    Output
    ------
    trials [1]

    Examples
    --------
    >>> [search_trials(n, 1) for n in (6, 12, 18)]
    [10, 18, 27]
    """
    variables = predictors * (1 if zero_shot else 2)
    return int(max(2 * variables * math.log2(candidates), 1.5 * candidates))


def mipro_calls(budget: str, predictors: int, *, zero_shot: bool = False) -> tuple[int, int]:
    """Count the task calls and prompt-model calls of a MIPROv2 search.

    Equation
    --------
    task = 35 trials + val (floor(trials / 5) + 1); prompt = 10 + n_instr predictors + predictors + 1

    Inputs
    ------
    budget : light, medium or heavy [1]
    predictors : predictors [1]
    zero_shot : zero-shot [1]

    Output
    ------
    task, prompt [call]

    Examples
    --------
    >>> [mipro_calls(budget, 1)[0] for budget in ("light", "medium", "heavy")]
    [650, 1830, 6945]
    """
    candidates, validation = MIPRO_BUDGETS[budget]
    trials = search_trials(candidates, predictors, zero_shot=zero_shot)
    instructions = candidates if zero_shot else candidates // 2
    return 35 * trials + validation * (trials // 5 + 1), 10 + instructions * predictors + predictors + 1


def gepa_calls(budget: str, predictors: int, validation_examples: int) -> int:
    """Count the metric calls of a GEPA search.

    Equation
    --------
    calls = V + 5 n + 35 trials + (floor((trials + 1) / 5) + 1) V, + V if trials < 5

    Inputs
    ------
    budget : light, medium or heavy [1]
    predictors : predictors [1]
    validation_examples : V [example]

    Output
    ------
    calls [call]

    Examples
    --------
    >>> [gepa_calls(budget, 1, 300) for budget in ("light", "medium", "heavy")]
    [1580, 2190, 3135]
    """
    candidates = MIPRO_BUDGETS[budget][0]
    trials = search_trials(candidates, predictors)
    rounds = (trials + 1) // 5 + 1 + (1 if trials < 5 else 0)
    return validation_examples + 5 * candidates + 35 * trials + rounds * validation_examples


def search_usd(task_calls: Count, call_usd: UsdPerUnit, prompt_calls: Count, prompt_call_usd: UsdPerUnit) -> Usd:
    """Pay an automatic prompt search.

    Equation
    --------
    C_opt = n_task c_call + n_prompt c_prompt

    Inputs
    ------
    task_calls : n_task [call]
    call_usd : c_call [USD/call]
    prompt_calls : n_prompt [call]
    prompt_call_usd : c_prompt [USD/call]

    Output
    ------
    C_opt [USD]

    Examples
    --------
    >>> round(search_usd(650.0, 0.01, 15.0, 0.02), 6)
    6.8
    """
    return task_calls * call_usd + prompt_calls * prompt_call_usd


def prompt_effort_usd(hours: Hours, wage: UsdPerHour, search: Usd) -> Usd:
    """Pay prompt engineering by hand and by search.

    Equation
    --------
    C_pe = H_pe w + C_opt

    Inputs
    ------
    hours : H_pe [h]
    wage : w [USD/h]
    search : C_opt [USD]

    Output
    ------
    C_pe [USD]

    Examples
    --------
    >>> prompt_effort_usd(45.0, 85.0, 0.0)
    3825.0
    """
    return hours * wage + search
