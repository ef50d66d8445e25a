"""Random scenarios as documents that could be posted: decimals of few digits, all five kinds of approach."""

from hypothesis import strategies as st


def decimals(low, high, digits=2):
    """Decimals of a few digits, both ends included."""
    scale = 10**digits
    return st.integers(round(low * scale), round(high * scale)).map(lambda n: n / scale)


def sometimes(strategy):
    """A value, or the field left out."""
    return st.none() | strategy


def document(**fields):
    """An object whose fields are left out where None is drawn."""
    drawn = st.fixed_dictionaries(fields)
    return drawn.map(lambda found: {name: value for name, value in found.items() if value is not None})


usd, hours, share = decimals(0, 20000), decimals(0, 200, 1), decimals(0, 1, 3)
rate = decimals(0, 0.9)
months = st.integers(1, 24)

workload = document(
    requests_per_month=st.sampled_from([0, 1, 500]) | st.integers(0, 3_000_000),
    monthly_growth=sometimes(decimals(-0.2, 0.2)),
    seasonality=sometimes(st.lists(decimals(0, 2), min_size=12, max_size=12)),
    seasonality_offset_months=sometimes(st.integers(0, 11)),
    max_requests_per_month=sometimes(st.integers(0, 4_000_000)),
    input_tokens=st.integers(0, 5000),
    output_tokens=st.integers(0, 2000),
    reasoning_tokens=sometimes(st.integers(0, 3000)),
    calls_per_request=sometimes(decimals(0, 4, 1)),
    attempts_per_request=sometimes(decimals(1, 3)),
    batch_share=sometimes(share),
)

labelling = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["people", "people", "vendor", "model_assisted"]),
        "seconds_per_label": decimals(0, 300, 1),
        "overlap_share": share,
        "labels_per_overlapped_example": decimals(1, 5, 1),
        "disagreement_rate": share,
        "adjudication_seconds": decimals(0, 300, 0),
        "audit_share": share,
        "audit_seconds": decimals(0, 100, 0),
        "reject_rate": decimals(0, 0.9),
        "vendor_markup_share": rate,
        "tool_usd_per_example": decimals(0, 1, 3),
        "usd_per_unit": decimals(0, 3, 3),
        "units_per_example": decimals(0, 20, 1),
        "model_usd_per_example": decimals(0, 1, 4),
        "verified_share": share,
        "verification_seconds": decimals(0, 60, 0),
        "guideline_hours": decimals(0, 40, 1),
        "test_examples": st.integers(0, 1000),
        "existing_test_examples": st.integers(0, 500),
    }
)

rates = st.fixed_dictionaries(
    {
        f"{role}_usd_per_hour": decimals(0, 200)
        for role in ("annotator", "domain_expert", "prompt_engineer", "ml_engineer")
    }
)

token_prices = document(
    input_usd_per_mtok=decimals(0, 15),
    output_usd_per_mtok=decimals(0, 75),
    cached_input_usd_per_mtok=decimals(0, 2),
    cache_write_usd_per_mtok=sometimes(decimals(0, 20)),
    min_cacheable_tokens=sometimes(st.sampled_from([0, 512, 1024])),
    batch_discount_share=sometimes(share),
    usd_per_request=sometimes(decimals(0, 0.01, 4)),
)
caching = (
    st.sampled_from(["none", "auto"])
    | st.fixed_dictionaries({"hit_rate": share})
    | st.fixed_dictionaries({"ttl_minutes": st.sampled_from([5, 30, 60])})
)
api = document(
    kind=st.just("api"),
    prices=token_prices,
    prompt_caching=sometimes(caching),
    monthly_subscription_usd=sometimes(usd),
    included_requests_per_month=sometimes(st.integers(0, 100_000)),
    annual_price_decline_share=sometimes(rate),
)
endpoint = document(
    kind=st.just("endpoint"),
    prices=st.builds(
        lambda prices, hosting: {**prices, **hosting},
        token_prices,
        document(hosting_usd_per_hour=decimals(0, 10), storage_usd_per_month=sometimes(decimals(0, 50))),
    ),
    prompt_caching=sometimes(caching),
    endpoints=sometimes(st.integers(0, 4)),
    annual_price_decline_share=sometimes(rate),
)
provisioned = document(
    kind=st.just("endpoint"),
    prices=st.fixed_dictionaries({"storage_usd_per_month": decimals(0, 50)}),
    endpoints=sometimes(st.integers(0, 4)),
    usd_per_unit_hour=decimals(0, 40),
    requests_per_hour_per_unit=st.integers(1, 20_000),
    peak_to_average=sometimes(decimals(1, 6, 1)),
)
gpus = document(
    kind=st.just("gpus"),
    usd_per_gpu_hour=decimals(0, 10),
    prefill_tokens_per_second=st.integers(1000, 40_000),
    decode_tokens_per_second=st.integers(100, 5000),
    prefix_cache_hit_rate=sometimes(share),
    peak_to_average=sometimes(decimals(1, 6, 1)),
    max_utilisation=sometimes(decimals(0.1, 0.9)),
    min_replicas=sometimes(st.integers(0, 4)),
    gpus_per_replica=sometimes(st.integers(1, 8)),
    adapters_sharing=sometimes(st.integers(1, 25)),
    autoscaled=sometimes(st.booleans()),
    cold_starts_per_month=sometimes(st.integers(0, 1000)),
    cold_start_seconds=sometimes(st.integers(0, 300)),
    platform_monthly_usd=sometimes(usd),
)
serving = api | api | endpoint | provisioned | gpus

