"""The order of GraphQL over WebSocket: initialise, be acknowledged, then operations."""

from schematic_definitions.graphql_transport_ws_client import (
    AwaitingConnectionAck,
    Closing,
    Complete,
    ConnectionInit,
    GraphQLPhases,
    Initializing,
    OperationClosing,
    OperationOpening,
    OperationStreaming,
    Streaming,
    Subscribe,
    SubscribePayload,
    SyncAwaitingConnectionAck,
    SyncGraphQLPhases,
    SyncInitializing,
    SyncOperationClosing,
    SyncOperationOpening,
    SyncOperationStreaming,
    SyncStreaming,
)

QUERY = SubscribePayload(query="{ hello }")


async def in_order() -> None:
    async with GraphQLPhases.connect(url="ws://localhost:4000/graphql") as initializing:
        await initializing.send_ping()
        awaiting: AwaitingConnectionAck = await initializing.initialize()
        await awaiting.send_pong()
        streaming: Streaming = await awaiting.ready()
        operation: OperationStreaming = await streaming.operation("1").open(QUERY)
        print(await streaming.receive())
        ended: OperationClosing = await operation.close()
        closing: Closing = await streaming.close()
        print(ended.key, [message async for message in closing])


async def an_operation_before_initialise(initializing: Initializing) -> None:
    initializing.operation("1")  # refused: attr-defined / AttributeAccessIssue
    await initializing.send(Subscribe("1", QUERY))  # refused: attr-defined / AttributeAccessIssue


async def without_waiting_for_the_acknowledgement(initializing: Initializing) -> None:
    awaiting = await initializing.initialize()
    awaiting.operation("1")  # refused: attr-defined / AttributeAccessIssue
    await awaiting.send(Subscribe("1", QUERY))  # refused: attr-defined / AttributeAccessIssue
    await awaiting.close()  # refused: attr-defined / AttributeAccessIssue


async def the_acknowledgement_before_initialise(initializing: Initializing) -> None:
    await initializing.ready()  # refused: attr-defined / AttributeAccessIssue


async def receive_while_the_acknowledgement_is_due(awaiting: AwaitingConnectionAck) -> None:
    await awaiting.receive()  # refused: attr-defined / AttributeAccessIssue


async def initialise_twice(awaiting: AwaitingConnectionAck, streaming: Streaming) -> None:
    await awaiting.initialize()  # refused: attr-defined / AttributeAccessIssue
    await streaming.initialize(ConnectionInit())  # refused: attr-defined / AttributeAccessIssue


async def complete_before_subscribe(operation: OperationOpening) -> None:
    await operation.close()  # refused: attr-defined / AttributeAccessIssue
    await operation.send(Complete("1"))  # refused: attr-defined / AttributeAccessIssue


async def subscribe_twice(operation: OperationStreaming) -> None:
    await operation.open(QUERY)  # refused: attr-defined / AttributeAccessIssue


async def subscribe_after_complete(operation: OperationClosing) -> None:
    await operation.open(QUERY)  # refused: attr-defined / AttributeAccessIssue


async def complete_twice(operation: OperationClosing) -> None:
    await operation.close()  # refused: attr-defined / AttributeAccessIssue


async def an_operation_on_no_channel(streaming: Streaming) -> None:
    await streaming.send_subscribe("1", QUERY)  # refused: attr-defined / AttributeAccessIssue


async def an_operation_after_close(closing: Closing) -> None:
    closing.operation("2")  # refused: attr-defined / AttributeAccessIssue
    await closing.send_ping()  # refused: attr-defined / AttributeAccessIssue


def in_order_sync() -> None:
    with SyncGraphQLPhases.connect(url="ws://localhost:4000/graphql") as initializing:
        streaming: SyncStreaming = initializing.initialize().ready()
        operation: SyncOperationStreaming = streaming.operation("1").open(QUERY)
        print(streaming.receive(), operation.close().key)
        print(list(streaming.close()))


def an_operation_before_initialise_sync(initializing: SyncInitializing) -> None:
    initializing.operation("1")  # refused: attr-defined / AttributeAccessIssue
    initializing.send(Subscribe("1", QUERY))  # refused: attr-defined / AttributeAccessIssue


def without_waiting_for_the_acknowledgement_sync(initializing: SyncInitializing) -> None:
    awaiting = initializing.initialize()
    awaiting.operation("1")  # refused: attr-defined / AttributeAccessIssue
    awaiting.close()  # refused: attr-defined / AttributeAccessIssue


def receive_while_the_acknowledgement_is_due_sync(awaiting: SyncAwaitingConnectionAck) -> None:
    awaiting.receive()  # refused: attr-defined / AttributeAccessIssue


def complete_before_subscribe_sync(operation: SyncOperationOpening) -> None:
    operation.close()  # refused: attr-defined / AttributeAccessIssue


def subscribe_twice_sync(operation: SyncOperationStreaming) -> None:
    operation.open(QUERY)  # refused: attr-defined / AttributeAccessIssue


def complete_twice_sync(operation: SyncOperationClosing) -> None:
    operation.close()  # refused: attr-defined / AttributeAccessIssue
