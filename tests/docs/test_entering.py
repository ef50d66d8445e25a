"""Every input says which equations it enters, as it is traced in the code of today."""

import json

import pytest

from estimator.web.questions.equations import entered_equations, formulas
from tests.docs.entering import KEPT, NO_EQUATION, NO_EQUATION_OF, entering, leaves


@pytest.mark.slow
def test_the_kept_equations_are_those_that_are_traced_today():
    assert entering() == json.loads(KEPT.read_text("utf-8")), "run python -m tests.docs"


def test_every_input_enters_an_equation_or_has_a_reason_why_not():
    without = {name for name in leaves() if name not in entered_equations()}
    assert {name for name in without if name.partition(".")[0] not in NO_EQUATION_OF} == NO_EQUATION.keys()
    assert {name.partition(".")[0] for name in without} >= NO_EQUATION_OF.keys()


def test_every_equation_stands_on_the_page(client):
    page = client.get("/model").get_data(as_text=True)
    anchors = {anchor for found in entered_equations().values() for anchor in found}
    assert anchors <= set(formulas().values())
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_the_list_of_inputs_names_them(client):
    fields = {each["pointer"]: each for each in client.get("/api/v1/fields").json["fields"]}
    assert "labelling.seconds_per_example" in fields["/labelling/seconds_per_label"]["equations"]
    assert "curves.discount_factors" in fields["/annual_discount_rate"]["equations"]
    assert fields["/workload/requests_per_month"]["equations"] == ["traffic.monthly_requests"]
    assert fields["/name"]["equations"] == []
