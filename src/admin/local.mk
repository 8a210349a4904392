# src/admin - topic, group, offset and message queries.
noinst_LTLIBRARIES += src/libadmin.la
src_libadmin_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libadmin_la_SOURCES = \
	src/admin/admin.c \
	src/admin/admin.h \
	src/admin/cluster.c \
	src/admin/cluster.h \
	src/admin/lite_group.c \
	src/admin/request_mode.c
