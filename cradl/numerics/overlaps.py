"""Evening out how many subsets two devices share."""

import numpy as np

from cradl.arrays import Ints, Matrix
from cradl.numerics.compiled import compiled


@compiled
def even_overlaps(S: Matrix, choices: Ints) -> None:
    """Swap subsets between pairs of devices of S (N, M) where that evens the overlaps, in place.

    For each row of `choices` (tries, 4), two devices and two subsets, the pair trades one subset of
    each that the other does not hold, if the sum of the squares of all overlaps falls. Rows and
    columns keep their sums.
    """
    N, M = S.shape
    overlaps = np.zeros((N, N), np.int64)
    for i in range(N):
        for j in range(N):
            for k in range(M):
                overlaps[i, j] += S[i, k] & S[j, k]
    # By subset: what a swap changes is read along rows.
    held = S.T.copy()
    for row in range(len(choices)):
        i, j = choices[row, 0] % N, choices[row, 1] % N
        given, taken = choices[row, 2] % M, choices[row, 3] % M
        # From a random place on, the first that only one holds; no remainder, which is slow.
        for _ in range(M):
            if S[i, given] > S[j, given]:
                break
            given = given + 1 if given + 1 < M else 0
        for _ in range(M):
            if S[j, taken] > S[i, taken]:
                break
            taken = taken + 1 if taken + 1 < M else 0
        if i == j or S[i, given] <= S[j, given] or S[j, taken] <= S[i, taken]:
            continue
        gained, lost = held[taken], held[given]
        change = 0
        for other in range(N):
            if gained[other] != lost[other] and other not in (i, j):
                step = np.int64(gained[other]) - np.int64(lost[other])
                change += step * (overlaps[i, other] - overlaps[j, other] + step)
        if change >= 0:
            continue
        for other in range(N):
            if other not in (i, j):
                step = np.int64(gained[other]) - np.int64(lost[other])
                overlaps[i, other] += step
                overlaps[other, i] += step
                overlaps[j, other] -= step
                overlaps[other, j] -= step
        S[i, given], S[i, taken] = 0, 1
        S[j, given], S[j, taken] = 1, 0
        lost[i], gained[i] = 0, 1
        lost[j], gained[j] = 1, 0
