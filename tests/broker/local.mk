# tests/broker - tests of mock-broker/namesrv and broker. Link $(TEST_MOCK_LIBS).

broker_rig = tests/broker/rig.c tests/broker/rig.h \
	tests/support/child.c tests/support/child.h

check_PROGRAMS += tests/broker/t_broker_config
tests_broker_t_broker_config_SOURCES = tests/broker/t_broker_config.c $(broker_rig)
tests_broker_t_broker_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_broker_config_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_clients
tests_broker_t_clients_SOURCES = tests/broker/t_clients.c $(broker_rig)
tests_broker_t_clients_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_clients_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_daemon
tests_broker_t_daemon_SOURCES = tests/broker/t_daemon.c $(broker_rig)
tests_broker_t_daemon_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_daemon_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_faults
tests_broker_t_faults_SOURCES = tests/broker/t_faults.c $(broker_rig)
tests_broker_t_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_faults_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_mock_api
tests_broker_t_mock_api_SOURCES = tests/broker/t_mock_api.c $(broker_rig)
tests_broker_t_mock_api_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_mock_api_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_offsets
tests_broker_t_offsets_SOURCES = tests/broker/t_offsets.c $(broker_rig)
tests_broker_t_offsets_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_offsets_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_pull
tests_broker_t_pull_SOURCES = tests/broker/t_pull.c $(broker_rig)
tests_broker_t_pull_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_pull_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_retry
tests_broker_t_retry_SOURCES = tests/broker/t_retry.c $(broker_rig)
tests_broker_t_retry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_retry_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_routes
tests_broker_t_routes_SOURCES = tests/broker/t_routes.c $(broker_rig)
tests_broker_t_routes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_routes_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_send
tests_broker_t_send_SOURCES = tests/broker/t_send.c $(broker_rig)
tests_broker_t_send_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_send_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_topics
tests_broker_t_topics_SOURCES = tests/broker/t_topics.c $(broker_rig)
tests_broker_t_topics_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_topics_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_hostile
tests_broker_t_hostile_SOURCES = tests/broker/t_hostile.c $(broker_rig)
tests_broker_t_hostile_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_hostile_LDADD = $(TEST_MOCK_LIBS)
