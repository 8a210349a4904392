# tests/consumer - tests of src/consumer. The behaviour tests run it against a fake
# broker (tests/support/fake_broker.h) in a simulation.
consumer_rig = tests/consumer/rig.h
simple_stage = tests/consumer/simple_stage.c tests/consumer/simple_stage.h $(consumer_rig)
failover_stage = tests/consumer/failover_stage.c tests/consumer/failover_stage.h $(consumer_rig)

check_PROGRAMS += tests/consumer/t_allocate
tests_consumer_t_allocate_SOURCES = tests/consumer/t_allocate.c \
	tests/consumer/allocate_vectors.def
tests_consumer_t_allocate_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_allocate_LDADD = $(TEST_CONSUMER_LIBS)

check_PROGRAMS += tests/consumer/t_ack_body
tests_consumer_t_ack_body_SOURCES = tests/consumer/t_ack_body.c
tests_consumer_t_ack_body_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_ack_body_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_async_acks
tests_consumer_t_async_acks_SOURCES = tests/consumer/t_async_acks.c $(simple_stage)
tests_consumer_t_async_acks_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_async_acks_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_async_batch
tests_consumer_t_async_batch_SOURCES = tests/consumer/t_async_batch.c $(simple_stage)
tests_consumer_t_async_batch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_async_batch_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_beside
tests_consumer_t_beside_SOURCES = tests/consumer/t_beside.c
tests_consumer_t_beside_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_beside_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_broadcast
tests_consumer_t_broadcast_SOURCES = tests/consumer/t_broadcast.c $(consumer_rig)
tests_consumer_t_broadcast_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_broadcast_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_closing
tests_consumer_t_closing_SOURCES = tests/consumer/t_closing.c $(consumer_rig)
tests_consumer_t_closing_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_closing_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_closing_callbacks
tests_consumer_t_closing_callbacks_SOURCES = tests/consumer/t_closing_callbacks.c $(simple_stage)
tests_consumer_t_closing_callbacks_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_closing_callbacks_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_commits
tests_consumer_t_commits_SOURCES = tests/consumer/t_commits.c $(consumer_rig)
tests_consumer_t_commits_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_commits_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_handover
tests_consumer_t_handover_SOURCES = tests/consumer/t_handover.c $(consumer_rig)
tests_consumer_t_handover_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_handover_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_expression
tests_consumer_t_expression_SOURCES = tests/consumer/t_expression.c $(consumer_rig)
tests_consumer_t_expression_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_expression_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_holdings
tests_consumer_t_holdings_SOURCES = tests/consumer/t_holdings.c $(consumer_rig)
tests_consumer_t_holdings_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_holdings_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_correction
tests_consumer_t_correction_SOURCES = tests/consumer/t_correction.c $(consumer_rig)
tests_consumer_t_correction_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_correction_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_inquiry
tests_consumer_t_inquiry_SOURCES = tests/consumer/t_inquiry.c \
	tests/broker/rig.c tests/broker/rig.h
tests_consumer_t_inquiry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_inquiry_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_known_members
tests_consumer_t_known_members_SOURCES = tests/consumer/t_known_members.c
tests_consumer_t_known_members_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_known_members_LDADD = $(TEST_CONSUMER_LIBS)

check_PROGRAMS += tests/consumer/t_lite_taken
tests_consumer_t_lite_taken_SOURCES = tests/consumer/t_lite_taken.c $(consumer_rig)
tests_consumer_t_lite_taken_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_lite_taken_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_lite_topics
tests_consumer_t_lite_topics_SOURCES = tests/consumer/t_lite_topics.c $(consumer_rig)
tests_consumer_t_lite_topics_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_lite_topics_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_members
tests_consumer_t_members_SOURCES = tests/consumer/t_members.c
tests_consumer_t_members_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_members_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_storm_audit
tests_consumer_t_storm_audit_SOURCES = tests/consumer/t_storm_audit.c \
	tests/broker/rig.c tests/broker/rig.h
tests_consumer_t_storm_audit_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_storm_audit_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_own_share
tests_consumer_t_own_share_SOURCES = tests/consumer/t_own_share.c $(consumer_rig)
tests_consumer_t_own_share_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_own_share_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_clock
tests_consumer_t_clock_SOURCES = tests/consumer/t_clock.c $(consumer_rig)
tests_consumer_t_clock_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_clock_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_conflict
tests_consumer_t_conflict_SOURCES = tests/consumer/t_conflict.c $(consumer_rig)
tests_consumer_t_conflict_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_conflict_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_late
tests_consumer_t_late_SOURCES = tests/consumer/t_late.c $(consumer_rig)
tests_consumer_t_late_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_late_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_offsets
tests_consumer_t_offsets_SOURCES = tests/consumer/t_offsets.c $(consumer_rig)
tests_consumer_t_offsets_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_offsets_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_orderly
tests_consumer_t_orderly_SOURCES = tests/consumer/t_orderly.c $(consumer_rig)
tests_consumer_t_orderly_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_orderly_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_push_pop
tests_consumer_t_push_pop_SOURCES = tests/consumer/t_push_pop.c $(consumer_rig)
tests_consumer_t_push_pop_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_push_pop_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_push_pop_late
tests_consumer_t_push_pop_late_SOURCES = tests/consumer/t_push_pop_late.c $(consumer_rig)
tests_consumer_t_push_pop_late_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_push_pop_late_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_push_pop_mode
tests_consumer_t_push_pop_mode_SOURCES = tests/consumer/t_push_pop_mode.c $(consumer_rig)
tests_consumer_t_push_pop_mode_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_push_pop_mode_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

