"""Prompt engineering: effort up front, a long prompt in every request."""

from estimator.approaches.lifetime import Work, dated_lines, serving_lifecycle
from estimator.approaches.outline import Outline
from estimator.approaches.oversights import warn_without_hours
from estimator.approaches.people import scoring, scoring_hours, shared_hours, shared_labels
from estimator.approaches.serving import plan_serving
from estimator.approaches.setting import Setting
from estimator.approaches.upkeep import paid_hours, success_over_time, with_fixed
from estimator.components.evaluation import (
    gepa_calls,
    iterations,
    mipro_calls,
    prompt_effort_usd,
    scorings_usd,
    search_usd,
)
from estimator.components.labour import change_usd, deployment_usd
from estimator.cost_line import CostLine, Steps, Working
from estimator.quantities import Quantity, Usd, any_of
from estimator.scenario import PromptEngineering


def outline_prompt_engineering(setting: Setting, plan: PromptEngineering, pointer: str) -> Outline:
    """List what a prompted approach costs.

    Raises
    ------
    EstimatorError : the plan cannot be priced or run as stated
    """
    tasks = setting.scenario.tasks
    run = plan_serving(setting, plan.serving, plan.prompt_tokens, f"{pointer}/serving")
    today = run(setting.requests)
    per_call = today.usd_per_call
    test = shared_labels(setting)

    effort = Working()
    search = _search(setting, plan, per_call, effort)
    warn_without_hours(setting, pointer, effort_hours=plan.effort_hours, deployment_hours=plan.deployment_hours)
    wage = setting.wage("prompt_engineer") if paid_hours(plan, plan.effort_hours) else 0.0
    effort_usd = effort(prompt_effort_usd, hours=plan.effort_hours, wage=wage, search=search)

    scored = Working()
    one_scoring = scoring(setting, per_call, scored)
    of_scoring = _of(scored)
    times = scored(iterations, effort_hours=plan.effort_hours, hours_per_iteration=plan.hours_per_iteration)
    scorings = scored(scorings_usd, scorings=times, scoring=one_scoring)

    deployed = Working()
    engineer = setting.wage("ml_engineer") if any_of(plan.deployment_hours) else 0.0
    deployment = deployed(deployment_usd, hours=plan.deployment_hours, wage=engineer, fees_usd=plan.deployment_usd)
    upfront = (
        test.line,
        CostLine("prompt_effort", effort_usd, quantity=plan.effort_hours, quantity_unit="hours", steps=_of(effort)),
        CostLine("evaluation", scorings, quantity=times, quantity_unit="scorings", steps=_of(scored)),
        CostLine("deployment", deployment, quantity=plan.deployment_hours, quantity_unit="hours", steps=_of(deployed)),
    )
    refreshing, migrating, change = _further_work(setting, plan, Work(one_scoring, of_scoring), wage)
    lifecycle = serving_lifecycle(setting, plan.serving)
    dated = dated_lines(setting, plan.refresh, plan.model_life, lifecycle, refreshing, migrating, pointer)
    rated = Working()
    hours = {
        "annotator": test.annotator_hours,
        "domain_expert": setting.scenario.labelling.guideline_hours + times * scoring_hours(setting),
        "prompt_engineer": plan.effort_hours,
        "ml_engineer": plan.deployment_hours,
    }
    return Outline(
        kind=plan.kind,
        upfront=tuple(line.times(tasks) for line in upfront),
        run=lambda requests: with_fixed(setting, plan, run(requests), "prompt_engineer"),
        events=tuple(line.times(tasks) for line in dated.lines),
        retires_month=dated.retires_month,
        change_usd=change.usd * tasks,
        success_rate=success_over_time(setting, plan, plan.lead_time_months, pointer, rated),
        lead_time_months=plan.lead_time_months,
        bridge=plan.bridge,
        bridge_upfront_share=plan.bridge_upfront_share,
        resources={
            "labelling_hours": 0.0,
            "test_labelling_hours": test.annotator_hours * tasks,
            "hours_by_role": {role: each * tasks for role, each in hours.items()},
            "shared_hours_by_role": shared_hours(setting, test),
        },
        curved=today.curved,
        change_steps=change.steps,
        workings={"success_rate": _of(rated)},
    )


def _search(setting: Setting, plan: PromptEngineering, per_call: Usd, work: Working) -> Usd:
    if plan.optimiser is None:
        return 0.0
    name, budget = plan.optimiser.kind.split("_")
    predictors = int(plan.optimiser.predictors)
    if name == "mipro":
        task_calls, prompt_calls = mipro_calls(budget, predictors, zero_shot=plan.optimiser.zero_shot)
    else:
        task_calls, prompt_calls = gepa_calls(budget, predictors, int(plan.optimiser.validation_examples)), 0
    prompt_usd = plan.optimiser.prompt_model_usd_per_call
    return work(
        search_usd,
        task_calls=float(task_calls),
        call_usd=per_call,
        prompt_calls=float(prompt_calls),
        prompt_call_usd=per_call if prompt_usd is None else prompt_usd,
    )


def _further_work(
    setting: Setting, plan: PromptEngineering, one_scoring: Work, wage: Quantity
) -> tuple[Work, Work, Work]:
    """Price a refresh, a migration and a change of the requirements: hours and one scoring of the test set each."""

    def price(hours: Quantity, fees: Usd = 0.0) -> Work:
        work = Working()
        work.steps += one_scoring.steps
        usd = work(
            change_usd,
            label_share=0.0,
            labelling_usd=0.0,
            runs_usd=one_scoring.usd,
            hours=hours,
            wage=wage,
            fees_usd=fees,
        )
        return Work(usd, _of(work))

    life, change = plan.model_life, plan.requirement_change
    moving = 0.0 if life is None or life.migration_hours is None else life.migration_hours
    return (
        price(plan.refresh.hours if plan.refresh else 0.0),
        price(moving),
        Work(0.0) if change is None else price(change.hours, change.usd),
    )


def _of(work: Working) -> Steps:
    return tuple(work.steps)
