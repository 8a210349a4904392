# tests/consumer - tests of src/consumer. The behaviour tests run it against a fake
# broker (tests/support/fake_broker.h) in a simulation.
consumer_broker = tests/support/fake_broker.c tests/support/fake_broker.h \
	tests/support/fake_fields.c tests/support/fake_fields.h
consumer_rig = tests/consumer/rig.c tests/consumer/rig.h $(consumer_broker)

check_PROGRAMS += tests/consumer/t_allocate
tests_consumer_t_allocate_SOURCES = tests/consumer/t_allocate.c
tests_consumer_t_allocate_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_allocate_LDADD = $(TEST_CONSUMER_LIBS)

check_PROGRAMS += tests/consumer/t_beside
tests_consumer_t_beside_SOURCES = tests/consumer/t_beside.c $(consumer_broker)
tests_consumer_t_beside_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_beside_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_closing
tests_consumer_t_closing_SOURCES = tests/consumer/t_closing.c $(consumer_rig)
tests_consumer_t_closing_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_closing_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_offsets
tests_consumer_t_offsets_SOURCES = tests/consumer/t_offsets.c $(consumer_rig)
tests_consumer_t_offsets_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_offsets_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

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
tests_consumer_t_seams_SOURCES = tests/consumer/t_seams.c $(consumer_rig)
tests_consumer_t_seams_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_seams_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_send_back
tests_consumer_t_send_back_SOURCES = tests/consumer/t_send_back.c $(consumer_rig)
tests_consumer_t_send_back_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_send_back_LDADD = $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/consumer/t_storm
tests_consumer_t_storm_SOURCES = tests/consumer/t_storm.c $(consumer_rig)
tests_consumer_t_storm_CPPFLAGS = $(TEST_CPPFLAGS)
tests_consumer_t_storm_LDADD = $(TEST_CONSUMER_MOCK_LIBS)
