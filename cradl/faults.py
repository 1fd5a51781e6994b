"""The error of a user's function, apart from what calls such functions."""


class RowFault(ValueError):
    """A function of a row that raised, or returned what it must not; says which, and what."""


class RowRaised(RowFault):
    """A function of a row that raised: its own error is the cause."""
