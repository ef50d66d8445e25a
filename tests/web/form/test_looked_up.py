"""What empty fields show of the price book and of the hardware model while something else is wrong."""

import re
from copy import deepcopy
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.answer import answer
from estimator.errors import EstimatorError
from estimator.estimate import estimate
from estimator.presets import presets
from estimator.price_book import Library, load_price_book
from estimator.scenario.pointer import at_base, escaped, numbers_in, tokens_of
from estimator.web.documents import write_text
from estimator.web.form.draft import digest
from estimator.web.report.looked_up import looked_up_beside, looked_up_of
from estimator.web.schemas.scenario import read_scenario
from estimator.web.takeaway.permalink import open_link, pack

SECTIONS = frozenset({"assumptions", "prices"})


@pytest.fixture(scope="module")
def library() -> Library:
    return load_price_book()


def answered(document: dict[str, Any], library: Library) -> dict[str, tuple[Any, str]]:
    """What the engine takes where nothing is stated, in a whole scenario."""
    return looked_up_of(answer(estimate(at_base(read_scenario(document)), library, SECTIONS)))


def put(document: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    changed = deepcopy(document)
    *parents, name = tokens_of(pointer)
    node = changed
    for each in parents:
        node = node[each]
    node[name] = value
    return changed


def stated_numbers(document: dict[str, Any]) -> dict[str, float]:
    """Every number of the scenario that is written in it, ranges left out."""
    found = {}
    for pointer, value in numbers_in(read_scenario(document)).items():
        node: Any = document
        for token in tokens_of(pointer):
            node = node.get(token) if isinstance(node, dict) else None
        if node is not None:
            found[pointer] = value
    return found


@pytest.mark.parametrize("preset", sorted(presets()))
def test_what_is_shown_beside_a_wrong_number_holds_whatever_is_put_there(preset: str, library: Library) -> None:
    """Shown while a field is wrong is what the engine takes once another number stands there, whichever it is."""
    document = presets()[preset].scenario
    seen = 0
    for pointer, value in stated_numbers(document).items():
        shown = looked_up_beside(put(document, pointer, "many"), [pointer], library)
        for other in (value, type(value)(1.6 * value)):
            try:
                taken = answered(put(document, pointer, other), library)
            except EstimatorError:
                continue
            assert {key: shown[key] for key in shown.keys() & taken.keys()} == {
                key: taken[key] for key in shown.keys() & taken.keys()
            }, pointer
        seen += bool(shown)
    assert seen > 10


def sent(client: FlaskClient, document: dict[str, Any], **fields: str) -> str:
    """Send the form with something typed; return the page."""
    text = write_text(document)
    reply = client.post("/estimate", data={"scenario": text, "digest": digest(text), **fields})
    return unescape(reply.get_data(as_text=True))


def hint(page: str, pointer: str) -> str:
    found = re.search(f'id="f{re.escape(pointer.replace(" ", "_"))}-h">(.*?)</p>', page)
    assert found is not None, pointer
    return re.sub("<[^>]*>", "", found[1])


def test_prices_stand_at_their_fields_while_the_task_is_wrong(client: FlaskClient, library: Library) -> None:
    """The price is that of the price book for the GPU of the example; speeds rest on the task, and are not shown."""
    document = presets()["review-sentiment"].scenario
    tuned = "/approaches/tuned 8B on own replicas"
    page = sent(client, document, **{"/workload/output_tokens": "many", "do": f"open:{tuned}"})
    assert "This cannot be computed yet" in page
    price = library.book().gpu_hour("L40S", "thunder-compute", "on_demand")
    assert hint(page, f"{tuned}/serving/usd_per_gpu_hour").endswith(
        f"Default {price:g}: price book: thunder-compute/L40S, {price.source}, seen on 2026-05-24."
    )
    assert "Default" not in hint(page, f"{tuned}/serving/decode_tokens_per_second")


def test_speeds_stand_at_their_fields_while_another_approach_is_wrong(client: FlaskClient) -> None:
    document = presets()["review-sentiment"].scenario
    tuned = "/approaches/tuned 8B on own replicas"
    good = hint(sent(client, document, do=f"open:{tuned}"), f"{tuned}/serving/decode_tokens_per_second")
    assert "hardware model" in good
    page = sent(client, document, **{"/approaches/few-shot prompt/prompt_tokens": "", "do": f"open:{tuned}"})
    assert "This cannot be computed yet" in page
    assert hint(page, f"{tuned}/serving/decode_tokens_per_second") == good


@pytest.mark.parametrize("wrong", ["/price_book", "/rates/region"])
def test_no_wage_is_shown_where_its_own_input_is_wrong(wrong: str, library: Library) -> None:
    document = put({**presets()["prototype"].scenario, "rates": {}}, wrong, "nowhere")
    shown = looked_up_beside(document, [wrong], library)
    assert not [pointer for pointer in shown if pointer.startswith("/rates/")]


def test_a_second_mistake_that_the_engine_finds_is_left_out_too(library: Library) -> None:
    """The readers refuse the number; only the engine finds that no such GPU is rented out by this provider."""
    document = put(presets()["review-sentiment"].scenario, "/workload/output_tokens", "many")
    tuned = f"/approaches/{escaped('tuned 8B on own replicas')}"
    document = put(document, f"{tuned}/serving/provider", "nobody")
    shown = looked_up_beside(document, ["/workload/output_tokens"], library)
    assert f"{tuned}/serving/usd_per_gpu_hour" not in shown
    assert f"{tuned}/training/usd_per_gpu_hour" in shown
    assert "/rates/ml_engineer_usd_per_hour" in shown


def test_a_cut_link_shows_prices_beside_what_is_missing(client: FlaskClient) -> None:
    """At three fifths of its length the GPUs of the example were read, but not how long its prompt is."""
    link = pack(presets()["review-sentiment"].scenario)
    page = unescape(client.get("/estimate", query_string={"s": link[: len(link) * 6 // 10]}).get_data(as_text=True))
    assert "This cannot be computed yet" in page
    pointer = "/approaches/tuned 8B on own replicas/serving/usd_per_gpu_hour"
    draft = open_link(link[: len(link) * 6 // 10])
    text = write_text(draft.document)
    opened = {"scenario": text, "digest": digest(text), "do": "open:/approaches/tuned 8B on own replicas"}
    shown = unescape(client.post("/estimate", data=opened).get_data(as_text=True))
    assert "price book: thunder-compute/L40S" in hint(shown, pointer)


@pytest.mark.parametrize("document", [None, 3, [], {}, {"approaches": 3}, {"approaches": {"a": 3}}, {"workload": "x"}])
@pytest.mark.parametrize("wrong", [["/approaches"], ["/workload", "/approaches/a"], ["/draws"]])
def test_nothing_breaks_where_there_is_no_scenario(document: Any, wrong: list[str], library: Library) -> None:
    assert all(pointer.startswith("/rates/") for pointer in looked_up_beside(document, wrong, library))
    assert looked_up_beside(document, [""], library) == {}
