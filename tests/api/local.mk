# tests/api - the public headers as a user's program sees them, bad input above all.
API_TEST_LIBS = $(TEST_PUBLIC_LIBS) $(OPENSSL_LIBS)
API_TEST_FILES = tests/api/api.h tests/support/child.c tests/support/child.h

check_PROGRAMS += tests/api/t_admin
tests_api_t_admin_SOURCES = tests/api/t_admin.c $(API_TEST_FILES)
tests_api_t_admin_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_admin_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments
tests_api_t_arguments_SOURCES = tests/api/t_arguments.c $(API_TEST_FILES)
tests_api_t_arguments_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_config
tests_api_t_config_SOURCES = tests/api/t_config.c $(API_TEST_FILES)
tests_api_t_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_config_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_message
tests_api_t_message_SOURCES = tests/api/t_message.c $(API_TEST_FILES)
tests_api_t_message_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_message_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_mock
tests_api_t_mock_SOURCES = tests/api/t_mock.c $(API_TEST_FILES)
tests_api_t_mock_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_mock_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_network
tests_api_t_network_SOURCES = tests/api/t_network.c $(API_TEST_FILES) \
	tests/support/bad_peer.c tests/support/bad_peer.h \
	tests/support/certs.c tests/support/certs.h
tests_api_t_network_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_network_LDADD = $(API_TEST_LIBS)
