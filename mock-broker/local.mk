# mock-broker - name server and broker. Uses base, codec and net, never client or above.
#
# src is linked in two ways: unit tests link libmockbroker.la with the convenience
# libraries of base, codec and net; librocketmq-c-mock.la takes those three from
# librocketmq-c. Never link both ways at once: there would be two clocks.

noinst_LTLIBRARIES += mock-broker/libmockbroker.la
mock_broker_libmockbroker_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
mock_broker_libmockbroker_la_SOURCES = \
	mock-broker/api_entry.h \
	mock-broker/acl/accounts.c \
	mock-broker/acl/accounts.h \
	mock-broker/acl/accounts_file.c \
	mock-broker/acl/accounts_file.h \
	mock-broker/acl/annotation.c \
	mock-broker/acl/auth.c \
	mock-broker/acl/auth.h \
	mock-broker/acl/annotation.h \
	mock-broker/acl/gate.h \
	mock-broker/acl/identity.c \
	mock-broker/acl/identity.h \
	mock-broker/acl/need.c \
	mock-broker/acl/need.h \
	mock-broker/acl/plain.c \
	mock-broker/acl/plain.h \
	mock-broker/acl/policy.c \
	mock-broker/acl/policy.h \
	mock-broker/acl/resource.h \
	mock-broker/acl/source_ip.c \
	mock-broker/acl/source_ip.h \
	mock-broker/acl/users.c \
	mock-broker/acl/users.h \
	mock-broker/acl/white.c \
	mock-broker/acl/white.h \
	mock-broker/broker/acl_admin.c \
	mock-broker/broker/auth_admin.c \
	mock-broker/broker/auths.h \
	mock-broker/broker/assignment.c \
	mock-broker/broker/broker.c \
	mock-broker/broker/broker.h \
	mock-broker/broker/check_points.c \
	mock-broker/broker/check_points.h \
	mock-broker/broker/clients.c \
	mock-broker/broker/clients.h \
	mock-broker/broker/config.c \
	mock-broker/broker/config.h \
	mock-broker/broker/config_file.c \
	mock-broker/broker/config_file.h \
	mock-broker/broker/config_admin.c \
	mock-broker/broker/config_update.c \
	mock-broker/broker/config_update.h \
	mock-broker/broker/config_inert.def \
	mock-broker/broker/connections.c \
	mock-broker/broker/connections.h \
	mock-broker/broker/delay.c \
	mock-broker/broker/door.c \
	mock-broker/broker/door.h \
	mock-broker/broker/forward.c \
	mock-broker/broker/forward.h \
	mock-broker/broker/group_admin.c \
	mock-broker/broker/figures.c \
	mock-broker/broker/figures.h \
	mock-broker/broker/groups.c \
	mock-broker/broker/groups.h \
	mock-broker/broker/ha.c \
	mock-broker/broker/ha.h \
	mock-broker/broker/half_resume.c \
	mock-broker/broker/handlers.h \
	mock-broker/broker/heartbeat.c \
	mock-broker/broker/hold.c \
	mock-broker/broker/hold.h \
	mock-broker/broker/internal.h \
	mock-broker/broker/lite_admin.c \
	mock-broker/broker/lite_ctl.c \
	mock-broker/broker/lite_events.c \
	mock-broker/broker/lite_groups.c \
	mock-broker/broker/lite_out.c \
	mock-broker/broker/lite_pop.c \
	mock-broker/broker/lite_table.c \
	mock-broker/broker/lites.h \
	mock-broker/broker/lock_batch.c \
	mock-broker/broker/locks.c \
	mock-broker/broker/locks.h \
	mock-broker/broker/message_filter.c \
	mock-broker/broker/metric_form.c \
	mock-broker/broker/metric_form.h \
	mock-broker/broker/metrics.c \
	mock-broker/broker/metrics.h \
	mock-broker/broker/message_filter.h \
	mock-broker/broker/notification.c \
	mock-broker/broker/offset_admin.c \
	mock-broker/broker/offset_requests.c \
	mock-broker/broker/offsets.c \
	mock-broker/broker/offsets.h \
	mock-broker/broker/orders.c \
	mock-broker/broker/orders.h \
	mock-broker/broker/peek.c \
	mock-broker/broker/pop.h \
	mock-broker/broker/pop_ack.c \
	mock-broker/broker/pop_check.c \
	mock-broker/broker/pop_message.c \
	mock-broker/broker/pop_order.c \
	mock-broker/broker/pop_order.h \
	mock-broker/broker/pop_order_file.c \
	mock-broker/broker/pop_read.c \
	mock-broker/broker/pop_wait.c \
	mock-broker/broker/pop_wait.h \
	mock-broker/broker/pops.c \
	mock-broker/broker/put_message.c \
	mock-broker/broker/put_message.h \
	mock-broker/broker/pull.c \
	mock-broker/broker/pull.h \
	mock-broker/broker/pull_check.c \
	mock-broker/broker/query.c \
	mock-broker/broker/queue_admin.c \
	mock-broker/broker/recall.c \
	mock-broker/broker/registration.c \
	mock-broker/broker/registration.h \
	mock-broker/broker/release.c \
	mock-broker/broker/release.h \
	mock-broker/broker/reply.c \
	mock-broker/broker/request_mode.c \
	mock-broker/broker/request_mode.h \
	mock-broker/broker/revive.c \
	mock-broker/broker/revive.h \
	mock-broker/broker/revive_log.c \
	mock-broker/broker/revive_log.h \
	mock-broker/broker/runtime.c \
	mock-broker/broker/runtime_info.c \
	mock-broker/broker/schedule.c \
	mock-broker/broker/schedule.h \
	mock-broker/broker/send.c \
	mock-broker/broker/send.h \
	mock-broker/broker/send_back.c \
	mock-broker/broker/send_place.c \
	mock-broker/broker/send_place.h \
	mock-broker/broker/send_properties.c \
	mock-broker/broker/send_properties.h \
	mock-broker/broker/send_wait.c \
	mock-broker/broker/slave_sync.c \
	mock-broker/broker/slave_sync.h \
	mock-broker/broker/static_mapping.c \
	mock-broker/broker/static_mapping.h \
	mock-broker/broker/static_topics.c \
	mock-broker/broker/static_topics.h \
	mock-broker/broker/stats.c \
	mock-broker/broker/store_admin.c \
	mock-broker/broker/sync_requests.c \
	mock-broker/broker/timers.c \
	mock-broker/broker/timers.h \
	mock-broker/broker/topic_admin.c \
	mock-broker/broker/topic_attributes.c \
	mock-broker/broker/topic_attributes.h \
	mock-broker/broker/topics.c \
	mock-broker/broker/topics.h \
	mock-broker/broker/end_transaction.c \
	mock-broker/broker/transaction_check.c \
	mock-broker/broker/transactions.c \
	mock-broker/broker/transactions.h \
	mock-broker/broker/views.c \
	mock-broker/broker/views.h \
	mock-broker/broker/views_messages.c \
	mock-broker/filter/expression.c \
	mock-broker/filter/expression.h \
	mock-broker/filter/lexer.c \
	mock-broker/filter/lexer.h \
	mock-broker/filter/node.c \
	mock-broker/filter/node.h \
	mock-broker/filter/parser.c \
	mock-broker/filter/parser.h \
	mock-broker/filter/value.c \
	mock-broker/filter/value.h \
	mock-broker/busy.c \
	mock-broker/busy.h \
	mock-broker/cluster.c \
	mock-broker/cluster.h \
	mock-broker/cluster_config.c \
	mock-broker/cluster_faults.c \
	mock-broker/cluster_faults.h \
	mock-broker/cluster_broker.c \
	mock-broker/cluster_disk.c \
	mock-broker/cluster_disk.h \
	mock-broker/cluster_namesrv.c \
	mock-broker/cluster_orders.c \
	mock-broker/cluster_orders.h \
	mock-broker/cluster_pages.c \
	mock-broker/cluster_nodes.c \
	mock-broker/cluster_nodes.h \
	mock-broker/cluster_query.c \
	mock-broker/cluster_record.c \
	mock-broker/cluster_state.h \
	mock-broker/cluster_roles.c \
	mock-broker/cluster_time.c \
	mock-broker/cluster_time.h \
	mock-broker/cluster_ways.c \
	mock-broker/conf.c \
	mock-broker/conf.h \
	mock-broker/control/args.c \
	mock-broker/control/args.h \
	mock-broker/control/cluster.c \
	mock-broker/control/control.c \
	mock-broker/control/control.h \
	mock-broker/control/faults.c \
	mock-broker/control/fixture.c \
	mock-broker/control/fixture.h \
	mock-broker/control/handlers.h \
	mock-broker/control/launch.c \
	mock-broker/control/launch.h \
	mock-broker/control/messages.c \
	mock-broker/control/operation.c \
	mock-broker/control/operation.h \
	mock-broker/control/operations.def \
	mock-broker/control/orders.c \
	mock-broker/control/page.c \
	mock-broker/control/put.c \
	mock-broker/control/put.h \
	mock-broker/control/record.c \
	mock-broker/control/requests.c \
	mock-broker/control/topics.c \
	mock-broker/disk.c \
	mock-broker/disk.h \
	mock-broker/fault_api.c \
	mock-broker/faults.h \
	mock-broker/ha/master.c \
	mock-broker/ha/master.h \
	mock-broker/ha/rate.h \
	mock-broker/ha/slave.c \
	mock-broker/ha/slave.h \
	mock-broker/http.c \
	mock-broker/http.h \
	mock-broker/http_impl.h \
	mock-broker/http_request.c \
	mock-broker/http_request.h \
	mock-broker/http_visit.c \
	mock-broker/json_text.h \
	mock-broker/late.c \
	mock-broker/late.h \
	mock-broker/mock_api.c \
	mock-broker/mock_broker_api.c \
	mock-broker/mock_disk_api.c \
	mock-broker/mock_node_api.c \
	mock-broker/mock_time_api.c \
	mock-broker/namesrv/admin.c \
	mock-broker/namesrv/config.c \
	mock-broker/namesrv/config.h \
	mock-broker/namesrv/config_requests.c \
	mock-broker/namesrv/fixed.c \
	mock-broker/namesrv/fixed.h \
	mock-broker/namesrv/internal.h \
	mock-broker/namesrv/kv.c \
	mock-broker/namesrv/kv.h \
	mock-broker/namesrv/namesrv.c \
	mock-broker/namesrv/namesrv.h \
	mock-broker/namesrv/of_brokers.c \
	mock-broker/namesrv/queries.c \
	mock-broker/namesrv/route_rows.c \
	mock-broker/namesrv/route_rows.h \
	mock-broker/namesrv/route_view.c \
	mock-broker/namesrv/route_view.h \
	mock-broker/namesrv/routes.c \
	mock-broker/namesrv/routes.h \
	mock-broker/namesrv/topic_lists.c \
	mock-broker/node.c \
	mock-broker/node.h \
	mock-broker/reply_frame.c \
	mock-broker/reply_frame.h \
	mock-broker/options.c \
	mock-broker/options.def \
	mock-broker/options.h \
	mock-broker/group_api.c \
	mock-broker/message_api.c \
	mock-broker/messages.c \
	mock-broker/messages.h \
	mock-broker/observer.h \
	mock-broker/push.c \
	mock-broker/push.h \
	mock-broker/record/dump.c \
	mock-broker/record/dump.h \
	mock-broker/record/record.c \
	mock-broker/record/record.h \
	mock-broker/record/requests.c \
	mock-broker/record/requests.h \
	mock-broker/record/seen.c \
	mock-broker/record/seen.h \
	mock-broker/record/sequence.c \
	mock-broker/record/sequence.h \
	mock-broker/record/waiter.c \
	mock-broker/record/waiter.h \
	mock-broker/record/witness.c \
	mock-broker/record/witness.h \
	mock-broker/record_api.c \
	mock-broker/rules/deed.c \
	mock-broker/rules/deed.h \
	mock-broker/rules/fault.c \
	mock-broker/rules/fault.def \
	mock-broker/rules/fault.h \
	mock-broker/rules/fault_json.c \
	mock-broker/rules/glob.c \
	mock-broker/rules/glob.h \
	mock-broker/rules/incoming.c \
	mock-broker/rules/incoming.h \
	mock-broker/rules/rules.c \
	mock-broker/rules/rules.h \
	mock-broker/rules/select.c \
	mock-broker/rules/select.def \
	mock-broker/rules/select.h \
	mock-broker/rules/shot.c \
	mock-broker/rules/shot.h \
	mock-broker/rules/spoil.c \
	mock-broker/rules/spoil.h \
	mock-broker/rules/subject.c \
	mock-broker/rules/subject.h \
	mock-broker/rules/wire.c \
	mock-broker/rules/wire.h \
	mock-broker/shown/groups.c \
	mock-broker/shown/pops.c \
	mock-broker/shown/shown.c \
	mock-broker/shown/shown.h \
	mock-broker/shown/transactions.c \
	mock-broker/verify/answers.c \
	mock-broker/verify/locks.c \
	mock-broker/verify/offsets.c \
	mock-broker/verify/sends.c \
	mock-broker/verify/verify.c \
	mock-broker/verify/verify.h \
	mock-broker/store/arrival.h \
	mock-broker/store/big_endian.h \
	mock-broker/store/checkpoint.c \
	mock-broker/store/checkpoint.h \
	mock-broker/store/commit_log.c \
	mock-broker/store/commit_log.h \
	mock-broker/store/consume_queue.c \
	mock-broker/store/consume_queue.h \
	mock-broker/store/durable.c \
	mock-broker/store/durable.h \
	mock-broker/store/flush.c \
	mock-broker/store/flush.h \
	mock-broker/store/flush_job.c \
	mock-broker/store/flush_job.h \
	mock-broker/store/expiry.c \
	mock-broker/store/expiry.h \
	mock-broker/store/follow.c \
	mock-broker/store/follow.h \
	mock-broker/store/fs.h \
	mock-broker/store/fs_posix.c \
	mock-broker/store/fs_replace.c \
	mock-broker/store/fs_replace.h \
	mock-broker/store/get.c \
	mock-broker/store/index.c \
	mock-broker/store/index.h \
	mock-broker/store/index_file.c \
	mock-broker/store/index_file.h \
	mock-broker/store/light.c \
	mock-broker/store/light.h \
	mock-broker/store/mapped_file.c \
	mock-broker/store/mapped_file.h \
	mock-broker/store/mapped_files.c \
	mock-broker/store/mapped_files.h \
	mock-broker/store/put.c \
	mock-broker/store/put_status.h \
	mock-broker/store/query.c \
	mock-broker/store/queues.c \
	mock-broker/store/queues.h \
	mock-broker/store/record.c \
	mock-broker/store/record.h \
	mock-broker/store/recovery.c \
	mock-broker/store/recovery.h \
	mock-broker/store/replica.c \
	mock-broker/store/replica.h \
	mock-broker/store/roll.c \
	mock-broker/store/roll.h \
	mock-broker/store/store.c \
	mock-broker/store/store.h \
	mock-broker/store/store_state.h \
	mock-broker/store/tags_code.c \
	mock-broker/store/tags_code.h \
	mock-broker/temp_folder.c \
	mock-broker/tls_files.c \
	mock-broker/tls_files.h \
	mock-broker/temp_folder.h \
	mock-broker/temp_fs.c \
	mock-broker/temp_fs.h \
	mock-broker/ticket.c \
	mock-broker/ticket.h \
	mock-broker/ways.h

