# tools/cli - rmq-cli: public headers only. Options and commands are tables; a sub-command is one file and one line
# of commands.def.
if HAVE_JANSSON
bin_PROGRAMS += tools/rmq-cli
endif
tools_rmq_cli_SOURCES = \
	tools/cli/admin_cluster.c \
	tools/cli/admin_cluster.h \
	tools/cli/admin_group.c \
	tools/cli/admin_group.h \
	tools/cli/admin_group_lag.c \
	tools/cli/admin_group_lag.h \
	tools/cli/admin_group_lags.c \
	tools/cli/admin_group_offsets.c \
	tools/cli/admin_group_show.c \
	tools/cli/admin_group_watch.c \
	tools/cli/admin_list.c \
	tools/cli/admin_topic.c \
	tools/cli/admin_topics.c \
	tools/cli/args.c \
	tools/cli/args.h \
	tools/cli/client.c \
	tools/cli/client.h \
	tools/cli/client_keys.c \
	tools/cli/commands.c \
	tools/cli/commands.def \
	tools/cli/commands.h \
	tools/cli/complain.c \
	tools/cli/complain.h \
	tools/cli/completion.c \
	tools/cli/confirm.c \
	tools/cli/confirm.h \
	tools/cli/consume.c \
	tools/cli/encode.c \
	tools/cli/help.c \
	tools/cli/help.h \
	tools/cli/input.c \
	tools/cli/input.h \
	tools/cli/lag_line.c \
	tools/cli/lag_line.h \
	tools/cli/lag_rates.c \
	tools/cli/lag_view.c \
	tools/cli/lag_view.h \
	tools/cli/main.c \
	tools/cli/manual.c \
	tools/cli/member.c \
	tools/cli/member_pop.c \
	tools/cli/member_push.c \
	tools/cli/member.h \
	tools/cli/message_json.c \
	tools/cli/message_json.h \
	tools/cli/message_read.c \
	tools/cli/modes.h \
	tools/cli/nearest.c \
	tools/cli/nearest.h \
	tools/cli/options.c \
	tools/cli/options.def \
	tools/cli/options.h \
	tools/cli/output.c \
	tools/cli/output.h \
	tools/cli/positions.c \
	tools/cli/positions.h \
	tools/cli/produce.c \
	tools/cli/query.c \
	tools/cli/reader.c \
	tools/cli/reader.h \
	tools/cli/render.c \
	tools/cli/render.h \
	tools/cli/sender.c \
	tools/cli/sender.h \
	tools/cli/stop.c \
	tools/cli/stop.h \
	tools/cli/table.c \
	tools/cli/table.h \
	tools/cli/tally.c \
	tools/cli/tally.h \
	tools/cli/terminal.c \
	tools/cli/terminal.h \
	tools/cli/text.c \
	tools/cli/text.h \
	tools/cli/topics.h \
	tools/cli/values.c \
	tools/cli/values.h \
	tools/cli/writer.c \
	tools/cli/writer.h
tools_rmq_cli_LDFLAGS = $(WHOLE_LDFLAGS)
tools_rmq_cli_LDADD = librocketmq-c.la $(JANSSON_LIBS)
