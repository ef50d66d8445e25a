"""What a field is called, in which unit, with which help: each thing once, in plain words, shares in percent."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.scenario import PLANS, Scenario
from estimator.scenario.inputs import Input, defaults_of, inputs_of
from estimator.web.documents import write_yaml
from estimator.web.form.fields import FormField
from estimator.web.form.rows import Correlation, Discount, OwnPrice
from estimator.web.words.written_values import in_percent, write_value


def declared() -> Iterator[tuple[type, str, Input]]:
    """Yield every input that a scenario may hold, with the class that declares it."""
    left, seen = [Scenario, *PLANS.values(), Correlation, Discount, OwnPrice], set()
    while left:
        owner = left.pop()
        if owner in seen:
            continue
        seen.add(owner)
        for name, each in inputs_of(owner).items():
            left += (each.variants or {}).values()
            yield owner, name, each


def field_of(owner: type, name: str, what: Input) -> FormField:
    default = write_value(name, what, defaults_of(owner).get(name))
    return FormField(f"/{name}", name, what, "", default, name not in defaults_of(owner))


FIELDS = [field_of(*each) for each in declared() if each[2].kind not in ("object", "one_of", "objects")]


def test_no_unit_repeats_what_the_label_says() -> None:
    assert len(FIELDS) > 200
    for field in FIELDS:
        label = {word.removesuffix("s") for word in re.split(r"[\s-]+", field.label.lower())}
        unit = {word.removesuffix("s") for word in field.unit.lower().split()} - {"a", "an"}
        rest = unit - {"hour"} if "hour" in label and field.unit.endswith("an hour") else unit
        assert not label & rest, (field.label, field.unit)


def test_labels_and_help_are_in_the_words_of_people() -> None:
    for field in FIELDS:
        assert not re.search(r"\b(Cpu|Gpu|Usd|Min|USD)\b", field.label), field.label
        assert not re.search(r"\bof the table\b|\bmode \w|\bgpus\b|\b\dN\b|\bpolicy [a-z]+\)|\bnull\b", field.help), (
            field.help
        )


@pytest.mark.parametrize(
    ("name", "default", "told"),
    [
        ("overlap_share", "20%", "10% / 20% / 100%; low / usual / high"),
        ("max_utilisation", "65%", "50% / 65% / 85%; low / usual / high"),
        ("train_examples", "1,000", "200 / 1,000 / 10,000; low / usual / high"),
        ("gradient_checkpointing", "yes", "saves memory"),
        ("autoscaled", "no", "replicas are kept running"),
        ("optimizer", "AdamW", "the usual choice"),
    ],
)
def test_a_default_stands_with_its_source_in_one_unit(client: FlaskClient, name: str, default: str, told: str) -> None:
    """The bases are those of the API's list of fields, with 0.1 as 10% where the field takes percent."""
    page = form_of(client, "review-sentiment")
    hint = page.partition(f'/{name}-h">')[2].partition("</p>")[0]
    assert f" Default {default}: {told}" in hint


def test_no_share_stands_as_a_decimal_beside_percent() -> None:
    for field in FIELDS:
        if in_percent(field.name, field.declared):
            assert not re.search(r"\b0\.\d", field.help), field.help


def form_of(client: FlaskClient, preset: str, *more: str) -> str:
    document = presets()[preset].scenario
    opened = ["", "/workload", "/labelling", *(f"/approaches/{name}" for name in document["approaches"]), *more]
    sent: dict[str, Any] = {"scenario": write_yaml(document), "open": opened}
    return client.post("/estimate", data=sent).get_data(as_text=True)


def number(written: str) -> float:
    return float(written.split()[0].replace(",", ""))


@pytest.mark.parametrize("preset", sorted(presets()))
def test_the_list_of_defaults_writes_them_as_the_fields_do(client: FlaskClient, preset: str) -> None:
    """What an empty field shows in grey begins the value of that input in the list; both with the same source."""
    page = form_of(client, preset, "assumptions")
    table = page.partition('id="assumption-table"')[2].partition("</table>")[0].partition("<tbody>")[2]
    rows = re.findall(r'<th scope=row title="([^"]*)">.*?<td>(.*?)<td class=words>(.*?)\n', table)
    assert len(rows) > 20
    compared = 0
    for pointer, value, basis in rows:
        assert value
        place = re.escape(pointer)
        shown = re.search(rf'name="{place}" value=""[^>]* placeholder="([^"]*)"', page)
        chosen = re.search(rf'name="{place}" [^>]*><option value="">default \(([^)]*)\)', page)
        found = (shown or chosen) and (shown or chosen)[1]  # type: ignore[index]  # one of them is there
        if found:
            compared += 1
            same = unescape(value) == found or unescape(value).startswith(f"{found} ")
            assert same or number(value) == pytest.approx(number(found), rel=1e-3), pointer  # the grey one is short
            hint = page.partition(f'id="f{pointer.replace(" ", "_")}-h">')[2].partition("</p>")[0]
            assert not basis.startswith(("0.", "0 /")) or basis in hint
    assert compared > 10


def test_one_of_anything_is_in_the_singular(client: FlaskClient) -> None:
    page = client.post(
        "/estimate", data={"scenario": write_yaml(presets()["review-sentiment"].scenario), "open": "assumptions"}
    ).get_data(as_text=True)
    assert "<td>1 GPU<td" in page
    assert "1 GPUs" not in page


def test_the_name_of_an_approach_and_its_kinds_say_what_they_are(client: FlaskClient) -> None:
    page = form_of(client, "review-sentiment")
    assert "What tables and charts call it." in page
    for told in ("How the model is tuned", "Where the requests are answered"):
        assert f">{told}</label><select" in page


def test_the_table_of_an_own_price_is_one_of_the_book(client: FlaskClient) -> None:
    own = {"table": "gpu_prices", "offer": "acme/H100-SXM", "price": "gpu_hour", "value": 2}
    scenario = {**presets()["prototype"].scenario, "price_overrides": [own]}
    page = client.post("/estimate", data={"scenario": write_yaml(scenario), "open": ""}).get_data(as_text=True)
    assert '<option value="gpu_prices" selected>gpu prices</option>' in page
    assert "such as input_token." in page