# The page of the control plane, as lines of C.
mock-broker/control/status_page.inc: mock-broker/control/status_page.html mock-broker/control/embed.sh
	$(AM_V_GEN)$(MKDIR_P) mock-broker/control && AWK='$(AWK)' $(SHELL) \
		$(srcdir)/mock-broker/control/embed.sh \
		$(srcdir)/mock-broker/control/status_page.html >$@.new && mv $@.new $@
# In a variable: automake has rules for objects by name.
control_page_object = mock-broker/control/libmockbroker_la-page.lo
$(control_page_object): mock-broker/control/status_page.inc
EXTRA_DIST += mock-broker/control/status_page.html mock-broker/control/embed.sh
CLEANFILES += mock-broker/control/status_page.inc mock-broker/control/status_page.inc.new

rocketmqinclude_HEADERS += \
	include/rocketmq/mock.h \
	include/rocketmq/mock_broker.h \
	include/rocketmq/mock_disk.h \
	include/rocketmq/mock_fault.h \
	include/rocketmq/mock_node.h \
	include/rocketmq/mock_time.h
rocketmqinclude_HEADERS += include/rocketmq/mock_record.h include/rocketmq/mock_message.h
rocketmqinclude_HEADERS += include/rocketmq/mock_group.h

# See LIBROCKETMQ_C_VERSION_INFO for the rule.
LIBROCKETMQ_C_MOCK_VERSION_INFO = 0:0:0

