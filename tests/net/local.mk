# tests/net - tests of src/net. Link $(TEST_NET_LIBS).

net_world = tests/net/world.c tests/net/world.h \
	tests/support/certs.c tests/support/certs.h \
	tests/support/child.c tests/support/child.h

check_PROGRAMS += tests/net/t_address
tests_net_t_address_SOURCES = tests/net/t_address.c $(net_world)
tests_net_t_address_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_address_LDADD = $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_carry
tests_net_t_carry_SOURCES = tests/net/t_carry.c $(net_world)
tests_net_t_carry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_carry_LDADD = $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_conn
tests_net_t_conn_SOURCES = tests/net/t_conn.c $(net_world)
tests_net_t_conn_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_conn_LDADD = $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_filter
tests_net_t_filter_SOURCES = tests/net/t_filter.c $(net_world)
tests_net_t_filter_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_filter_LDADD = $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_inproc
tests_net_t_inproc_SOURCES = tests/net/t_inproc.c $(net_world)
tests_net_t_inproc_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_inproc_LDADD = $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_listener
tests_net_t_listener_SOURCES = tests/net/t_listener.c $(net_world)
tests_net_t_listener_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_listener_LDADD = $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_loop
tests_net_t_loop_SOURCES = tests/net/t_loop.c $(net_world)
tests_net_t_loop_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_loop_LDADD = $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_rpc
tests_net_t_rpc_SOURCES = tests/net/t_rpc.c $(net_world)
tests_net_t_rpc_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_rpc_LDADD = $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_threads
tests_net_t_threads_SOURCES = tests/net/t_threads.c $(net_world)
tests_net_t_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_threads_LDADD = $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_tls
tests_net_t_tls_SOURCES = tests/net/t_tls.c $(net_world)
tests_net_t_tls_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_tls_LDADD = $(TEST_NET_LIBS)
