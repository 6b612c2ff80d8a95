"""What is wrong with a lifecycle before anybody speaks it: findings with a counter-example.

`verify` looks, `RULES` lists what it looks for, and each `Finding` holds the shortest conversation
that shows it, a `schematic.compile.scenario.Scenario`. The rules hold for the connection and inside
each channel:

``unreachable-message``
    No conversation ever gets to a point where the message may be said.
``no-way-to-the-end``
    A conversation can get stuck: from some point on, the opening can no longer be finished, or a
    side that has a last message can no longer say it.
``decodes-alike``
    Two messages may be said at the same moment by the same side and nothing in a payload tells
    them apart, so a receiver cannot know which one it was.
``mixed-choice``
    Both sides may act at once, and who acts first takes a choice from the other. Where the same can
    be said in the end whoever was first, that is a note; where it cannot, a warning.
``unbounded-channels``
    Any number of channels of one kind may be open at once, so a peer can make the other remember
    as many as it likes.
``reuse-race``
    A key may open another channel while the other side may still speak on the old one, so late
    messages of the old are taken for messages of the new.
``waiting-without-timer``
    A side can do nothing but wait for the other, for the next step of an opening, a last message
    or an answer on a channel, and no timer of the description ends the wait.
"""

from schematic.compile.verify.findings import RULES, Finding, Severity
from schematic.compile.verify.verifier import verify

__all__ = ["RULES", "Finding", "Severity", "verify"]
