"""Numbers as they come from a worker: bounded, so that a page can count on them."""

from typing import Annotated

from pydantic import Field

#: The largest whole number that a browser tells from the next, and that a widget may hold.
LARGEST_WHOLE = 2**53 - 1
#: A number of things, an index, or a size.
Count = Annotated[int, Field(ge=0, lt=2**63)]
#: A size of what is there: it has elements, and memory for them.
Size = Annotated[int, Field(ge=1, le=LARGEST_WHOLE)]
#: Any whole number that an option may be.
Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
#: Of a tensor, one size an axis.
Shape = Annotated[tuple[Count, ...], Field(max_length=128)]
