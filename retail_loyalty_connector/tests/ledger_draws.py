"""What the machine of ``test_conservation.py`` draws its numbers from.

Faults are where something is used up to the point or ends at that very minute; numbers
drawn at random are hardly ever there.
"""

from hypothesis import strategies as st
from hypothesis.stateful import Bundle

POINTS = st.integers(1, 60)
MINUTES = st.integers(1, 60)
LIVES = st.none() | MINUTES
HALF = "half"
#: instead of any number: half of what there is, exactly that, or one more
EDGE = st.sampled_from((None, None, HALF, 0, 1))
NEXT = "next"
#: minutes before a request, or until the next thing that time does; mostly none, so
#: that what is under way meets something before it ends
PAUSE = st.sampled_from((0, 0, 0, NEXT)) | st.integers(1, 30)
POLICY = st.sampled_from(("refuse", "debt", "available"))

HOLDS = Bundle("holds")
#: ids of all that was asked to be posted, done or not; and of what is worth a return
ENTRIES = Bundle("entries")
EARNED = Bundle("earned")
PROMISED = Bundle("promised")
SPENT = Bundle("spent")


def near(limit: int, points: int, edge: int | str | None) -> int:
    """Return ``points``, or the edge of what is possible; at least 1."""
    if edge is None:
        return points
    return max(1, limit // 2 if edge == HALF else limit + edge)
