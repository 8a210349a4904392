# tests/conformance - behaviour, once for every target.
#
# make check runs the program itself against the mock in virtual time, and daemon.sh against
# rmq-mock over TCP. tests/apache/check-apache runs it against Apache RocketMQ.

check_PROGRAMS += tests/conformance/conformance
tests_conformance_conformance_SOURCES = \
	tests/conformance/audit.c \
	tests/conformance/audit.h \
	tests/conformance/b_acl.c \
	tests/conformance/b_admin_group.c \
	tests/conformance/b_admin_topic.c \
	tests/conformance/b_admin_access.c \
	tests/conformance/b_admin_broker.c \
	tests/conformance/b_admin_message.c \
	tests/conformance/b_async.c \
	tests/conformance/b_autobatch.c \
	tests/conformance/b_batch.c \
	tests/conformance/b_broadcast.c \
	tests/conformance/b_close.c \
	tests/conformance/b_consume.c \
	tests/conformance/b_filter.c \
	tests/conformance/b_flow.c \
	tests/conformance/b_hooks.c \
	tests/conformance/b_limits.c \
	tests/conformance/b_observe.c \
	tests/conformance/b_identity.c \
	tests/conformance/b_lite.c \
	tests/conformance/b_lite_pull.c \
	tests/conformance/b_offsets.c \
	tests/conformance/b_orderly.c \
	tests/conformance/b_place.c \
	tests/conformance/b_pull.c \
	tests/conformance/b_pop.c \
	tests/conformance/b_push_pop.c \
	tests/conformance/b_queue.c \
	tests/conformance/b_rebalance.c \
	tests/conformance/b_share.c \
	tests/conformance/b_slave.c \
	tests/conformance/b_restart.c \
	tests/conformance/b_request.c \
	tests/conformance/b_retry.c \
	tests/conformance/b_send.c \
	tests/conformance/b_sql.c \
	tests/conformance/b_timed.c \
	tests/conformance/b_weak.c \
	tests/conformance/b_topics.c \
	tests/conformance/b_transaction.c \
	tests/conformance/b_transport.c \
	tests/conformance/behaviour.h \
	tests/conformance/behaviour_files.def \
	tests/conformance/conformance.c \
	tests/conformance/member.c \
	tests/conformance/member.h \
	tests/conformance/scene.c \
	tests/conformance/scene.h \
	tests/conformance/scene_topics.c \
	tests/conformance/sink.c \
	tests/conformance/sink.h \
	tests/conformance/sink_kind.c \
	tests/conformance/sink_kind.h \
	tests/conformance/sink_lite_pull.c \
	tests/conformance/sink_pop.c \
	tests/conformance/sink_push.c \
	tests/conformance/target.h \
	tests/conformance/target_daemon.c \
	tests/conformance/target_external.c \
	tests/conformance/target_mock.c \
	tests/support/certs.c \
	tests/support/certs.h \
	tests/support/child.c \
	tests/support/child.h \
	tests/support/last_requests.h
tests_conformance_conformance_CPPFLAGS = $(TEST_CPPFLAGS)
tests_conformance_conformance_LDADD = librocketmq-c-mock.la librocketmq-c.la $(OPENSSL_LIBS)

# The first two are in TESTS by tests/local.mk.
TESTS += tests/conformance/emulate_4_9.sh tests/conformance/emulate_5_5.sh
EXTRA_DIST += tests/conformance/daemon.sh tests/conformance/acl.sh tests/conformance/emulate_4_9.sh tests/conformance/emulate_5_5.sh

# Not a test: one end of an exchange with other clients (tests/apache/check-interop).
noinst_PROGRAMS += tests/conformance/interop
tests_conformance_interop_SOURCES = \
	tests/conformance/interop.c \
	tests/conformance/interop.h \
	tests/conformance/interop_orderly.c \
	tests/conformance/interop_pull.c \
	tests/conformance/interop_send.c \
	tests/conformance/interop_share.c \
	tests/conformance/interop_trace.c \
	tests/conformance/interop_transaction.c \
	tests/conformance/interop_transaction.h
# The library has no public reader of message trace.
tests_conformance_interop_LDADD = librocketmq-c.la src/libcodec.la src/libbase.la

# Not a test: clients under way while a cluster changes (tests/apache/shapes).
noinst_PROGRAMS += tests/conformance/shape
tests_conformance_shape_SOURCES = \
	tests/conformance/repeats.c \
	tests/conformance/repeats.h \
	tests/conformance/shape.c \
	tests/conformance/shape.h \
	tests/conformance/shape_load.c
tests_conformance_shape_LDADD = librocketmq-c.la

check_PROGRAMS += tests/conformance/t_repeats
tests_conformance_t_repeats_SOURCES = \
	tests/conformance/repeats.c \
	tests/conformance/repeats.h \
	tests/conformance/t_repeats.c
tests_conformance_t_repeats_CPPFLAGS = $(TEST_CPPFLAGS)
tests_conformance_t_repeats_LDADD = $(TEST_SUITE_LIBS)

# What tests/apache needs of this folder.
apache_programs = \
	tests/conformance/conformance$(EXEEXT) \
	tests/conformance/interop$(EXEEXT) \
	tests/conformance/shape$(EXEEXT)
