# tests/broker - tests of mock-broker/namesrv and broker. Link $(TEST_MOCK_LIBS).

broker_rig = tests/broker/rig.h

check_PROGRAMS += tests/broker/t_acl
tests_broker_t_acl_SOURCES = tests/broker/t_acl.c $(broker_rig)
tests_broker_t_acl_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_acl_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_admin
tests_broker_t_admin_SOURCES = tests/broker/t_admin.c $(broker_rig)
tests_broker_t_admin_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_admin_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_assignment
tests_broker_t_assignment_SOURCES = tests/broker/t_assignment.c $(broker_rig)
tests_broker_t_assignment_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_assignment_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_auth
tests_broker_t_auth_SOURCES = tests/broker/t_auth.c $(broker_rig)
tests_broker_t_auth_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_auth_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_broker_config
tests_broker_t_broker_config_SOURCES = tests/broker/t_broker_config.c $(broker_rig)
tests_broker_t_broker_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_broker_config_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_clients
tests_broker_t_clients_SOURCES = tests/broker/t_clients.c $(broker_rig)
tests_broker_t_clients_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_clients_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_config_update
tests_broker_t_config_update_SOURCES = tests/broker/t_config_update.c $(broker_rig)
tests_broker_t_config_update_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_config_update_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_control
tests_broker_t_control_SOURCES = tests/broker/t_control.c \
	tests/support/visitor.c tests/support/visitor.h
tests_broker_t_control_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_control_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_control_orders
tests_broker_t_control_orders_SOURCES = tests/broker/t_control_orders.c \
	tests/support/visitor.c tests/support/visitor.h
tests_broker_t_control_orders_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_control_orders_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_control_requests
tests_broker_t_control_requests_SOURCES = tests/broker/t_control_requests.c \
	tests/support/visitor.c tests/support/visitor.h
tests_broker_t_control_requests_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_control_requests_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_ctl
tests_broker_t_ctl_SOURCES = tests/broker/t_ctl.c
tests_broker_t_ctl_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_ctl_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_daemon
tests_broker_t_daemon_SOURCES = tests/broker/t_daemon.c $(broker_rig)
tests_broker_t_daemon_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_daemon_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_faults
tests_broker_t_faults_SOURCES = tests/broker/t_faults.c $(broker_rig)
tests_broker_t_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_faults_LDADD = $(TEST_MOCK_LIBS)

lite_scene = tests/broker/lite_scene.c tests/broker/lite_scene.h
check_PROGRAMS += tests/broker/t_lite
tests_broker_t_lite_SOURCES = tests/broker/t_lite.c $(lite_scene) $(broker_rig)
tests_broker_t_lite_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_lite_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_lite_life
tests_broker_t_lite_life_SOURCES = tests/broker/t_lite_life.c $(lite_scene) $(broker_rig)
tests_broker_t_lite_life_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_lite_life_LDADD = $(TEST_MOCK_LIBS)
check_PROGRAMS += tests/broker/t_rules
tests_broker_t_rules_SOURCES = tests/broker/t_rules.c $(broker_rig)
tests_broker_t_rules_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_rules_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_select
tests_broker_t_select_SOURCES = tests/broker/t_select.c
tests_broker_t_select_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_select_LDADD = $(TEST_MOCK_LIBS)
check_PROGRAMS += tests/broker/t_lite_admin
tests_broker_t_lite_admin_SOURCES = tests/broker/t_lite_admin.c $(lite_scene) $(broker_rig)
tests_broker_t_lite_admin_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_lite_admin_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_lite_many
tests_broker_t_lite_many_SOURCES = tests/broker/t_lite_many.c $(broker_rig)
tests_broker_t_lite_many_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_lite_many_LDADD = $(TEST_MOCK_LIBS)
check_PROGRAMS += tests/broker/t_groups_shown
tests_broker_t_groups_shown_SOURCES = tests/broker/t_groups_shown.c $(popper)
tests_broker_t_groups_shown_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_groups_shown_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_verify
tests_broker_t_verify_SOURCES = tests/broker/t_verify.c $(popper)
tests_broker_t_verify_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_verify_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_messages
tests_broker_t_messages_SOURCES = tests/broker/t_messages.c $(broker_rig)
tests_broker_t_messages_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_messages_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_record
tests_broker_t_record_SOURCES = tests/broker/t_record.c $(broker_rig)
tests_broker_t_record_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_record_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_release
tests_broker_t_release_SOURCES = tests/broker/t_release.c $(broker_rig)
tests_broker_t_release_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_release_LDADD = $(TEST_MOCK_LIBS)
check_PROGRAMS += tests/broker/t_limits
tests_broker_t_limits_SOURCES = tests/broker/t_limits.c $(broker_rig)
tests_broker_t_limits_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_limits_LDADD = $(TEST_MOCK_LIBS)

ha_stage = tests/broker/ha_stage.c tests/broker/ha_stage.h $(broker_rig)

check_PROGRAMS += tests/broker/t_ha
tests_broker_t_ha_SOURCES = tests/broker/t_ha.c $(ha_stage)
tests_broker_t_ha_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_ha_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_ha_peers
tests_broker_t_ha_peers_SOURCES = tests/broker/t_ha_peers.c \
	tests/broker/ha_peer.c tests/broker/ha_peer.h $(ha_stage)
