# tests/send - tests of src/send: the core as plain functions on plain data.
check_PROGRAMS += tests/send/t_core
tests_send_t_core_SOURCES = tests/send/t_core.c
tests_send_t_core_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_core_LDADD = $(TEST_SEND_LIBS)

check_PROGRAMS += tests/send/t_picker
tests_send_t_picker_SOURCES = tests/send/t_picker.c
tests_send_t_picker_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_picker_LDADD = $(TEST_SEND_LIBS)

# Against scripted peers: in a simulation, and on real sockets.
send_scene = tests/support/fake_peer.c tests/support/fake_peer.h \
	tests/support/fake_fields.c tests/support/fake_fields.h

check_PROGRAMS += tests/send/t_async
tests_send_t_async_SOURCES = tests/send/t_async.c $(send_scene)
tests_send_t_async_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_async_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_async_threads
tests_send_t_async_threads_SOURCES = tests/send/t_async_threads.c $(send_scene)
tests_send_t_async_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_async_threads_LDADD = $(TEST_SEND_MOCK_LIBS)
