# mock-broker - name server and broker. Uses base, codec and net, never client or above.
#
# src is linked in two ways: unit tests link libmockbroker.la with the convenience
# libraries of base, codec and net; librocketmq-c-mock.la takes those three from
# librocketmq-c. Never link both ways at once: there would be two clocks.

noinst_LTLIBRARIES += mock-broker/libmockbroker.la
mock_broker_libmockbroker_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
mock_broker_libmockbroker_la_LIBADD = $(EVENT_EXTRA_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS)
mock_broker_libmockbroker_la_SOURCES =


# See LIBROCKETMQ_C_VERSION_INFO for the rule.
LIBROCKETMQ_C_MOCK_VERSION_INFO = 0:0:0

lib_LTLIBRARIES += librocketmq-c-mock.la
librocketmq_c_mock_la_SOURCES =
librocketmq_c_mock_la_LIBADD = mock-broker/libmockbroker.la librocketmq-c.la
librocketmq_c_mock_la_LDFLAGS = $(AM_LDFLAGS) $(SHLIB_LDFLAGS) -no-undefined \
	-version-info $(LIBROCKETMQ_C_MOCK_VERSION_INFO)
if HAVE_VERSION_SCRIPT
librocketmq_c_mock_la_LDFLAGS += \
	-Wl,--version-script=$(top_srcdir)/mock-broker/rocketmq-c-mock.map
EXTRA_librocketmq_c_mock_la_DEPENDENCIES = $(top_srcdir)/mock-broker/rocketmq-c-mock.map
else
librocketmq_c_mock_la_LDFLAGS += -export-symbols-regex '^rmq_mock_'
endif
EXTRA_DIST += mock-broker/rocketmq-c-mock.map
