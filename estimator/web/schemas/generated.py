"""Schemas made from the declarations of the scenario: dataclass -> Schema, once for each class."""

from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from functools import cached_property
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, missing, post_load
from marshmallow.fields import Field

from estimator.scenario.inputs import REQUIRED, Input, default_of
from estimator.web.schemas import fields as sorts
from estimator.web.schemas.objections import unknown_name

MOST_NEAREST = 20
"""Unknown fields for which the nearest names are looked up: the search is not free."""

SIMPLE: dict[str, type[sorts.Declared]] = {
    "number": sorts.Number,
    "whole": sorts.WholeNumber,
    "choice": sorts.Choice,
    "text": sorts.Text,
    "flag": sorts.Flag,
    "date": sorts.Day,
    "numbers": sorts.Numbers,
    "texts": sorts.Texts,
}

Reader = Callable[..., Field[Any]]
"""Makes the field of an input that has a reader of its own: (declared, required=, default=) -> field."""


class StrictSchema(Schema):
    """Reads an object and nothing else; an unknown field is an error that names the nearest known one."""

    error_messages = {  # noqa: RUF012 - marshmallow declares it so
        "type": "Must be an object.",
        "unknown": "Unknown field.",
    }

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Name the fields that must be given."""
        return tuple(name for name, field in self.load_fields.items() if field.required)

    @cached_property
    def left_out(self) -> dict[str, Any]:
        """Return what the schema itself puts in the place of a field that is left out."""
        return {
            name: field.load_default for name, field in self.load_fields.items() if field.load_default is not missing
        }

    def _deserialize(self, data: Any, *, error_store: Any, **_: Any) -> dict[str, Any]:
        """Read only what was sent: most of a scenario's many fields are left out (a third of the library's time)."""
        found = dict(self.left_out)
        if not isinstance(data, dict):
            error_store.store_error([self.error_messages["type"]])
            return found
        for name, value in data.items():
            field = self.load_fields.get(name)
            if field is None:
                error_store.store_error([self.error_messages["unknown"]], name)
                continue
            try:
                found[name] = field.deserialize(value, name, data)
            except ValidationError as refusal:
                error_store.store_error(refusal.messages, name)
        for name in self.required:
            if name not in data:
                error_store.store_error([self.load_fields[name].error_messages["required"]], name)
        return found

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> None:
        """Name the nearest field beside every unknown one."""
        messages = error.messages
        if isinstance(messages, dict):
            unknown = [self.error_messages["unknown"]]
            misspelt = sorted((key for key, words in messages.items() if words == unknown), key=str)
            for key in misspelt[:MOST_NEAREST]:
                messages[key] = [unknown_name("field", str(key), self.fields)]


class DeclaredSchema(StrictSchema):
    """Reads an object into one frozen class of the scenario."""

    makes: ClassVar[type]

    @post_load
    def make(self, found: dict[str, Any], **_: Any) -> Any:
        """Build the frozen object."""
        return self.makes(**found)


class VariantSchema(DeclaredSchema):
    """Reads an object whose class was chosen by its ``kind``."""

    @post_load
    def make(self, found: dict[str, Any], **_: Any) -> Any:
        """Build the frozen object, which knows its kind."""
        del found["kind"]
        return self.makes(**found)


class SchemaMaker:
    """Makes one schema for each class, and keeps it.

    Parameters
    ----------
    readers : for inputs of the sort "other", by class and field name: what makes the field
    """

    def __init__(self, readers: Mapping[tuple[str, str], Reader]) -> None:
        self._readers = readers
        self._made: dict[type, Schema] = {}

    def schema(self, owner: type) -> Schema:
        """Return the schema of a class of the scenario."""
        if owner not in self._made:
            members: dict[str, Any] = {
                each.name: self._field(owner, each.name, each.metadata["input"], default_of(each))
                for each in fields_of(owner)
                if "input" in each.metadata
            }
            kind = getattr(owner, "kind", None)
            variant = isinstance(kind, str)
            if variant:
                members = {"kind": sorts.KindWord(str(kind)), **members}
            members |= {"makes": owner, "__doc__": owner.__doc__}
            made = type(f"{owner.__name__}Schema", (VariantSchema if variant else DeclaredSchema,), members)
            self._made[owner] = made()
        return self._made[owner]

    def variants(self, declared: Input) -> dict[str, Schema]:
        """Return the schemas behind an object, by the value of its ``kind``."""
        return {kind: self.schema(owner) for kind, owner in (declared.variants or {}).items()}

    def _field(self, owner: type, name: str, declared: Input, default: Any) -> Field[Any]:
        about: dict[str, Any] = {"required": default is REQUIRED, "default": None if default is REQUIRED else default}
        reader = self._readers.get((owner.__name__, name))
        if reader is not None:
            return reader(declared, **about)
        if declared.kind in SIMPLE:
            return SIMPLE[declared.kind](declared, **about)
        if declared.kind == "one_of":
            return sorts.OneOf(declared, self.variants(declared), **about)
        (only,) = self.variants(declared).values()
        return (sorts.Part if declared.kind == "object" else sorts.Parts)(declared, only, **about)
