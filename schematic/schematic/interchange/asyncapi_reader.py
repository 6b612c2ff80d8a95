"""AsyncAPI documents, versions 2 and 3, as the source of a definition.

The document is read as if a stranger had written it: nothing in it becomes code, no reference is
followed out of it, and what cannot be read is refused with its place. What AsyncAPI has no words
for, the order of messages, is taken from ``x-lifecycle`` where the document has it, and is left to
be chosen otherwise, at comments that begin with ``# choose:``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schematic.define import AuthStrategy, DefinitionError, Side, WebSocketApi, WebSocketEndpoint
from schematic.define.urls import check_docs_url
from schematic.generate.names import Names
from schematic.interchange.definition_source import Path
from schematic.interchange.reader.bodies import Bodies
from schematic.interchange.reader.documents import document_from_text
from schematic.interchange.reader.extension import EXTENSION, ask_for_types, ordered_endpoints
from schematic.interchange.reader.modules import Definition, module_of
from schematic.interchange.reader.nodes import Node, root_of
from schematic.interchange.reader.operations import (
    Conversation,
    MeaningNeeded,
    PublishMeans,
    conversations,
    is_version_2,
)
from schematic.interchange.reader.order import order_to_choose
from schematic.interchange.reader.params import request_of
from schematic.interchange.reader.security import auth_of
from schematic.interchange.reader.servers import Chosen, chosen_server, is_served
from schematic.interchange.reader.words import api_name, sentence

__all__ = ["DefinitionModule", "MeaningNeeded", "PublishMeans", "definition_from_asyncapi"]

_VERSION = re.compile(r"(?:2\.[0-6]|3\.[01])\.[0-9]{1,3}")
_TO_CHOOSE = (
    "AsyncAPI has no words for the order of messages, so all of them are allowed at any time. What "
    "is left to choose is marked with ``# choose:``."
)


@dataclass(frozen=True, slots=True)
class DefinitionModule:
    """The source of a module that describes an API.

    Attributes:
        name: the function in it that returns the API, and what its file may be called.
        source: the source, formatted.
        to_choose: how many places in it are left to choose.
        meaning: how the verbs of the document were read, such as ``send is what the server
            sends``; empty where nothing depends on it.
    """

    name: str
    source: str
    to_choose: int
    meaning: str = ""


def definition_from_asyncapi(
    text: str,
    *,
    publish_means: PublishMeans | None = None,
    describes: Side = Side.SERVER,
    server: str | None = None,
    base_url: str | None = None,
    name: str | None = None,
) -> DefinitionModule:
    """The definition module that an AsyncAPI document comes to.

    Args:
        text: the document, JSON or YAML, of AsyncAPI 2.0 to 2.6, 3.0 or 3.1.
        publish_means: in AsyncAPI 2, who sends what stands under ``publish``: by the specification
            the client, by other readings the server.
        describes: in AsyncAPI 3, the side whose ``send`` and ``receive`` the document tells.
        server: the name of a server in the document; the first that speaks WebSocket if None.
        base_url: an address that takes the place of the servers of the document.
        name: what to call the API; the title of the document if None.

    Raises:
        MeaningNeeded: the document needs ``publish_means``.
        DefinitionError: the text is no such document, it has no WebSocket server, or something in
            it contradicts itself or is not supported. The message names the place.
        SchematicError: what formats the source is not installed.
    """
    root = root_of(document_from_text(text))
    version = _version(root)
    chosen = chosen_server(root, name=server, url=base_url)
    reading = _Reading(root, chosen, name)
    for one in conversations(
        root, publish_means=publish_means, application=describes, known=EXTENSION
    ):
        reading.add(one)
    verb, sender = _meaning(root, publish_means, describes)
    told = f", in which ``{verb}`` is what the {sender} sends" if verb else ""
    function, source = module_of(reading.definition(version, told))
    return DefinitionModule(
        function,
        source,
        len(re.findall(r"^ *# choose:", source, re.MULTILINE)),
        f"{verb} is what the {sender} sends" if verb and reading.has_order_to_choose else "",
    )


def _meaning(root: Node, publish_means: PublishMeans | None, describes: Side) -> tuple[str, str]:
    """A verb of the document, and who sends what stands under it; empty where nobody needs it."""
    if not is_version_2(root):
        return "send", describes.value
    return ("", "") if publish_means is None else ("publish", publish_means.partition("-")[0])


def _version(root: Node) -> str:
    version = root.text_of("asyncapi")
    if version is None:
        kind = "an OpenAPI document" if "openapi" in root.mapping() else "no AsyncAPI document"
        raise DefinitionError(f"this is {kind}: there is no key asyncapi that says a version")
    if not _VERSION.fullmatch(version):
        raise DefinitionError(f"AsyncAPI {version!r} is not supported: 2.0 to 2.6, 3.0 and 3.1 are")
    return version


class _Reading:
    """What has been read of a document."""

    def __init__(self, root: Node, chosen: Chosen, name: str | None) -> None:
        self._root, self._chosen, self._name = root, chosen, name
        self._kept: list[Conversation] = []
        self._remarks = list(chosen.remarks)
        self._bodies = Bodies(root)

    def add(self, conversation: Conversation) -> None:
        """Enter what is said at one address, if anything is, and the server has it."""
        served = [one for one in conversation.channels if is_served(one, self._chosen.server)]
        if not served:
            self._remarks.append(f"{conversation.address} is not at this server, and left out")
        elif conversation.said:
            self._kept.append(conversation)

    @property
    def has_order_to_choose(self) -> bool:
        """Whether the verbs of the document say who says what, at any address."""
        return bool(self._kept)

    def definition(self, version: str, meaning: str) -> Definition:
        """All of it as a definition.

        Args:
            version: the version of AsyncAPI.
            meaning: how the verbs of the document are read, in words.
        """
        auth, remarks = auth_of(self._root, self._secured())
        ask_for_types(self._root, self._bodies.types)
        self._described(auth, Names())  # which asks for the types of all other bodies
        self._bodies.types.read()
        ordered = ordered_endpoints(self._root, self._bodies.types)
        described, notes = self._described(auth, Names({one.id for one in ordered}))
        endpoints = [*ordered, *described]
        if ordered:
            self._remarks += self._bodies.types.unnamed_remarks()
        if not endpoints:
            raise self._root.refusal(
                "no operation says who sends what, so there is nothing to describe"
            )
        info = self._root.get("info") or self._root.replaced({})
        title = self._name or info.first_text_of("title") or "Api"
        about = sentence(info.first_text_of("description"))
        told = f"{meaning}. {_TO_CHOOSE}" if self._kept else f". The order is that of {EXTENSION}."
        return Definition(
            api=WebSocketApi(
                name=api_name(title),
                description=about,
                base_url=self._chosen.base_url,
                docs_url=_docs_url((self._root, info)),
                auth=auth,
                endpoints=endpoints,
            ),
            about=f"{title}\n\n{about}\n\nRead from a document of AsyncAPI {version}{told}",
            notes={("auth",): remarks},
            endpoint_notes=notes,
            remarks=self._remarks,
        )

    def _secured(self) -> list[Node]:
        server = [] if self._chosen.server is None else [self._chosen.server]
        return [*server, *(one for some in self._kept for one in some.operations)]

    def _described(
        self, auth: AuthStrategy, ids: Names
    ) -> tuple[list[WebSocketEndpoint], dict[str, dict[Path, list[str]]]]:
        """The endpoints whose order the document does not say, and remarks on them by their ids."""
        endpoints: list[WebSocketEndpoint] = []
        notes: dict[str, dict[Path, list[str]]] = {}
        for conversation in self._kept:
            name = ids.new_class(_endpoint_name(conversation))
            endpoint, notes[name] = self._endpoint(name, conversation, auth)
            endpoints.append(endpoint)
        return endpoints, notes

    def _endpoint(
        self, name: str, conversation: Conversation, auth: AuthStrategy
    ) -> tuple[WebSocketEndpoint, dict[Path, list[str]]]:
        request = request_of(conversation, auth)
        order = order_to_choose(conversation, self._bodies)
        notes: dict[Path, list[str]] = {
            ("lifecycle", *place): said for place, said in order.notes.items()
        }
        for index, remarks in request.remarks.items():
            place: Path = ("path",) if index < 0 else ("connection_params", index)
            notes[place] = remarks
        described = (one.first_text_of("summary", "description") for one in conversation.channels)
        endpoint = WebSocketEndpoint(
            id=name,
            path=request.path,
            description=sentence(next(filter(None, described), "")),
            connection_params=request.params,
            subprotocols=request.subprotocols,
            lifecycle=order.lifecycle,
        )
        return endpoint, notes


def _endpoint_name(conversation: Conversation) -> str:
    """The key of the channel; of several, or of one that is its address, the address."""
    names = [one.name for one in conversation.channels]
    name = names[0] if len(names) == 1 else conversation.address
    return name if re.search(r"\w", name) else "Connection"


def _docs_url(holders: Iterable[Node]) -> str | None:
    for holder in holders:
        docs = holder.get("externalDocs")
        url = None if docs is None else docs.text_of("url")
        try:
            check_docs_url(url)
        except DefinitionError:
            continue
        if url is not None:
            return url
    return None
