"""The next one of a frozen value."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanes.core.replace import replace


@dataclasses.dataclass(frozen=True)
class Value:
    name: str
    number: int = 0
    many: tuple[int, ...] = ()


changes = st.fixed_dictionaries(
    {}, optional={"name": st.text(), "number": st.integers(), "many": st.tuples(st.integers())}
)


@given(changes)
def test_it_is_what_the_library_makes_and_leaves_the_first_alone(changed):
    value = Value("a", 1, (2,))

    assert replace(value, **changed) == dataclasses.replace(value, **changed)
    assert value == Value("a", 1, (2,))


def test_what_is_no_field_is_an_error():
    with pytest.raises(AssertionError, match="colour"):
        replace(Value("a"), colour="red")