refresh = document(
    every_months=st.integers(1, 12) | decimals(1, 12, 1),
    label_share=sometimes(share),
    planned_runs=sometimes(st.integers(0, 5)),
    hours=sometimes(hours),
)
model_life = document(every_months=st.integers(1, 24), migration_hours=sometimes(hours))
change = document(
    label_share=sometimes(share),
    planned_runs=sometimes(st.integers(0, 3)),
    hours=sometimes(hours),
    usd=sometimes(usd),
)
kept_up = {
    "monthly_fixed_usd": sometimes(usd),
    "upkeep_hours_per_month": sometimes(decimals(0, 20, 1)),
    "refresh": sometimes(refresh),
    "model_life": sometimes(model_life),
    "requirement_change": sometimes(change),
    "success_rate": sometimes(share),
    "deployment_hours": sometimes(hours),
    "deployment_usd": sometimes(usd),
    "bridge_upfront_share": sometimes(share),
    "serving": serving,
}
optimiser = document(
    kind=st.sampled_from([f"{name}_{size}" for name in ("mipro", "gepa") for size in ("light", "medium", "heavy")]),
    predictors=sometimes(st.integers(1, 4)),
    zero_shot=sometimes(st.booleans()),
    validation_examples=sometimes(st.integers(1, 500)),
    prompt_model_usd_per_call=sometimes(decimals(0, 0.2, 3)),
)
prompt_engineering = document(
    kind=st.just("prompt_engineering"),
    prompt_tokens=st.integers(0, 6000),
    effort_hours=sometimes(hours),
    hours_per_iteration=sometimes(decimals(0.1, 8, 1)),
    optimiser=sometimes(optimiser),
    lead_time_months=sometimes(decimals(0, 3)),
    **kept_up,
)
managed = document(
    kind=st.just("managed"),
    prices=document(
        training_usd_per_mtok=decimals(0, 30),
        minimum_usd_per_run=sometimes(decimals(0, 50)),
        usd_per_training_hour=sometimes(decimals(0, 100)),
    ),
    hours_per_run=sometimes(decimals(0, 10, 1)),
    padded_to_tokens=sometimes(st.integers(1, 4096)),
    validation_passes=sometimes(st.integers(0, 10)),
    grader_usd_per_run=sometimes(usd),
)
own = st.fixed_dictionaries(
    {
        "kind": st.just("gpus"),
        "base_model": st.just("Llama-3.1-8B"),
        "method": st.sampled_from(["full", "lora"]),
        "gpu": st.sampled_from(["H100-SXM", "A100-80GB-SXM"]),
        "gpus": st.sampled_from([4, 8]),
        "sharding": st.just("zero3"),
        "usd_per_gpu_hour": decimals(0, 10),
        "mfu": decimals(0.05, 0.6),
        "padding_factor": decimals(1, 3, 1),
        "overhead_factor": decimals(1, 2, 1),
        "startup_hours": decimals(0, 2),
        "search_data_share": share,
    }
)
fine_tuning = document(
    kind=st.just("fine_tuning"),
    train_examples=st.integers(0, 20_000),
    validation_examples=sometimes(st.integers(0, 1000)),
    existing_examples=sometimes(st.integers(0, 10_000)),
    kept_share=sometimes(decimals(0.1, 1)),
    tokens_per_example=st.integers(1, 4000),
    epochs=st.integers(1, 10),
    planned_runs=st.integers(0, 20),
    run_failure_rate=decimals(0, 0.9),
    curation_hours=sometimes(hours),
    curation_usd_per_example=sometimes(decimals(0, 1)),
    engineering_hours=sometimes(hours),
    prompt_tokens=sometimes(st.integers(0, 3000)),
    lead_time_months=st.just(0) | decimals(0, 6),
    training=managed | managed | own,
    **kept_up,
)
event = document(month=st.integers(1, 30), usd=decimals(-5000, 20000), what=st.just("x"))
lump_sum = document(
    kind=st.just("lump_sum"),
    upfront_usd=sometimes(usd),
    usd_per_request=sometimes(decimals(0, 0.02, 4)),
    annual_price_decline_share=sometimes(rate),
    monthly_fixed_usd=sometimes(usd),
    events=sometimes(st.lists(event, max_size=4)),
    lead_time_months=sometimes(decimals(0, 6)),
    bridge_upfront_share=sometimes(share),
    requirement_change_usd=sometimes(usd),
    success_rate=sometimes(share),
)


