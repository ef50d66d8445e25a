"""Fine-tuning: labels, curation, runs and engineering up front, short prompts and a model to keep afterwards."""

from estimator.approaches.lifetime import Work, dated_lines, serving_lifecycle
from estimator.approaches.outline import Outline
from estimator.approaches.oversights import warn_base_price, warn_without_hours
from estimator.approaches.people import Labels, buy_labels, scoring, scoring_hours, shared_hours, shared_labels
from estimator.approaches.serving import plan_serving
from estimator.approaches.setting import Setting, single
from estimator.approaches.tuning import Tuned, tune
from estimator.approaches.upkeep import paid_hours, success_over_time, with_fixed
from estimator.components.calendar import lead_time_months
from estimator.components.evaluation import scorings_usd
from estimator.components.labour import change_usd, curation_usd, deployment_usd, labour_usd
from estimator.components.training import expected_runs, runs_usd, scored_runs_usd
from estimator.cost_line import CostLine, Working
from estimator.errors import ScenarioError
from estimator.quantities import Count, Hours, Months, Quantity, Tokens, Usd, any_of
from estimator.scenario import FineTuning


def outline_fine_tuning(setting: Setting, plan: FineTuning, pointer: str) -> Outline:
    """List what a tuned approach costs.

    Raises
    ------
    EstimatorError : the plan cannot be priced or run as stated
    """
    tasks = setting.scenario.tasks
    run = plan_serving(setting, plan.serving, plan.prompt_tokens, f"{pointer}/serving")
    today = run(setting.requests)
    per_call = today.usd_per_call
    labels = buy_labels(
        setting, "labelling", plan.train_examples + plan.validation_examples, plan.existing_examples, plan.kept_share
    )
    test = shared_labels(setting)
    tuned = tune(setting, plan, _tokens_per_example(setting, plan, pointer), pointer)
    _refuse_closed(setting, tuned, pointer)
    warn_base_price(setting, plan, pointer)
    warn_without_hours(
        setting,
        pointer,
        curation_hours=plan.curation_hours,
        engineering_hours=plan.engineering_hours,
        deployment_hours=plan.deployment_hours,
    )

    curated = Working()
    curation = curated(
        curation_usd,
        hours=plan.curation_hours,
        wage=setting.wage("domain_expert") if any_of(plan.curation_hours) else 0.0,
        examples=plan.train_examples + plan.validation_examples,
        usd_per_example=plan.curation_usd_per_example,
    )
    scored = Working()
    one_scoring = scoring(setting, per_call, scored)
    of_scoring = tuple(scored.steps)
    scorings = scored(scorings_usd, scorings=tuned.runs, scoring=one_scoring)
    engineered, deployed = Working(), Working()
    wage = setting.wage("ml_engineer") if paid_hours(plan, plan.engineering_hours, plan.deployment_hours) else 0.0
    engineering = engineered(labour_usd, hours=plan.engineering_hours, wage=wage)
    deployment = deployed(deployment_usd, hours=plan.deployment_hours, wage=wage, fees_usd=plan.deployment_usd)

    upfront = (
        labels.line,
        test.line,
        CostLine("curation", curation, quantity=plan.curation_hours, quantity_unit="hours", steps=tuple(curated.steps)),
        *tuned.lines,
        CostLine("evaluation", scorings, quantity=tuned.runs, quantity_unit="scorings", steps=tuple(scored.steps)),
        CostLine(
            "engineering",
            engineering,
            quantity=plan.engineering_hours,
            quantity_unit="hours",
            steps=tuple(engineered.steps),
        ),
        CostLine(
            "deployment",
            deployment,
            quantity=plan.deployment_hours,
            quantity_unit="hours",
            steps=tuple(deployed.steps),
        ),
    )
    refreshing, migrating, change = _further_work(setting, plan, labels, tuned, Work(one_scoring, of_scoring), wage)
    lifecycle = tuned.lifecycle or serving_lifecycle(setting, plan.serving)
    dated = dated_lines(setting, plan.refresh, plan.model_life, lifecycle, refreshing, migrating, pointer)
    lead_time, chained, rated = plan.lead_time_months, Working(), Working()
    if lead_time is None:
        lead_time = _lead_time(setting, plan, labels.annotator_hours + test.annotator_hours, tuned, chained)
        basis = "labels, curation, training, engineering and deployment one after the other"
        setting.notes.assume(f"{pointer}/lead_time_months", single(lead_time), "month", basis)
    hours = {
        "annotator": labels.annotator_hours + test.annotator_hours,
        "domain_expert": plan.curation_hours
        + setting.scenario.labelling.guideline_hours
        + tuned.runs * scoring_hours(setting),
        "prompt_engineer": 0.0,
        "ml_engineer": plan.engineering_hours + plan.deployment_hours,
    }
    return Outline(
        kind=plan.kind,
        upfront=tuple(line.times(tasks) for line in upfront),
        run=lambda requests: with_fixed(setting, plan, run(requests), "ml_engineer"),
        events=tuple(line.times(tasks) for line in dated.lines),
        retires_month=dated.retires_month,
        change_usd=change.usd * tasks,
        success_rate=success_over_time(setting, plan, lead_time, pointer, rated),
        lead_time_months=lead_time,
        bridge=plan.bridge,
        bridge_upfront_share=plan.bridge_upfront_share,
        resources={
            "labelling_hours": labels.annotator_hours * tasks,
            "test_labelling_hours": test.annotator_hours * tasks,
            "hours_by_role": {role: each * tasks for role, each in hours.items()},
            "shared_hours_by_role": shared_hours(setting, test),
            "gpu_hours": tuned.gpu_hours * tasks,
            "gpus": tuned.gpus,
            "memory_gib_per_gpu": tuned.memory_gib_per_gpu,
            "fits_memory_probability": tuned.fits_probability,
            "wall_clock_hours": tuned.wall_clock_hours,
            "training_runs": tuned.runs * tasks,
            "training_tokens": tuned.tokens,
            "energy_kwh": None if tuned.energy_kwh is None else tuned.energy_kwh * tasks,
        },
        curved=today.curved,
        change_steps=change.steps,
        workings={**tuned.workings, "lead_time_months": tuple(chained.steps), "success_rate": tuple(rated.steps)},
    )


