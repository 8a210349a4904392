# tests - programs written with Check that speak TAP, and the lint scripts.
#
# To add a test program tests/ROOM/t_thing.c, in tests/ROOM/local.mk:
#
#     check_PROGRAMS += tests/base/t_buf
#     tests_base_t_buf_SOURCES = tests/base/t_buf.c
#     tests_base_t_buf_LDADD = $(TEST_BASE_LIBS)
#
# Its main() returns run_suite(...): see tests/support/suite.h. Every program of
# check_PROGRAMS is a test unless its name is in TEST_HELPERS. One program only:
# make check TESTS=tests/base/t_buf

# What the tests of a room may link: the runner, the room and those below it.
TEST_SUITE_LIBS = tests/libsuite.la $(CHECK_LIBS)
TEST_BASE_LIBS = src/libbase.la $(TEST_SUITE_LIBS)
TEST_CODEC_LIBS = src/libcodec.la $(TEST_BASE_LIBS)
TEST_NET_LIBS = src/libnet.la $(TEST_CODEC_LIBS)
TEST_CLIENT_LIBS = src/libclient.la $(TEST_NET_LIBS)
TEST_SEND_LIBS = src/libsend.la $(TEST_CLIENT_LIBS)
TEST_PRODUCER_LIBS = src/libproducer.la $(TEST_SEND_LIBS)
TEST_CONSUMER_LIBS = src/libconsumer.la $(TEST_SEND_LIBS)
TEST_ADMIN_LIBS = src/libadmin.la $(TEST_SEND_LIBS)
TEST_MOCK_LIBS = tests/librig.la mock-broker/libmockbroker.la $(TEST_NET_LIBS)
# The fakes of tests/support are made of the mock's node and tickets. The rooms do not
# come to know the mock by it: their tests that need no peer link without.
TEST_ADMIN_MOCK_LIBS = tests/libfakes.la mock-broker/libmockbroker.la $(TEST_ADMIN_LIBS)
TEST_CLIENT_MOCK_LIBS = tests/libfakes.la mock-broker/libmockbroker.la $(TEST_CLIENT_LIBS)
TEST_SEND_MOCK_LIBS = tests/libfakes.la mock-broker/libmockbroker.la $(TEST_SEND_LIBS)
TEST_PRODUCER_MOCK_LIBS = tests/libfakes.la mock-broker/libmockbroker.la $(TEST_PRODUCER_LIBS)
TEST_CONSUMER_MOCK_LIBS = tests/libconsumerrig.la tests/libfakes.la mock-broker/libmockbroker.la $(TEST_CONSUMER_LIBS)
# Through the public headers alone, as a user's program is.
TEST_API_LIBS = librocketmq-c.la $(TEST_SUITE_LIBS)
TEST_PUBLIC_LIBS = librocketmq-c-mock.la librocketmq-c.la $(TEST_SUITE_LIBS)

TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
TEST_HELPERS =

TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
# Tests find their data under abs_top_srcdir, which may be read-only.
AM_TESTS_ENVIRONMENT = \
	CK_VERBOSITY=silent; export CK_VERBOSITY; \
	CK_TAP_LOG_FILE_NAME=-; export CK_TAP_LOG_FILE_NAME; \
	abs_top_srcdir='$(abs_top_srcdir)'; export abs_top_srcdir; \
	abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir; \
	UBSAN_OPTIONS=$${UBSAN_OPTIONS-print_stacktrace=1}; export UBSAN_OPTIONS;

# What waits longest begins first, as the rest fits beside it.
if HAVE_CHECK
TESTS += tests/conformance/daemon.sh tests/conformance/acl.sh
endif
TESTS += tests/examples/install.sh

include $(srcdir)/tests/lint/local.mk
if HAVE_CHECK
check_LTLIBRARIES += tests/libsuite.la
tests_libsuite_la_SOURCES = \
	tests/support/certs.c \
	tests/support/certs.h \
	tests/support/child.c \
	tests/support/child.h \
	tests/support/forks.h \
	tests/support/suite.c \
	tests/support/suite.h \
	tests/support/tree.c \
	tests/support/tree.h
tests_libsuite_la_CPPFLAGS = $(TEST_CPPFLAGS)
# The scenes of many programs, once each: a program takes of a library what it calls.
check_LTLIBRARIES += tests/librig.la tests/libconsumerrig.la tests/libworld.la
tests_librig_la_CPPFLAGS = $(TEST_CPPFLAGS)
tests_librig_la_SOURCES = tests/broker/rig.c tests/broker/rig.h
tests_libconsumerrig_la_CPPFLAGS = $(TEST_CPPFLAGS)
tests_libconsumerrig_la_SOURCES = tests/consumer/rig.c tests/consumer/rig.h
tests_libworld_la_CPPFLAGS = $(TEST_CPPFLAGS)
tests_libworld_la_SOURCES = tests/net/world.c tests/net/world.h
# The fakes as well.
check_LTLIBRARIES += tests/libfakes.la
tests_libfakes_la_CPPFLAGS = $(TEST_CPPFLAGS)
tests_libfakes_la_SOURCES = \
	tests/support/fake_broker.c \
	tests/support/fake_broker.h \
	tests/support/fake_broker_impl.h \
	tests/support/fake_broker_locks.c \
	tests/support/fake_broker_lite.c \
	tests/support/fake_broker_pop.c \
	tests/support/fake_broker_queues.c \
	tests/support/fake_broker_routes.c \
	tests/support/fake_fields.c \
	tests/support/fake_fields.h \
	tests/support/fake_peer.c \
	tests/support/fake_peer.h \
	tests/support/fake_peer_answers.c \
	tests/support/fake_peer_impl.h \
	tests/support/fake_world.c \
	tests/support/fake_world.h \
	tests/support/stage.c \
	tests/support/stage.h
include $(srcdir)/tests/base/local.mk
include $(srcdir)/tests/codec/local.mk
include $(srcdir)/tests/net/local.mk
include $(srcdir)/tests/client/local.mk
include $(srcdir)/tests/send/local.mk
include $(srcdir)/tests/producer/local.mk
include $(srcdir)/tests/consumer/local.mk
include $(srcdir)/tests/store/local.mk
include $(srcdir)/tests/broker/local.mk
include $(srcdir)/tests/api/local.mk
include $(srcdir)/tests/simulation/local.mk
include $(srcdir)/tests/conformance/local.mk
endif
include $(srcdir)/tests/cli/local.mk
include $(srcdir)/tests/packages/local.mk
include $(srcdir)/tests/examples/local.mk
include $(srcdir)/tests/fuzz/local.mk
TESTS += $(check_PROGRAMS)
