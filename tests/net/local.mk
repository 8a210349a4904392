# tests/net - tests of src/net. Link $(TEST_NET_LIBS).

net_world = tests/net/world.h
NET_WORLD_LIBS = tests/libworld.la $(TEST_NET_LIBS)

check_PROGRAMS += tests/net/t_address
tests_net_t_address_SOURCES = tests/net/t_address.c $(net_world)
tests_net_t_address_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_address_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_carry
tests_net_t_carry_SOURCES = tests/net/t_carry.c $(net_world)
tests_net_t_carry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_carry_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_conn
tests_net_t_conn_SOURCES = tests/net/t_conn.c $(net_world)
tests_net_t_conn_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_conn_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_filter
tests_net_t_filter_SOURCES = tests/net/t_filter.c $(net_world)
tests_net_t_filter_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_filter_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_flush
tests_net_t_flush_SOURCES = tests/net/t_flush.c $(net_world)
tests_net_t_flush_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_flush_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_inproc
tests_net_t_inproc_SOURCES = tests/net/t_inproc.c $(net_world)
tests_net_t_inproc_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_inproc_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_listener
tests_net_t_listener_SOURCES = tests/net/t_listener.c $(net_world)
tests_net_t_listener_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_listener_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_loop
tests_net_t_loop_SOURCES = tests/net/t_loop.c $(net_world)
tests_net_t_loop_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_loop_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_resolve
tests_net_t_resolve_SOURCES = tests/net/t_resolve.c $(net_world)
tests_net_t_resolve_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_resolve_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_rpc
tests_net_t_rpc_SOURCES = tests/net/t_rpc.c $(net_world)
tests_net_t_rpc_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_rpc_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_rpc_failure
tests_net_t_rpc_failure_SOURCES = tests/net/t_rpc_failure.c $(net_world)
tests_net_t_rpc_failure_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_rpc_failure_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_spin
tests_net_t_spin_SOURCES = tests/net/t_spin.c $(net_world)
tests_net_t_spin_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_spin_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_trace
tests_net_t_trace_SOURCES = tests/net/t_trace.c $(net_world)
tests_net_t_trace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_trace_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_threads
tests_net_t_threads_SOURCES = tests/net/t_threads.c $(net_world)
tests_net_t_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_threads_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_tls
tests_net_t_tls_SOURCES = tests/net/t_tls.c $(net_world)
tests_net_t_tls_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_tls_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_watch
tests_net_t_watch_SOURCES = tests/net/t_watch.c $(net_world)
tests_net_t_watch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_watch_LDADD = $(NET_WORLD_LIBS)

check_PROGRAMS += tests/net/t_silence
tests_net_t_silence_SOURCES = tests/net/t_silence.c $(net_world)
tests_net_t_silence_CPPFLAGS = $(TEST_CPPFLAGS)
tests_net_t_silence_LDADD = $(NET_WORLD_LIBS)
