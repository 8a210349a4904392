# src/admin - topic, group, offset and message queries.
noinst_LTLIBRARIES += src/libadmin.la
src_libadmin_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libadmin_la_SOURCES = \
	src/admin/access.h \
	src/admin/access_accounts.c \
	src/admin/access_policies.c \
	src/admin/access_users.c \
	src/admin/admin.c \
	src/admin/admin.h \
	src/admin/asking.c \
	src/admin/asking.h \
	src/admin/asking_namesrv.c \
	src/admin/attributes.c \
	src/admin/attributes.h \
	src/admin/broker_config.c \
	src/admin/broker_row.c \
	src/admin/brokers.c \
	src/admin/brokers.h \
	src/admin/cluster.c \
	src/admin/cluster.h \
	src/admin/found.c \
	src/admin/found.h \
	src/admin/group_config.c \
	src/admin/group_create.c \
	src/admin/groups.c \
	src/admin/groups.h \
	src/admin/lag.c \
	src/admin/lite_group.c \
	src/admin/member_info.c \
	src/admin/members.c \
	src/admin/message_consumers.c \
	src/admin/message_consumers.h \
	src/admin/message_query.c \
	src/admin/message_query.h \
	src/admin/message_range.c \
	src/admin/message_trace.c \
	src/admin/message_trace.h \
	src/admin/namesrvs.c \
	src/admin/namesrvs.h \
	src/admin/owners.c \
	src/admin/owners.h \
	src/admin/properties.c \
	src/admin/properties.h \
	src/admin/queue_ask.c \
	src/admin/queue_ask.h \
	src/admin/request_mode.c \
	src/admin/reset.c \
	src/admin/reset.h \
	src/admin/reset_apply.c \
	src/admin/topic_config.c \
	src/admin/topic_create.c \
	src/admin/topic_delete.c \
	src/admin/topic_offsets.c \
	src/admin/topics.c \
	src/admin/topics.h