locks_stage = tests/consumer/locks_stage.c tests/consumer/locks_stage.h $(consumer_rig)

check_PROGRAMS += tests/consumer/t_orderly_handover
tests_consumer_t_orderly_handover_SOURCES = tests/consumer/t_orderly_handover.c $(locks_stage)
tests_consumer_t_orderly_handover_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_orderly_handover_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_queue_locks
tests_consumer_t_queue_locks_SOURCES = tests/consumer/t_queue_locks.c $(locks_stage)
tests_consumer_t_queue_locks_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_queue_locks_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_process_queue
tests_consumer_t_process_queue_SOURCES = tests/consumer/t_process_queue.c
tests_consumer_t_process_queue_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_process_queue_LDADD = $(TEST_CONSUMER_LIBS)

check_PROGRAMS += tests/consumer/t_pull
tests_consumer_t_pull_SOURCES = tests/consumer/t_pull.c $(consumer_rig)
tests_consumer_t_pull_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_pull_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_rebalance
tests_consumer_t_rebalance_SOURCES = tests/consumer/t_rebalance.c $(consumer_rig)
tests_consumer_t_rebalance_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_rebalance_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_seams
tests_consumer_t_seams_SOURCES = tests/consumer/t_seams.c \
	tests/consumer/poller.c tests/consumer/poller.h $(consumer_rig)
tests_consumer_t_seams_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_seams_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_send_back
tests_consumer_t_send_back_SOURCES = tests/consumer/t_send_back.c $(consumer_rig)
tests_consumer_t_send_back_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_send_back_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_simple
tests_consumer_t_simple_SOURCES = tests/consumer/t_simple.c $(consumer_rig)
tests_consumer_t_simple_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_simple_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_simple_batch
tests_consumer_t_simple_batch_SOURCES = tests/consumer/t_simple_batch.c $(simple_stage)
tests_consumer_t_simple_batch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_simple_batch_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_simple_waits
tests_consumer_t_simple_waits_SOURCES = tests/consumer/t_simple_waits.c $(consumer_rig)
tests_consumer_t_simple_waits_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_simple_waits_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_storm
tests_consumer_t_storm_SOURCES = tests/consumer/t_storm.c $(consumer_rig)
tests_consumer_t_storm_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_storm_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_unable
tests_consumer_t_unable_SOURCES = tests/consumer/t_unable.c $(consumer_rig)
tests_consumer_t_unable_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_unable_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

consumer_desk = tests/consumer/desk.c tests/consumer/desk.h

check_PROGRAMS += tests/consumer/t_poll_buffer
tests_consumer_t_poll_buffer_SOURCES = tests/consumer/t_poll_buffer.c $(consumer_desk)
tests_consumer_t_poll_buffer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_poll_buffer_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_lite_commit
tests_consumer_t_lite_commit_SOURCES = tests/consumer/t_lite_commit.c $(consumer_desk)
tests_consumer_t_lite_commit_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_lite_commit_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_assign
tests_consumer_t_assign_SOURCES = tests/consumer/t_assign.c $(consumer_desk)
tests_consumer_t_assign_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_assign_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_lite_pull
tests_consumer_t_lite_pull_SOURCES = tests/consumer/t_lite_pull.c $(consumer_desk)
tests_consumer_t_lite_pull_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_lite_pull_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_results
tests_consumer_t_results_SOURCES = tests/consumer/t_results.c $(consumer_rig)
tests_consumer_t_results_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_results_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_consume_hooks
tests_consumer_t_consume_hooks_SOURCES = tests/consumer/t_consume_hooks.c $(consumer_rig)
tests_consumer_t_consume_hooks_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_consume_hooks_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_consume_trace
tests_consumer_t_consume_trace_SOURCES = tests/consumer/t_consume_trace.c \
	tests/broker/rig.c tests/broker/rig.h
tests_consumer_t_consume_trace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_consume_trace_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_rate
tests_consumer_t_rate_SOURCES = tests/consumer/t_rate.c $(consumer_rig)
tests_consumer_t_rate_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_rate_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_pull_consumer
tests_consumer_t_pull_consumer_SOURCES = tests/consumer/t_pull_consumer.c $(consumer_desk)
tests_consumer_t_pull_consumer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_pull_consumer_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_unreadable
tests_consumer_t_unreadable_SOURCES = tests/consumer/t_unreadable.c $(consumer_rig)
tests_consumer_t_unreadable_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_unreadable_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_watchdog
tests_consumer_t_watchdog_SOURCES = tests/consumer/t_watchdog.c tests/consumer/told.c tests/consumer/told.h $(consumer_rig)
tests_consumer_t_watchdog_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_watchdog_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_watchdog_polled
tests_consumer_t_watchdog_polled_SOURCES = tests/consumer/t_watchdog_polled.c $(consumer_desk)
tests_consumer_t_watchdog_polled_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_watchdog_polled_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_consumer_statistics
tests_consumer_t_consumer_statistics_SOURCES = tests/consumer/t_consumer_statistics.c $(consumer_rig) \
	$(consumer_desk) tests/support/schema.c
tests_consumer_t_consumer_statistics_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_consumer_statistics_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_failover
tests_consumer_t_failover_SOURCES = tests/consumer/t_failover.c $(failover_stage)
tests_consumer_t_failover_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_failover_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_slaves
tests_consumer_t_slaves_SOURCES = tests/consumer/t_slaves.c $(failover_stage)
tests_consumer_t_slaves_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_slaves_LDADD = $(TEST_CONSUMER_MOCK_LIBS)
