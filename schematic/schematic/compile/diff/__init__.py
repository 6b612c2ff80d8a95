"""Two versions of an endpoint: do old peers still get on with new ones?

`compatible` answers for both peerings, an old client at a new server and a new client at an old
server. Every message is judged by its receiver's description: whether it knows it, takes it for
the same message, can read its body, and expects it where its sender may say it. What differs comes
with the shortest conversation that shows it.
"""

from schematic.compile.diff.comparison import compatible
from schematic.compile.diff.differences import Difference, Effect, Peering

__all__ = ["Difference", "Effect", "Peering", "compatible"]