tests_broker_t_ha_peers_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_ha_peers_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_ha_tables
tests_broker_t_ha_tables_SOURCES = tests/broker/t_ha_tables.c $(ha_stage)
tests_broker_t_ha_tables_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_ha_tables_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_http
tests_broker_t_http_SOURCES = tests/broker/t_http.c
tests_broker_t_http_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_http_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_metrics
tests_broker_t_metrics_SOURCES = tests/broker/t_metrics.c $(broker_rig)
tests_broker_t_metrics_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_metrics_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_mock_api
tests_broker_t_mock_api_SOURCES = tests/broker/t_mock_api.c $(broker_rig)
tests_broker_t_mock_api_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_mock_api_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_names
tests_broker_t_names_SOURCES = tests/broker/t_names.c $(broker_rig)
tests_broker_t_names_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_names_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_offsets
tests_broker_t_offsets_SOURCES = tests/broker/t_offsets.c $(broker_rig)
tests_broker_t_offsets_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_offsets_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_kill
tests_broker_t_kill_SOURCES = tests/broker/t_kill.c tests/broker/kill_load.c tests/broker/kill_load.h $(broker_rig)
tests_broker_t_kill_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_kill_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_kill_pair
tests_broker_t_kill_pair_SOURCES = tests/broker/t_kill_pair.c tests/broker/kill_load.c tests/broker/kill_load.h \
	$(broker_rig)
tests_broker_t_kill_pair_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_kill_pair_LDADD = $(TEST_MOCK_LIBS)
check_PROGRAMS += tests/broker/t_plain
tests_broker_t_plain_SOURCES = tests/broker/t_plain.c $(broker_rig)
tests_broker_t_plain_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_plain_LDADD = $(TEST_MOCK_LIBS)
check_PROGRAMS += tests/broker/t_places
tests_broker_t_places_SOURCES = tests/broker/t_places.c $(broker_rig)
tests_broker_t_places_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_places_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_pull
tests_broker_t_pull_SOURCES = tests/broker/t_pull.c $(broker_rig)
tests_broker_t_pull_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_pull_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_query
tests_broker_t_query_SOURCES = tests/broker/t_query.c $(broker_rig)
tests_broker_t_query_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_query_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_reply
tests_broker_t_reply_SOURCES = tests/broker/t_reply.c $(broker_rig)
tests_broker_t_reply_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_reply_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_retry
tests_broker_t_retry_SOURCES = tests/broker/t_retry.c $(broker_rig)
tests_broker_t_retry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_retry_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_namesrv
tests_broker_t_namesrv_SOURCES = tests/broker/t_namesrv.c $(broker_rig)
tests_broker_t_namesrv_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_namesrv_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_namesrv_conf
tests_broker_t_namesrv_conf_SOURCES = tests/broker/t_namesrv_conf.c $(broker_rig)
tests_broker_t_namesrv_conf_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_namesrv_conf_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_routes
tests_broker_t_routes_SOURCES = tests/broker/t_routes.c $(broker_rig)
tests_broker_t_routes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_routes_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_send
tests_broker_t_send_SOURCES = tests/broker/t_send.c $(broker_rig)
tests_broker_t_send_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_send_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_timers
tests_broker_t_timers_SOURCES = tests/broker/t_timers.c $(broker_rig)
tests_broker_t_timers_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_timers_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_tls_modes
tests_broker_t_tls_modes_SOURCES = tests/broker/t_tls_modes.c $(broker_rig)
tests_broker_t_tls_modes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_tls_modes_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_topics
tests_broker_t_topics_SOURCES = tests/broker/t_topics.c $(broker_rig)
tests_broker_t_topics_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_topics_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_hostile
tests_broker_t_hostile_SOURCES = tests/broker/t_hostile.c $(broker_rig)
tests_broker_t_hostile_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_hostile_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_static
tests_broker_t_static_SOURCES = tests/broker/t_static.c $(broker_rig)
tests_broker_t_static_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_static_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_transactions
tests_broker_t_transactions_SOURCES = tests/broker/t_transactions.c $(broker_rig)
tests_broker_t_transactions_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_transactions_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_filter
tests_broker_t_filter_SOURCES = tests/broker/t_filter.c $(broker_rig)
tests_broker_t_filter_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_filter_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_half_resume
tests_broker_t_half_resume_SOURCES = tests/broker/t_half_resume.c $(broker_rig)
tests_broker_t_half_resume_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_half_resume_LDADD = $(TEST_MOCK_LIBS)

popper = tests/broker/popper.c tests/broker/popper.h $(broker_rig)
pop_stage = tests/broker/pop_stage.c tests/broker/pop_stage.h $(popper)

check_PROGRAMS += tests/broker/t_pop
tests_broker_t_pop_SOURCES = tests/broker/t_pop.c $(pop_stage)
tests_broker_t_pop_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_pop_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_pop_ack
tests_broker_t_pop_ack_SOURCES = tests/broker/t_pop_ack.c $(popper)
tests_broker_t_pop_ack_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_pop_ack_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_pop_order
tests_broker_t_pop_order_SOURCES = tests/broker/t_pop_order.c $(popper)
tests_broker_t_pop_order_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_pop_order_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_pop_restart
tests_broker_t_pop_restart_SOURCES = tests/broker/t_pop_restart.c $(pop_stage)
tests_broker_t_pop_restart_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_pop_restart_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_peek
tests_broker_t_peek_SOURCES = tests/broker/t_peek.c $(popper)
tests_broker_t_peek_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_peek_LDADD = $(TEST_MOCK_LIBS)
check_PROGRAMS += tests/broker/t_pop_wait
tests_broker_t_pop_wait_SOURCES = tests/broker/t_pop_wait.c $(popper)
tests_broker_t_pop_wait_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_pop_wait_LDADD = $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/broker/t_cycles
tests_broker_t_cycles_SOURCES = tests/broker/t_cycles.c
tests_broker_t_cycles_CPPFLAGS = $(TEST_CPPFLAGS)
tests_broker_t_cycles_LDADD = $(TEST_MOCK_LIBS)

TESTS += tests/broker/metrics_pages.sh
EXTRA_DIST += tests/broker/metrics_pages.sh
