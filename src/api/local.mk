# src/api - one .c a public header; and librocketmq-c, made of all rooms.

rocketmqinclude_HEADERS += \
	include/rocketmq/admin.h \
	include/rocketmq/admin_access.h \
	include/rocketmq/admin_broker.h \
	include/rocketmq/admin_group.h \
	include/rocketmq/admin_topic.h \
	include/rocketmq/admin_message.h \
	include/rocketmq/common.h \
	include/rocketmq/config.h \
	include/rocketmq/consume_hooks.h \
	include/rocketmq/dedup.h \
	include/rocketmq/error.h \
	include/rocketmq/event.h \
	include/rocketmq/flow.h \
	include/rocketmq/hooks.h \
	include/rocketmq/lite_pull_consumer.h \
	include/rocketmq/log.h \
	include/rocketmq/message.h \
	include/rocketmq/messages.h \
	include/rocketmq/producer.h \
	include/rocketmq/properties.h \
	include/rocketmq/pull_consumer.h \
	include/rocketmq/push_consumer.h \
	include/rocketmq/queue.h \
	include/rocketmq/request.h \
	include/rocketmq/rocketmq.h \
	include/rocketmq/send.h \
	include/rocketmq/simple_consumer.h \
	include/rocketmq/statistics.h \
	include/rocketmq/transaction.h
EXTRA_DIST += include/rocketmq/version.h.in

noinst_LTLIBRARIES += src/libapi.la
src_libapi_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libapi_la_SOURCES = \
	src/api/admin.c \
	src/api/admin_access.c \
	src/api/admin_account.c \
	src/api/admin_broker.c \
	src/api/admin_group.c \
	src/api/admin_group_config.c \
	src/api/admin_reset.c \
	src/api/admin_topic.c \
	src/api/admin_message.c \
	src/api/config.c \
	src/api/consume_hooks.c \
	src/api/dedup.c \
	src/api/entry_checks.c \
	src/api/entry_checks.h \
	src/api/flow.c \
	src/api/hooks.c \
	src/api/lite_pull_consumer.c \
	src/api/log.c \
	src/api/producer.c \
	src/api/properties.c \
	src/api/pull_consumer.c \
	src/api/push_consumer.c \
	src/api/queue.c \
	src/api/queue_selectors.c \
	src/api/request.c \
	src/api/send_options.c \
	src/api/send_result.c \
	src/api/send_results.c \
	src/api/simple_consumer.c \
	src/api/statistics.c \
	src/api/transaction.c \
	src/api/version.c

# Version of the interface, CURRENT:REVISION:AGE; it is not the package version.
# At a release that
#   changes only the inside:            C : R+1 : A
#   adds functions:                     C+1 : 0 : A+1
#   changes or removes a function:      C+1 : 0 : 0   (a new SONAME: do not)
LIBROCKETMQ_C_VERSION_INFO = 0:0:0

lib_LTLIBRARIES += librocketmq-c.la
librocketmq_c_la_SOURCES =
librocketmq_c_la_LIBADD = \
	src/libapi.la \
	src/libadmin.la \
	src/libconsumer.la \
	src/libproducer.la \
	src/libsend.la \
	src/libclient.la \
	src/libnet.la \
	src/libcodec.la \
	src/libbase.la
librocketmq_c_la_LDFLAGS = $(WHOLE_LDFLAGS) $(SHLIB_LDFLAGS) -no-undefined \
	-version-info $(LIBROCKETMQ_C_VERSION_INFO)
EXTRA_librocketmq_c_la_DEPENDENCIES = src/rocketmq-c.exports
if HAVE_VERSION_SCRIPT
librocketmq_c_la_LDFLAGS += -Wl,--version-script=src/rocketmq-c.exports
else
librocketmq_c_la_LDFLAGS += -export-symbols src/rocketmq-c.exports
endif

# What it exports: the functions of src/rocketmq-c.sym (`make update-symbols`) are the promise to
# programs. The private node serves librocketmq-c-mock of the same release and nobody else: base, codec
# and net exist once in a process. It holds what the mock takes and no more, and its name carries the
# release, so that a mock library of another one is refused by the dynamic linker at start.
# A file that stays the same keeps its time: the mock changes more often than what it takes.
src/rocketmq-c.exports: src/rocketmq-c.exports.stamp
	@test -f $@ || { rm -f $@.stamp; $(MAKE) $(AM_MAKEFLAGS) $@.stamp; }
src/rocketmq-c.exports.stamp: src/rocketmq-c.sym mock-broker/libmockbroker.la src/exports.sh
	$(AM_V_GEN)$(EXPORTS) $(srcdir)/src/rocketmq-c.sym ROCKETMQ_C_PRIVATE_$(PACKAGE_VERSION) \
		mock-broker/$(objdir)/libmockbroker.a >src/rocketmq-c.exports.new
	$(AM_V_at)cmp -s src/rocketmq-c.exports.new src/rocketmq-c.exports || \
		cp src/rocketmq-c.exports.new src/rocketmq-c.exports
	$(AM_V_at)rm -f src/rocketmq-c.exports.new; touch $@
EXTRA_DIST += src/exports.sh src/rocketmq-c.sym
CLEANFILES += src/rocketmq-c.exports src/rocketmq-c.exports.stamp src/rocketmq-c.exports.new

EXPORTS = NM='$(NM)' AWK='$(AWK)' $(SHELL) $(srcdir)/src/exports.sh $(EXPORTS_FORM)
if HAVE_VERSION_SCRIPT
EXPORTS_FORM = map
else
EXPORTS_FORM = names
endif
