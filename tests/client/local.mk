# tests/client - tests of src/client and src/admin, against scripted peers
# (tests/support/fake_peer.h) where a cluster is needed.
client_scene = tests/client/scene.c tests/client/scene.h

check_PROGRAMS += tests/client/t_admin
tests_client_t_admin_SOURCES = tests/client/t_admin.c
tests_client_t_admin_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_admin_LDADD = $(TEST_ADMIN_MOCK_LIBS)

check_PROGRAMS += tests/client/t_message_resend
tests_client_t_message_resend_SOURCES = tests/client/t_message_resend.c
tests_client_t_message_resend_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_message_resend_LDADD = $(TEST_ADMIN_MOCK_LIBS)

check_PROGRAMS += tests/client/t_message_trace
tests_client_t_message_trace_SOURCES = tests/client/t_message_trace.c
tests_client_t_message_trace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_message_trace_LDADD = $(TEST_ADMIN_MOCK_LIBS)

check_PROGRAMS += tests/client/t_client
tests_client_t_client_SOURCES = tests/client/t_client.c $(client_scene)
tests_client_t_client_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_client_LDADD = $(TEST_CLIENT_MOCK_LIBS)

check_PROGRAMS += tests/client/t_fault
tests_client_t_fault_SOURCES = tests/client/t_fault.c
tests_client_t_fault_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_fault_LDADD = $(TEST_CLIENT_LIBS)

check_PROGRAMS += tests/client/t_config
tests_client_t_config_SOURCES = tests/client/t_config.c
tests_client_t_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_config_LDADD = $(TEST_CLIENT_LIBS)

check_PROGRAMS += tests/client/t_credentials
tests_client_t_credentials_SOURCES = tests/client/t_credentials.c $(client_scene)
tests_client_t_credentials_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_credentials_LDADD = $(TEST_CLIENT_MOCK_LIBS)

check_PROGRAMS += tests/client/t_heartbeat
tests_client_t_heartbeat_SOURCES = tests/client/t_heartbeat.c $(client_scene)
tests_client_t_heartbeat_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_heartbeat_LDADD = $(TEST_CLIENT_MOCK_LIBS)

check_PROGRAMS += tests/client/t_dedup
tests_client_t_dedup_SOURCES = tests/client/t_dedup.c
tests_client_t_dedup_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_dedup_LDADD = $(TEST_CLIENT_LIBS)

check_PROGRAMS += tests/client/t_life
tests_client_t_life_SOURCES = tests/client/t_life.c
tests_client_t_life_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_life_LDADD = $(TEST_CLIENT_LIBS)

check_PROGRAMS += tests/client/t_message
tests_client_t_message_SOURCES = tests/client/t_message.c
tests_client_t_message_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_message_LDADD = $(TEST_CLIENT_LIBS)

check_PROGRAMS += tests/client/t_messages
tests_client_t_messages_SOURCES = tests/client/t_messages.c
tests_client_t_messages_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_messages_LDADD = $(TEST_CLIENT_LIBS)

check_PROGRAMS += tests/client/t_namesrv
tests_client_t_namesrv_SOURCES = tests/client/t_namesrv.c $(client_scene)
tests_client_t_namesrv_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_namesrv_LDADD = $(TEST_CLIENT_MOCK_LIBS)

check_PROGRAMS += tests/client/t_events
tests_client_t_events_SOURCES = tests/client/t_events.c $(client_scene)
tests_client_t_events_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_events_LDADD = $(TEST_CLIENT_MOCK_LIBS)

check_PROGRAMS += tests/client/t_route
tests_client_t_route_SOURCES = tests/client/t_route.c
tests_client_t_route_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_route_LDADD = $(TEST_CLIENT_LIBS)

check_PROGRAMS += tests/client/t_routes
tests_client_t_routes_SOURCES = tests/client/t_routes.c $(client_scene)
tests_client_t_routes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_routes_LDADD = $(TEST_CLIENT_MOCK_LIBS)

check_PROGRAMS += tests/client/t_openmetrics
tests_client_t_openmetrics_SOURCES = tests/client/t_openmetrics.c
tests_client_t_openmetrics_CPPFLAGS = $(TEST_CPPFLAGS)
tests_client_t_openmetrics_LDADD = $(TEST_CLIENT_LIBS)
