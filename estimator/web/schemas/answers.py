"""The answers as JSON Schemas: the components of the OpenAPI document. What is sent is written by the engine."""

from typing import Any

from estimator.break_even.months import STATUSES

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
WHOLE: Json = {"type": "integer"}
FLAG: Json = {"type": "boolean"}
DAY: Json = {"type": "string", "format": "date"}
ANY: Json = {}


def maybe(schema: Json) -> Json:
    """Allow null: the quantity is undefined, and a reason stands beside it."""
    return {**schema, "type": [schema["type"], "null"]} if "type" in schema else {"anyOf": [schema, {"type": "null"}]}


def array(items: Json) -> Json:
    """Write a list."""
    return {"type": "array", "items": items}


def mapping(values: Json) -> Json:
    """Write an object whose keys are names of the caller."""
    return {"type": "object", "additionalProperties": values}


def record(_optional: Json | None = None, **required: Json) -> Json:
    """Write an object; fields may be added to it later."""
    return {"type": "object", "required": sorted(required), "properties": {**required, **(_optional or {})}}


def part(name: str) -> Json:
    """Refer to another component."""
    return {"$ref": f"#/components/schemas/{name}"}


STATUS: Json = {"type": "string", "enum": list(STATUSES)}
QUANTILES = record({"mean": NUMBER, "beyond_horizon": FLAG}, p10=maybe(NUMBER), p50=maybe(NUMBER), p90=maybe(NUMBER))

