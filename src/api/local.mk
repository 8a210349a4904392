# src/api - one .c a public header; and librocketmq-c, made of all rooms.

rocketmqinclude_HEADERS += \
	include/rocketmq/admin.h \
	include/rocketmq/common.h \
	include/rocketmq/config.h \
	include/rocketmq/error.h \
	include/rocketmq/log.h \
	include/rocketmq/message.h \
	include/rocketmq/producer.h \
	include/rocketmq/push_consumer.h \
	include/rocketmq/queue.h \
	include/rocketmq/rocketmq.h
EXTRA_DIST += include/rocketmq/version.h.in

noinst_LTLIBRARIES += src/libapi.la
src_libapi_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libapi_la_SOURCES = \
	src/api/admin.c \
	src/api/config.c \
	src/api/producer.c \
	src/api/push_consumer.c \
	src/api/send_options.c

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
librocketmq_c_la_LDFLAGS = $(AM_LDFLAGS) $(SHLIB_LDFLAGS) -no-undefined \
	-version-info $(LIBROCKETMQ_C_VERSION_INFO)
if HAVE_VERSION_SCRIPT
librocketmq_c_la_LDFLAGS += -Wl,--version-script=src/rocketmq-c.map
EXTRA_librocketmq_c_la_DEPENDENCIES = src/rocketmq-c.map
else
librocketmq_c_la_LDFLAGS += -export-symbols-regex '^rmqi?_'
endif