def hybrids(names, plans):
    """Combine two approaches that stand already; tuned_with_prompt only where it can."""
    parts = [name for name in names if plans[name]["kind"] != "staged"]

    def with_mode(pair):
        first, fallback = pair
        modes = ["cascade", "router"]
        if plans[first]["kind"] == "fine_tuning" and plans[fallback]["kind"] == "prompt_engineering":
            modes.append("tuned_with_prompt")
        return document(
            kind=st.just("hybrid"),
            mode=st.sampled_from(modes),
            first=st.just(first),
            fallback=st.just(fallback),
            escalated_share=sometimes(share),
            judge_usd_per_request=sometimes(decimals(0, 0.01, 4)),
            upfront_usd=sometimes(usd),
            monthly_fixed_usd=sometimes(usd),
            requirement_change_usd=sometimes(usd),
            events=sometimes(st.lists(event, max_size=2)),
            lead_time_months=sometimes(decimals(0, 4)),
            success_rate=sometimes(share),
        )

    return st.tuples(st.sampled_from(parts), st.sampled_from(parts)).flatmap(with_mode)


def stages(names, horizon):
    return document(
        kind=st.just("staged"),
        first=st.sampled_from(names),
        then=st.sampled_from(names),
        switch_month=sometimes(st.integers(0, horizon)),
    )


@st.composite
def questions(draw, plain=prompt_engineering | fine_tuning | lump_sum, combined=True):
    """A whole scenario; approaches that combine or bridge others come after them, so that there is no circle."""
    horizon = draw(months)
    names = ["A", "B", "C", "D"][: draw(st.integers(2, 4))]
    plans = {}
    for place, name in enumerate(names):
        kinds = ["plain"]
        if combined and place >= 2:
            kinds += ["hybrid", "staged"]
        kind = draw(st.sampled_from(kinds))
        known = list(plans)
        if kind == "hybrid" and any(plans[each]["kind"] != "staged" for each in known):
            plan = draw(hybrids(known, plans))
        elif kind == "staged":
            plan = draw(stages(known, horizon))
        else:
            plan = draw(plain)
        if plan["kind"] != "staged":
            if known:
                plan = {**plan, "bridge": draw(st.sampled_from(known))}
            elif plan["kind"] != "hybrid":
                plan = {**plan, "lead_time_months": 0}
        plans[name] = plan
    policy = draw(st.sampled_from(["bridge", "bridge", "unserved", "ignore"]))
    asked = draw(
        document(
            annual_discount_rate=sometimes(st.sampled_from([0, 0.05, 0.1, 0.25])),
            cost_unserved_usd_per_request=sometimes(decimals(0, 0.1, 3)),
            delay_cost_usd_per_month=sometimes(usd),
            requirement_changes_per_month=sometimes(decimals(0, 2)),
            cost_of_failure_usd=sometimes(decimals(0, 0.5)),
            tasks=sometimes(st.integers(1, 3)),
            workload=workload,
            labelling=labelling,
            rates=rates,
            evaluation=document(
                judge_usd_per_example=sometimes(decimals(0, 0.1, 3)),
                human_share=sometimes(share),
                human_seconds_per_example=sometimes(decimals(0, 300, 0)),
            ),
        )
    )
    return {"horizon_months": horizon, "delay_policy": policy, "baseline": names[0], "approaches": plans, **asked}