lib_LTLIBRARIES += librocketmq-c-mock.la
librocketmq_c_mock_la_SOURCES =
librocketmq_c_mock_la_LIBADD = mock-broker/libmockbroker.la librocketmq-c.la
librocketmq_c_mock_la_LDFLAGS = $(WHOLE_LDFLAGS) $(SHLIB_LDFLAGS) -no-undefined \
	-version-info $(LIBROCKETMQ_C_MOCK_VERSION_INFO)
EXTRA_librocketmq_c_mock_la_DEPENDENCIES = mock-broker/rocketmq-c-mock.exports
if HAVE_VERSION_SCRIPT
librocketmq_c_mock_la_LDFLAGS += -Wl,--version-script=mock-broker/rocketmq-c-mock.exports
else
librocketmq_c_mock_la_LDFLAGS += -export-symbols mock-broker/rocketmq-c-mock.exports
endif

# What it exports: the functions of <rocketmq/mock.h>.
mock-broker/rocketmq-c-mock.exports: mock-broker/rocketmq-c-mock.sym src/exports.sh
	$(AM_V_GEN)$(EXPORTS) $(srcdir)/mock-broker/rocketmq-c-mock.sym >$@.new && mv $@.new $@
EXTRA_DIST += mock-broker/rocketmq-c-mock.sym
CLEANFILES += mock-broker/rocketmq-c-mock.exports mock-broker/rocketmq-c-mock.exports.new