COMPONENTS: dict[str, Json] = {
    "Problem": record(
        type=TEXT,
        title=TEXT,
        status=WHOLE,
        detail=TEXT,
        errors=array(record({"parameter": TEXT}, pointer=TEXT, detail=TEXT)),
    ),
    "Warning": record(code=TEXT, pointer=TEXT, message=TEXT),
    "Assumption": record(pointer=TEXT, value=ANY, unit=TEXT, basis=TEXT),
    "PriceRow": {"type": "object"},
    "Chart": {"type": "object", "description": "A Vega-Lite specification, version 6."},
    "TraceStep": record(
        {
            "p10": {**ANY, "description": "Of a prediction: one measurement in ten lies below."},
            "p90": {**ANY, "description": "Of a prediction: nine measurements in ten lie below."},
        },
        name=TEXT,
        equation=TEXT,
        inputs={"type": "object"},
        value=ANY,
        unit=TEXT,
        price_row=ANY,
    ),
    "Component": record(
        {"trace": array(part("TraceStep"))},
        id=TEXT,
        upfront_usd=NUMBER,
        recurring_usd=NUMBER,
        total_usd=NUMBER,
        quantity=maybe(NUMBER),
        quantity_unit=maybe(TEXT),
    ),
    "Approach": record(
        {"bands": {"type": "object"}, "jumps": array({"type": "object"}), "trace": mapping(array(part("TraceStep")))},
        kind=TEXT,
        upfront_usd=NUMBER,
        total_usd=NUMBER,
        usd_per_request=maybe(NUMBER),
        usd_per_success=maybe(NUMBER)
        | {"description": "Discounted total over the requests answered well, which are counted as they come."},
        cumulative_usd=array(NUMBER),
        monthly_usd=array(NUMBER),
        components=array(part("Component")),
        resources={"type": "object"},
        lead_time_months=maybe(NUMBER),
        success_rate=maybe(NUMBER),
    ),
    "MonthCrossings": record(
        status=STATUS,
        first=maybe(NUMBER),
        sustained=maybe(NUMBER),
        crossings=array(record(month=NUMBER, direction=TEXT, kind=TEXT)),
        reason=maybe(TEXT),
    ),
    "BreakEven": record(
        {"requests_per_month": {"type": "object"}, "month_quantiles": QUANTILES},
        candidate=TEXT,
        baseline=TEXT,
        months=part("MonthCrossings"),
        saving_at_horizon_usd=NUMBER,
    ),
    "Recommendation": record(
        approach=maybe(TEXT),
        rival=maybe(TEXT)
        | {"description": "The next one: the cheapest other that can do what is asked; if none can, of all others."},
        headline=TEXT,
        reasons=array(record(criterion=TEXT, favours=maybe(TEXT), text=TEXT, evidence={"type": "object"})),
    ),
    "Estimate": record(
        {"assumptions": array(part("Assumption")), "prices_used": array(part("PriceRow"))},
        scenario_id=TEXT,
        scenario={"type": "object"},
        price_book=record(version=TEXT, on=DAY),
        approaches=mapping(part("Approach")),
        break_even=array(part("BreakEven")),
        recommendation=part("Recommendation"),
        warnings=array(part("Warning")),
    ),
    "BreakEvenCurve": record(
        {"z": array(NUMBER), "winner": array(array(maybe(TEXT)))},
        errors=array(record({"z": WHOLE}, x=WHOLE, pointer=TEXT, detail=TEXT)),
        x=array(NUMBER),
        y=array(array(maybe(NUMBER))),
        reasons=array(maybe({"anyOf": [TEXT, array(maybe(TEXT))]})),
        searched=maybe(array(NUMBER)),
    ),
    "Sweep": record(
        rows=array(
            record(
                values={"type": "object"},
                total_usd=maybe(mapping(NUMBER)),
                winner=maybe(TEXT),
                break_even=maybe(
                    mapping(
                        record(status=STATUS, first=maybe(NUMBER), sustained=maybe(NUMBER), reason=maybe(TEXT)),
                    )
                ),
                error=maybe(record(pointer=TEXT, detail=TEXT)),
            )
        )
    ),
    "Portfolio": record(rows=array({"type": "object", "required": ["row", "error"]})),
    "Options": record(
        options=array({"type": "object"}),
        options_found=WHOLE,
        excluded=array(record(name=TEXT, kind=TEXT, reason=TEXT, detail=TEXT)),
        excluded_found=WHOLE,
        pareto=array({"type": "object"}),
        warnings=array(part("Warning")),
    ),
    "Sensitivity": record(
        {"morris": {"type": "object"}},
        candidate=TEXT,
        baseline=TEXT,
        tornado=array(
            record(
                pointer=TEXT,
                low=NUMBER,
                high=NUMBER,
                at_low=maybe(NUMBER),
                at_high=maybe(NUMBER),
                swing=maybe(NUMBER),
                month=part("SwingEnds"),
                requests_per_month=part("SwingEnds"),
            )
        ),
        sobol={"type": "object"},
        value_of_information=maybe({"type": "object"}),
        warnings=array(part("Warning")),
    ),
    "SwingEnds": record(
        at_low=maybe(NUMBER), at_high=maybe(NUMBER), reason_at_low=maybe(TEXT), reason_at_high=maybe(TEXT)
    ),
    "PriceBook": record(
        version=TEXT,
        on=DAY,
        known_by=DAY,
        tables=array(record(table=TEXT, offers=WHOLE, rows=WHOLE, oldest_age_days=maybe(WHOLE))),
    ),
    "PricePage": record(
        {"next": TEXT}, version=TEXT, on=DAY, table=TEXT, total=WHOLE, page=WHOLE, rows=array(part("PriceRow"))
    ),
    "PresetList": record(presets=array(record(id=TEXT, name=TEXT, summary=TEXT))),
    "Preset": record(id=TEXT, name=TEXT, summary=TEXT, scenario={"type": "object"}),
    "Field": record(
        pointer=TEXT,
        kind=TEXT,
        unit=maybe(TEXT),
        default=ANY,
        required=FLAG,
        nullable=FLAG,
        range=maybe(TEXT),
        low=maybe(NUMBER),
        high=maybe(NUMBER),
        choices=array(TEXT),
        takes_range=FLAG,
        meaning=TEXT,
        basis=maybe(TEXT),
        equations=array(TEXT),
    ),
    "FieldList": record(fields=array(part("Field"))),
    "Verification": record(
        passed=WHOLE,
        failed=WHOLE,
        cases=array(record(id=TEXT, title=TEXT, source=TEXT, expected=ANY, computed=ANY, tolerance=TEXT, passed=FLAG)),
        not_covered=array(record(id=TEXT, title=TEXT, source=TEXT, reason=TEXT)),
    ),
    "Resources": record(
        {"training": maybe({"type": "object"}), "serving": maybe({"type": "object"})},
        assumptions=array(ANY),
        warnings=array(ANY),
    ),
    "Change": record(left=maybe(NUMBER), right=maybe(NUMBER), change=maybe(NUMBER), change_share=maybe(NUMBER)),
    "ComparedSide": record(
        scenario_id=TEXT, name=ANY, price_book={"type": "object"}, headline=TEXT, warnings=array(part("Warning"))
    ),
    "Comparison": record(
        left=part("ComparedSide"),
        right=part("ComparedSide"),
        inputs=array(record(pointer=TEXT, left=ANY, right=ANY)),
        prices=array(part("Change")),
        approaches=mapping(
            record(total_usd=part("Change"), upfront_usd=part("Change"), components=array(part("Change")))
        ),
        break_even=array(record(candidate=TEXT, baseline=TEXT, left=ANY, right=ANY)),
        recommendation=record(left=maybe(TEXT), right=maybe(TEXT), changed=FLAG),
    ),
}
