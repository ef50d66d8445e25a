"""The work of people that several kinds of approach share: labels, guidelines, scoring the test set."""

from dataclasses import dataclass

from estimator.approaches.setting import Setting
from estimator.components.evaluation import scoring_usd
from estimator.components.labelling import (
    gross_examples,
    labelling_hours,
    labelling_usd,
    labels_per_example,
    missing_examples,
    model_assisted_labels_usd,
    seconds_per_example,
    unit_priced_labels_usd,
    verification_hours,
)
from estimator.components.labour import labour_usd
from estimator.cost_line import CostLine, Working
from estimator.errors import ScenarioError
from estimator.quantities import Examples, Hours, Share, Usd, any_of


@dataclass(frozen=True, slots=True)
class Labels:
    """A batch of labels: its line and the hours of annotators in it."""

    line: CostLine
    annotator_hours: Hours


def buy_labels(
    setting: Setting, component: str, examples: Examples, existing_examples: Examples, kept_share: Share = 1.0
) -> Labels:
    """Buy the labels that are missing, in the mode of the scenario.

    Raises
    ------
    ScenarioError : the mode needs a price that is not stated
    """
    how = setting.scenario.labelling
    work = Working()
    need = work(missing_examples, examples=examples, existing_examples=existing_examples)
    gross = work(gross_examples, examples=need, reject_rate=how.reject_rate, kept_share=kept_share)
    labels = work(
        labels_per_example,
        overlap_share=how.overlap_share,
        labels_per_overlapped_example=how.labels_per_overlapped_example,
    )
    hours: Hours
    usd: Usd
    if how.mode == "model_assisted":
        price = _stated(how.model_usd_per_example, "model_usd_per_example", how.mode)
        hours = work(
            verification_hours,
            gross=gross,
            verified_share=how.verified_share,
            verification_seconds=how.verification_seconds,
        )
        wage = setting.wage("annotator") if any_of(hours) else 0.0
        usd = work(model_assisted_labels_usd, gross=gross, model_usd_per_example=price, hours=hours, wage=wage)
    elif how.mode == "vendor":
        price = _stated(how.usd_per_unit, "usd_per_unit", how.mode)
        hours = 0.0
        usd = work(
            unit_priced_labels_usd,
            gross=gross,
            units_per_example=how.units_per_example,
            labels=how.labels_per_overlapped_example,
            usd_per_unit=price,
        )
    else:
        seconds = work(
            seconds_per_example,
            labels=labels,
            seconds_per_label=how.seconds_per_label,
            overlap_share=how.overlap_share,
            disagreement_rate=how.disagreement_rate,
            adjudication_seconds=how.adjudication_seconds,
            audit_share=how.audit_share,
            audit_seconds=how.audit_seconds,
        )
        hours = work(labelling_hours, gross=gross, seconds=seconds)
        usd = work(
            labelling_usd,
            hours=hours,
            wage=setting.wage("annotator") if any_of(hours) else 0.0,
            vendor_markup_share=how.vendor_markup_share,
            gross=gross,
            tool_usd_per_example=how.tool_usd_per_example,
        )
    in_hours = how.mode != "vendor"
    line = CostLine(
        component,
        upfront_usd=usd,
        quantity=hours if in_hours else gross,
        quantity_unit="hours" if in_hours else "examples",
        steps=tuple(work.steps),
    )
    return Labels(line, hours)


def shared_labels(setting: Setting) -> Labels:
    """Buy the labels of the test set that all approaches share, with the guidelines."""
    how = setting.scenario.labelling
    bought = buy_labels(setting, "test_labelling", how.test_examples, how.existing_test_examples)
    if not any_of(how.guideline_hours):
        return bought
    work = Working()
    work.steps.extend(bought.line.steps)
    guidelines = work(labour_usd, hours=how.guideline_hours, wage=setting.wage("domain_expert"))
    line = CostLine(
        "test_labelling",
        upfront_usd=bought.line.upfront_usd + guidelines,
        quantity=bought.annotator_hours + how.guideline_hours,
        quantity_unit="hours",
        steps=tuple(work.steps),
    )
    return Labels(line, bought.annotator_hours)


def shared_hours(setting: Setting, test: Labels) -> dict[str, Hours]:
    """Count the hours that all approaches share, by role: labels of the test set, and the guidelines."""
    tasks = setting.scenario.tasks
    return {
        "annotator": test.annotator_hours * tasks,
        "domain_expert": setting.scenario.labelling.guideline_hours * tasks,
    }


def scoring(setting: Setting, usd_per_call: Usd, work: Working) -> Usd:
    """Price one scoring of the test set."""
    how = setting.scenario.evaluation
    return work(
        scoring_usd,
        test_examples=setting.scenario.labelling.test_examples,
        call_usd=usd_per_call,
        judge_usd=how.judge_usd_per_example,
        human_share=how.human_share,
        human_seconds=how.human_seconds_per_example,
        wage=setting.wage("domain_expert") if any_of(how.human_share) else 0.0,
    )


def scoring_hours(setting: Setting) -> Hours:
    """Count the hours of an expert in one scoring of the test set."""
    how = setting.scenario.evaluation
    hours: Hours = setting.scenario.labelling.test_examples * how.human_share * how.human_seconds_per_example / 3600.0
    return hours


def _stated(value: Usd | None, name: str, mode: str) -> Usd:
    if value is None:
        raise ScenarioError(f"Labelling mode {mode!r} needs {name}.", f"/labelling/{name}")
    return value
