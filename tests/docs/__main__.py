"""Write the formulas of the code into docs/model.md: `python -m tests.docs`."""

from tests.docs.formulas import PAGE, with_formulas

if __name__ == "__main__":
    PAGE.write_text(with_formulas(PAGE.read_text("utf-8")), "utf-8")
