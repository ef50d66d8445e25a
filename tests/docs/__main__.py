"""Write the formulas of the code into docs/model.md, and which inputs enter them: `python -m tests.docs`."""

from tests.docs import entering
from tests.docs.formulas import PAGE, with_formulas

if __name__ == "__main__":
    PAGE.write_text(with_formulas(PAGE.read_text("utf-8")), "utf-8")
    entering.write()
