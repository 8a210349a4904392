# tests/producer - tests of src/producer against scripted peers
# (tests/support/fake_peer.h), in a simulation; t_threads on real sockets.
send_scene_files = tests/producer/send_scene.c tests/producer/send_scene.h

check_PROGRAMS += tests/producer/t_send
tests_producer_t_send_SOURCES = tests/producer/t_send.c $(send_scene_files)
tests_producer_t_send_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_send_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_budget
tests_producer_t_budget_SOURCES = tests/producer/t_budget.c $(send_scene_files)
tests_producer_t_budget_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_budget_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_life
tests_producer_t_life_SOURCES = tests/producer/t_life.c $(send_scene_files)
tests_producer_t_life_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_life_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_status
tests_producer_t_status_SOURCES = tests/producer/t_status.c $(send_scene_files)
tests_producer_t_status_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_status_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_send_request
tests_producer_t_send_request_SOURCES = tests/producer/t_send_request.c
tests_producer_t_send_request_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_send_request_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_place
tests_producer_t_place_SOURCES = tests/producer/t_place.c
tests_producer_t_place_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_place_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_vip
tests_producer_t_vip_SOURCES = tests/producer/t_vip.c
tests_producer_t_vip_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_vip_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_namespace
tests_producer_t_namespace_SOURCES = tests/producer/t_namespace.c
tests_producer_t_namespace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_namespace_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_timed
tests_producer_t_timed_SOURCES = tests/producer/t_timed.c
tests_producer_t_timed_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_timed_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_threads
tests_producer_t_threads_SOURCES = tests/producer/t_threads.c
tests_producer_t_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_threads_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_batch
tests_producer_t_batch_SOURCES = tests/producer/t_batch.c
tests_producer_t_batch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_batch_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

transaction_scene = tests/producer/transaction_scene.c tests/producer/transaction_scene.h

check_PROGRAMS += tests/producer/t_transaction
tests_producer_t_transaction_SOURCES = tests/producer/t_transaction.c $(transaction_scene)
tests_producer_t_transaction_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_transaction_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_transaction_async
tests_producer_t_transaction_async_SOURCES = tests/producer/t_transaction_async.c $(transaction_scene)
tests_producer_t_transaction_async_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_transaction_async_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_checks
tests_producer_t_checks_SOURCES = tests/producer/t_checks.c $(transaction_scene)
tests_producer_t_checks_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_checks_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_statistics
tests_producer_t_statistics_SOURCES = tests/producer/t_statistics.c \
	tests/support/schema.c tests/support/schema.h
tests_producer_t_statistics_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_statistics_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_flow
tests_producer_t_flow_SOURCES = tests/producer/t_flow.c
tests_producer_t_flow_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_flow_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_outlive
tests_producer_t_outlive_SOURCES = tests/producer/t_outlive.c
tests_producer_t_outlive_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_outlive_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_trace
tests_producer_t_trace_SOURCES = tests/producer/t_trace.c
tests_producer_t_trace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_trace_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

request_scene = tests/producer/request_scene.c tests/producer/request_scene.h \
	tests/broker/rig.c tests/broker/rig.h

check_PROGRAMS += tests/producer/t_reply
tests_producer_t_reply_SOURCES = tests/producer/t_reply.c $(request_scene)
tests_producer_t_reply_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_reply_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_request
tests_producer_t_request_SOURCES = tests/producer/t_request.c $(request_scene)
tests_producer_t_request_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_request_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

autobatch_scene = tests/producer/autobatch_scene.c tests/producer/autobatch_scene.h

check_PROGRAMS += tests/producer/t_autobatch
tests_producer_t_autobatch_SOURCES = tests/producer/t_autobatch.c $(autobatch_scene)
tests_producer_t_autobatch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_autobatch_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_autobatch_ends
tests_producer_t_autobatch_ends_SOURCES = tests/producer/t_autobatch_ends.c $(autobatch_scene)
tests_producer_t_autobatch_ends_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_autobatch_ends_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_storm
tests_producer_t_storm_SOURCES = tests/producer/t_storm.c tests/broker/rig.c tests/broker/rig.h
tests_producer_t_storm_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_storm_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_hooks
tests_producer_t_hooks_SOURCES = tests/producer/t_hooks.c
tests_producer_t_hooks_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_hooks_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_faults
tests_producer_t_faults_SOURCES = tests/producer/t_faults.c $(send_scene_files)
tests_producer_t_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_faults_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_detector
tests_producer_t_detector_SOURCES = tests/producer/t_detector.c $(send_scene_files)
tests_producer_t_detector_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_detector_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_trace_cluster
tests_producer_t_trace_cluster_SOURCES = tests/producer/t_trace_cluster.c tests/broker/rig.c \
	tests/broker/rig.h
tests_producer_t_trace_cluster_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_trace_cluster_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

each_kind_files = tests/producer/each_kind.c tests/producer/each_kind.h
EACH_KIND_LIBS = src/libapi.la src/libconsumer.la src/libadmin.la $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_bad_message
tests_producer_t_bad_message_SOURCES = tests/producer/t_bad_message.c $(each_kind_files)
tests_producer_t_bad_message_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_bad_message_LDADD = $(EACH_KIND_LIBS)

check_PROGRAMS += tests/producer/t_bad_broker
tests_producer_t_bad_broker_SOURCES = tests/producer/t_bad_broker.c $(each_kind_files) \
	tests/support/bad_peer.c tests/support/bad_peer.h
tests_producer_t_bad_broker_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_bad_broker_LDADD = $(EACH_KIND_LIBS)

check_PROGRAMS += tests/producer/t_bad_callback
tests_producer_t_bad_callback_SOURCES = tests/producer/t_bad_callback.c $(each_kind_files)
tests_producer_t_bad_callback_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_bad_callback_LDADD = $(EACH_KIND_LIBS)
