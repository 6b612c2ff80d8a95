"""uvloop runs the asyncio adapter as asyncio's own loop does: the tests where loops can differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from adapters import test_asyncio_client as client
from adapters import test_asyncio_flow as flow
from adapters import test_asyncio_server as server

from support.loops import run_strictly

uvloop = pytest.importorskip("uvloop", reason="uvloop does not run everywhere")

TESTS = [
    client.test_a_conversation_from_hello_to_end,
    client.test_a_server_that_never_answers_runs_into_the_open_timeout,
    client.test_a_cancelled_connect_leaves_nothing_behind,
    client.test_tls_is_verified_against_the_given_authority_and_by_default,
    client.test_messages_that_came_in_one_read_are_received_without_a_task_switch,
    client.test_a_receive_that_times_out_loses_nothing,
    client.test_a_lost_connection_is_told_after_what_came_before_it,
    client.test_a_peer_that_does_not_answer_the_close_is_left_after_the_close_timeout,
    client.test_a_cancelled_close_drops_the_connection,
    client.test_pings_go_both_ways_while_nobody_receives,
    flow.test_a_slow_reader_stops_the_sender_and_its_queue_stays_short,
    flow.test_a_slow_peer_makes_send_wait_and_a_cancelled_send_has_sent_nothing,
    flow.test_a_send_that_waits_is_told_when_the_connection_is_lost,
    flow.test_what_is_sent_in_one_turn_of_the_loop_is_held_back_up_to_a_bound,
    flow.test_closing_with_a_full_queue_is_quick_and_keeps_an_unbroken_beginning,
    server.test_requests_are_routed_by_path_and_parameters,
    server.test_a_handler_that_raises_closes_with_1011_and_is_reported,
    server.test_a_handler_that_does_not_end_is_cancelled_at_shutdown,
    server.test_connections_that_ask_for_nothing_do_not_hold_up_a_shutdown,
]


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.__name__)
def test_it_holds_on_uvloop(test: Callable[[], Any]) -> None:
    run_strictly(test.__wrapped__, uvloop.new_event_loop)  # type: ignore[attr-defined]
