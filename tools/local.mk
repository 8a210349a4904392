# tools - programs for people: rmq-mock (installed) and rmq-demo (`make demo`).
#
# rmq-mock may use mock-broker; the others use public headers only.

bin_PROGRAMS += tools/rmq-mock
tools_rmq_mock_SOURCES = \
	tools/rmq_mock.c \
	tools/rmq_mock_ask.c \
	tools/rmq_mock_ask.h \
	tools/rmq_mock_ctl.c \
	tools/rmq_mock_ctl.h \
	tools/rmq_mock_ctl_help.c \
	tools/rmq_mock_ctl_help.h \
	tools/rmq_mock_exec.c \
	tools/rmq_mock_exec.h \
	tools/rmq_mock_help.c \
	tools/rmq_mock_help.h \
	tools/rmq_mock_log.c \
	tools/rmq_mock_log.h \
	tools/rmq_mock_ready.c \
	tools/rmq_mock_ready.h \
	tools/rmq_mock_show.c \
	tools/rmq_mock_show.h
tools_rmq_mock_LDFLAGS = $(WHOLE_LDFLAGS)
tools_rmq_mock_LDADD = mock-broker/libmockbroker.la src/libnet.la src/libcodec.la src/libbase.la

noinst_PROGRAMS += tools/rmq-demo
tools_rmq_demo_SOURCES = \
	tools/demo/clients.c \
	tools/demo/demo.c \
	tools/demo/demo.h \
	tools/demo/orders.c \
	tools/demo/orders.h \
	tools/demo/report.c \
	tools/demo/show.c \
	tools/demo/show.h
tools_rmq_demo_LDADD = librocketmq-c-mock.la librocketmq-c.la
