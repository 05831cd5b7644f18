"""How a block's parameters are declared: types, defaults, bounds and marks, by pydantic."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from registry.contract.keras_names import ACTIVATIONS, CONSTRAINTS, INITIALIZERS, REGULARIZERS, Family


class BlockParams(BaseModel):
    """Base of every block's parameters: unknown names, wrong types, inf and nan are errors, values never change."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, protected_namespaces=(), allow_inf_nan=False, defer_build=True
    )


def param(
    default: Any,
    description: str,
    *,
    schedulable: bool = False,
    path: bool = False,
    remark: bool = False,
    **bounds: Any,
) -> Any:
    """Declare a parameter: default (`...` for none), description with unit, pydantic bounds (`ge=0`, `lt=1`).

    `schedulable`: a training stage may change it (`set:`). `path`: a file name, relative to the file that states it.
    `remark`: without effect on what is computed, and so in no fingerprint: a text for people, a place to write to.
    """
    extra = {"schedulable": schedulable, "path": path, "remark": remark}
    return Field(default, description=description, json_schema_extra={k: v for k, v in extra.items() if v}, **bounds)


def has_mark(field: FieldInfo, mark: str) -> bool:
    """Say whether a parameter was declared with `mark` ("schedulable", "path" or "remark")."""
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get(mark))


def _name_in(family: Family) -> AfterValidator:
    """Return what refuses a name that Keras does not know."""

    def checked(name: str) -> str:
        if fault := family.fault(name):
            raise ValueError(fault)
        return name

    return AfterValidator(checked)


Activation = Annotated[str, _name_in(ACTIVATIONS)]
"""Type of a parameter that names an activation of Keras."""

Initializer = Annotated[str, _name_in(INITIALIZERS)]
"""Type of a parameter that names an initializer of Keras."""

Regularizer = Annotated[str, _name_in(REGULARIZERS)]
"""Type of a parameter that names a regularizer of Keras."""

Constraint = Annotated[str, _name_in(CONSTRAINTS)]
"""Type of a parameter that names a constraint of Keras."""