def _tokens_per_example(setting: Setting, plan: FineTuning, pointer: str) -> Tokens:
    stated: Tokens | None = plan.tokens_per_example
    if stated is not None:
        return stated
    load = setting.scenario.workload
    tokens: Tokens = plan.prompt_tokens + load.input_tokens + load.output_tokens
    basis = "prompt + input + output of a request"
    setting.notes.assume(f"{pointer}/tokens_per_example", single(tokens), "token/example", basis)
    return tokens


def _refuse_closed(setting: Setting, tuned: Tuned, pointer: str) -> None:
    until = tuned.lifecycle.new_jobs_until if tuned.lifecycle is not None else None
    start = setting.scenario.start_date or setting.book.on
    if until is not None and start > until:
        raise ScenarioError(
            f"This service takes no new tuning jobs since {until}, and the plan starts on {start}. "
            "Name another service or base model.",
            f"{pointer}/training/service",
        )


def _further_work(
    setting: Setting, plan: FineTuning, labels: Labels, tuned: Tuned, one_scoring: Work, wage: Quantity
) -> tuple[Work, Work, Work]:
    """Price a refresh, a move to another base, and a change of the requirements; each run is scored once."""

    def price(planned: Count, label_share: Quantity, hours: Hours, fees: Usd = 0.0) -> Work:
        work = Working()
        work.steps += [*tuned.run_steps, *one_scoring.steps]
        run = work(scored_runs_usd, runs_usd=tuned.run_usd, scorings_usd=one_scoring.usd)
        runs = work(expected_runs, planned_runs=planned, run_failure_rate=plan.run_failure_rate)
        usd_of_runs = work(runs_usd, runs=runs, run_usd=run)
        usd = work(
            change_usd,
            label_share=label_share,
            labelling_usd=labels.line.upfront_usd,
            runs_usd=usd_of_runs,
            hours=hours,
            wage=wage,
            fees_usd=fees,
        )
        return Work(usd, tuple(work.steps))

    refresh, change, life = plan.refresh, plan.requirement_change, plan.model_life
    moving = plan.engineering_hours if life is None or life.migration_hours is None else life.migration_hours
    retrained = _all_runs(tuned, one_scoring, moving, wage)
    return (
        Work(0.0) if refresh is None else price(refresh.planned_runs, refresh.label_share, refresh.hours),
        retrained,
        Work(0.0) if change is None else price(change.planned_runs, change.label_share, change.hours, change.usd),
    )


def _all_runs(tuned: Tuned, one_scoring: Work, hours: Hours, wage: Quantity) -> Work:
    """Price the whole training again on a new base: all runs with their evaluation, engineering, no new labels."""
    work = Working()
    work.steps += one_scoring.steps
    training = next(line.upfront_usd for line in tuned.lines if line.component == "training")
    scorings = work(scorings_usd, scorings=tuned.runs, scoring=one_scoring.usd)
    runs = work(scored_runs_usd, runs_usd=training, scorings_usd=scorings)
    usd = work(
        change_usd,
        label_share=0.0,
        labelling_usd=0.0,
        runs_usd=runs,
        hours=hours,
        wage=wage,
        fees_usd=0.0,
    )
    return Work(usd, tuple(work.steps))


def _lead_time(setting: Setting, plan: FineTuning, annotator_hours: Hours, tuned: Tuned, work: Working) -> Months:
    """Chain the work of annotators, expert, GPUs and engineer on the calendar, without overlap."""
    how = setting.scenario.labelling
    return work(
        lead_time_months,
        annotator_hours=annotator_hours,
        annotators=how.annotators,
        expert_hours=plan.curation_hours + how.guideline_hours,
        engineer_hours=plan.engineering_hours + plan.deployment_hours,
        hours_per_week=how.hours_per_week,
        training_hours=0.0 if tuned.wall_clock_hours is None else tuned.wall_clock_hours,
    )
