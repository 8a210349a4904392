# src/admin - topic, group, offset and message queries.
noinst_LTLIBRARIES += src/libadmin.la
src_libadmin_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libadmin_la_SOURCES = \
	src/admin/admin.c \
	src/admin/admin.h \
	src/admin/asking.c \
	src/admin/asking.h \
	src/admin/asking_namesrv.c \
	src/admin/attributes.c \
	src/admin/attributes.h \
	src/admin/cluster.c \
	src/admin/cluster.h \
	src/admin/lite_group.c \
	src/admin/request_mode.c \
	src/admin/topic_config.c \
	src/admin/topic_create.c \
	src/admin/topic_delete.c \
	src/admin/topic_offsets.c \
	src/admin/topics.c \
	src/admin/topics.h
