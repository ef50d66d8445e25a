"""The formulas of the code as a chapter of docs/model.md."""

from pathlib import Path

from estimator.explanation import FormulaCard
from estimator.web.questions.equations import equation_groups

PAGE = Path(__file__).parents[2] / "docs" / "model.md"
START, END = "<!-- formulas: made by python -m tests.docs -->\n", "<!-- end of formulas -->"


def with_formulas(page: str) -> str:
    """Replace the chapter of formulas by what the code says today."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{chapter()}{END}{after}"


def chapter() -> str:
    """Write every formula: equation, symbols and units."""
    written = []
    for group in equation_groups():
        written.append(f"\n### {group.name.capitalize()}\n\n{group.meaning}\n")
        written += [_card(card) for card in group.cards]
    return "\n".join(written) + "\n"


def _card(card: FormulaCard) -> str:
    symbols = ", ".join(f"`{each.symbol}` {name.replace('_', ' ')} [{each.unit}]" for name, each in card.inputs.items())
    return f"**{card.name}** - {card.summary}\n\n    {card.equation}\n\n{symbols}\n"
