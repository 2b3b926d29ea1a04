"""Who goes with whom at the least cost: the assignment problem, for small sets.

The shortest augmenting path method with potentials (Jonker and Volgenant, "A shortest augmenting path algorithm for
dense and sparse linear assignment problems", Computing 38, 1987), in integers, so that no rounding decides a tie.
"""

from collections.abc import Sequence


def assign(costs: Sequence[Sequence[int]]) -> list[int]:
    """For each row its column, all different, at the least sum. There must be at least as many columns as rows.

    Takes rows² · columns steps. The same costs always give the same answer.
    """
    columns = len(costs[0]) if costs else 0
    row_of: list[int | None] = [None] * columns
    row_price, column_price = [0] * len(costs), [0] * columns
    for row in range(len(costs)):
        _take_in(row, costs, row_of, row_price, column_price)
    return [column for _, column in sorted((row, column) for column, row in enumerate(row_of) if row is not None)]


def _take_in(
    new: int, costs: Sequence[Sequence[int]], row_of: list[int | None], row_price: list[int], column_price: list[int]
) -> None:
    """Find the cheapest chain of moves that frees a column for the new row, and make it."""
    columns = range(len(row_of))
    best: list[int | None] = [None] * len(row_of)  # the cheapest known way to each column
    before: list[int | None] = [None] * len(row_of)  # and the column it comes from
    done: list[int] = []
    row, column = new, None
    while True:
        for other in columns:
            if other in done:
                continue
            way = costs[row][other] - row_price[row] - column_price[other]
            known = best[other]
            if known is None or way < known:
                best[other], before[other] = way, column
        column = min((c for c in columns if c not in done), key=lambda c: (best[c] or 0, c))
        step = best[column] or 0
        row_price[new] += step
        for other in columns:
            if other in done:
                row_price[row_of[other] or 0] += step
                column_price[other] -= step
            else:
                best[other] = (best[other] or 0) - step
        done.append(column)
        owner = row_of[column]
        if owner is None:
            break
        row = owner
    _move_along(column, before, row_of, new)


def _move_along(column: int, before: list[int | None], row_of: list[int | None], new: int) -> None:
    """Give each column of the chain the row of the one before it, and the first one to the new row."""
    while (earlier := before[column]) is not None:
        row_of[column] = row_of[earlier]
        column = earlier
    row_of[column] = new
