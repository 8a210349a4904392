# tests/producer - tests of src/producer against scripted peers
# (tests/support/fake_peer.h), in a simulation; t_threads on real sockets.
producer_scene = tests/support/fake_peer.c tests/support/fake_peer.h \
	tests/support/fake_fields.c tests/support/fake_fields.h

check_PROGRAMS += tests/producer/t_send
tests_producer_t_send_SOURCES = tests/producer/t_send.c $(producer_scene)
tests_producer_t_send_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_send_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_send_request
tests_producer_t_send_request_SOURCES = tests/producer/t_send_request.c $(producer_scene)
tests_producer_t_send_request_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_send_request_LDADD = $(TEST_PRODUCER_MOCK_LIBS)

check_PROGRAMS += tests/producer/t_threads
tests_producer_t_threads_SOURCES = tests/producer/t_threads.c $(producer_scene)
tests_producer_t_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_producer_t_threads_LDADD = $(TEST_PRODUCER_MOCK_LIBS)
