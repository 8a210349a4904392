# tests/send - tests of src/send: the core as plain functions on plain data.
core_scene = tests/send/core_scene.c tests/send/core_scene.h

check_PROGRAMS += tests/send/t_core
tests_send_t_core_SOURCES = tests/send/t_core.c $(core_scene)
tests_send_t_core_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_core_LDADD = $(TEST_SEND_LIBS)

check_PROGRAMS += tests/send/t_core_time
tests_send_t_core_time_SOURCES = tests/send/t_core_time.c $(core_scene)
tests_send_t_core_time_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_core_time_LDADD = $(TEST_SEND_LIBS)

check_PROGRAMS += tests/send/t_gone
tests_send_t_gone_SOURCES = tests/send/t_gone.c
tests_send_t_gone_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_gone_LDADD = $(TEST_SEND_LIBS)

check_PROGRAMS += tests/send/t_answer
tests_send_t_answer_SOURCES = tests/send/t_answer.c
tests_send_t_answer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_answer_LDADD = $(TEST_SEND_LIBS)

check_PROGRAMS += tests/send/t_result
tests_send_t_result_SOURCES = tests/send/t_result.c
tests_send_t_result_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_result_LDADD = $(TEST_SEND_LIBS)

check_PROGRAMS += tests/send/t_picker
tests_send_t_picker_SOURCES = tests/send/t_picker.c
tests_send_t_picker_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_picker_LDADD = $(TEST_SEND_LIBS)

check_PROGRAMS += tests/send/t_shelf
tests_send_t_shelf_SOURCES = tests/send/t_shelf.c
tests_send_t_shelf_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_shelf_LDADD = $(TEST_SEND_LIBS)

# Against scripted peers: in a simulation, and on real sockets.
async_scene = tests/send/async_scene.c tests/send/async_scene.h

check_PROGRAMS += tests/send/t_async
tests_send_t_async_SOURCES = tests/send/t_async.c $(async_scene)
tests_send_t_async_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_async_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_async_route
tests_send_t_async_route_SOURCES = tests/send/t_async_route.c $(async_scene)
tests_send_t_async_route_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_async_route_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_async_close
tests_send_t_async_close_SOURCES = tests/send/t_async_close.c $(async_scene)
tests_send_t_async_close_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_async_close_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_async_callback
tests_send_t_async_callback_SOURCES = tests/send/t_async_callback.c $(async_scene)
tests_send_t_async_callback_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_async_callback_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_oneway
tests_send_t_oneway_SOURCES = tests/send/t_oneway.c $(async_scene)
tests_send_t_oneway_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_oneway_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_async_threads
tests_send_t_async_threads_SOURCES = tests/send/t_async_threads.c
tests_send_t_async_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_async_threads_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_flight
tests_send_t_flight_SOURCES = tests/send/t_flight.c $(async_scene)
tests_send_t_flight_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_flight_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_flight_kinds
tests_send_t_flight_kinds_SOURCES = tests/send/t_flight_kinds.c $(async_scene)
tests_send_t_flight_kinds_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_flight_kinds_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_flight_threads
tests_send_t_flight_threads_SOURCES = tests/send/t_flight_threads.c
tests_send_t_flight_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_flight_threads_LDADD = $(TEST_SEND_LIBS)

check_PROGRAMS += tests/send/t_room
tests_send_t_room_SOURCES = tests/send/t_room.c $(async_scene)
tests_send_t_room_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_room_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_flush
tests_send_t_flush_SOURCES = tests/send/t_flush.c $(async_scene)
tests_send_t_flush_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_flush_LDADD = $(TEST_SEND_MOCK_LIBS)

check_PROGRAMS += tests/send/t_body
tests_send_t_body_SOURCES = tests/send/t_body.c
tests_send_t_body_CPPFLAGS = $(TEST_CPPFLAGS)
tests_send_t_body_LDADD = $(TEST_SEND_MOCK_LIBS)
