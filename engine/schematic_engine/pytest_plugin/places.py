"""From what a test names to what it means: endpoints, and playbooks."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from schematic.compile import CompiledEndpoint
from schematic.define import BoundEndpoint, DefinitionError, SchematicError, WebSocketApi
from schematic_engine.playbook import Playbook, read_playbook

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Spoken", "endpoint_of", "is_playbook", "named_api", "playbook_of", "whole_of"]

Spoken: TypeAlias = str | WebSocketApi | BoundEndpoint | CompiledEndpoint
"""What is spoken: an object, or a name such as ``elevenlabs/StreamTextToSpeech``."""

_SUFFIX = ".play"


def named_api(what: Spoken) -> WebSocketApi | BoundEndpoint | CompiledEndpoint:
    """An API, or an endpoint of one.

    Raises:
        DefinitionError: there is no such thing; the message says what there is.
    """
    __tracebackhide__ = True
    return _found(what, "resolve_any") if isinstance(what, str) else what


def endpoint_of(what: Spoken) -> BoundEndpoint | CompiledEndpoint:
    """One endpoint; an API will do if it has only one.

    Raises:
        DefinitionError: there is no such thing, or there are several.
    """
    __tracebackhide__ = True
    found = _found(what, "resolve_endpoint") if isinstance(what, str) else what
    return found.endpoint() if isinstance(found, WebSocketApi) else found


def playbook_of(what: object, base: Path) -> Playbook:
    """A playbook, read from a file if it is one.

    Args:
        what: a playbook, or the path of one; relative to ``base``.
        base: the folder of the test.

    Raises:
        PlaybookError: it cannot be read, or does not keep to its description.
        OSError: there is no such file.
        TypeError: it is no playbook.
    """
    __tracebackhide__ = True
    if isinstance(what, Playbook):
        return what
    if not isinstance(what, (str, Path)):
        raise TypeError(f"{type(what).__name__} is no playbook: pass one, or the path of its file")
    path = base / what
    try:
        return read_playbook(path.read_text(encoding="utf-8"), name=path.name, find=endpoint_of)
    except (SchematicError, OSError) as error:
        raise error.with_traceback(None) from None  # it says where; how it was found is ours


def whole_of(book: Playbook) -> BoundEndpoint:
    """The endpoint of a playbook with the messages that it has for any parameters."""
    return book.endpoint.api.endpoint(book.endpoint.endpoint.id)


def is_playbook(what: object) -> bool:
    """Whether ``what`` is a playbook, or names the file of one."""
    return isinstance(what, (Playbook, Path)) or (isinstance(what, str) and what.endswith(_SUFFIX))


def _found(name: str, how: str) -> WebSocketApi | BoundEndpoint:
    """What the command line finds under ``name``, in the same words."""
    if find_spec("click") is None:
        raise DefinitionError(
            f"{name!r}: names need an extra: pip install 'schematic-ws[pytest]'; or pass the API"
        )
    __tracebackhide__ = True
    # Imported here because it needs what was just looked for.
    from schematic_engine.cli import resolve  # noqa: PLC0415
    from schematic_engine.cli.unusable import Unusable  # noqa: PLC0415

    find: Callable[[str], WebSocketApi | BoundEndpoint] = getattr(resolve, how)
    try:
        return find(name)
    except Unusable as error:
        raise DefinitionError(error.message) from None
