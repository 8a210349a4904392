# tests/api - the public headers as a user's program sees them, bad input above all.
API_TEST_LIBS = $(TEST_PUBLIC_LIBS) $(OPENSSL_LIBS)
API_TEST_FILES = tests/api/api.h

check_PROGRAMS += tests/api/t_address
tests_api_t_address_SOURCES = tests/api/t_address.c $(API_TEST_FILES)
tests_api_t_address_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_address_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_admin
tests_api_t_admin_SOURCES = tests/api/t_admin.c $(API_TEST_FILES)
tests_api_t_admin_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_admin_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_admin_group
tests_api_t_admin_group_SOURCES = tests/api/t_admin_group.c $(API_TEST_FILES)
tests_api_t_admin_group_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_admin_group_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_admin_reset
tests_api_t_admin_reset_SOURCES = tests/api/t_admin_reset.c $(API_TEST_FILES)
tests_api_t_admin_reset_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_admin_reset_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_admin_topic
tests_api_t_admin_topic_SOURCES = tests/api/t_admin_topic.c $(API_TEST_FILES)
tests_api_t_admin_topic_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_admin_topic_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_admin_message
tests_api_t_admin_message_SOURCES = tests/api/t_admin_message.c $(API_TEST_FILES)
tests_api_t_admin_message_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_admin_message_LDADD = $(API_TEST_LIBS)

arguments_files = tests/api/arguments.h $(API_TEST_FILES)

check_PROGRAMS += tests/api/t_arguments
tests_api_t_arguments_SOURCES = tests/api/t_arguments.c $(arguments_files)
tests_api_t_arguments_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_admin
tests_api_t_arguments_admin_SOURCES = tests/api/t_arguments_admin.c $(arguments_files)
tests_api_t_arguments_admin_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_admin_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_admin_message
tests_api_t_arguments_admin_message_SOURCES = tests/api/t_arguments_admin_message.c $(arguments_files)
tests_api_t_arguments_admin_message_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_admin_message_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_admin_access
tests_api_t_arguments_admin_access_SOURCES = tests/api/t_arguments_admin_access.c $(arguments_files)
tests_api_t_arguments_admin_access_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_admin_access_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_admin_producers
tests_api_t_admin_producers_SOURCES = tests/api/t_admin_producers.c $(API_TEST_FILES)
tests_api_t_admin_producers_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_admin_producers_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_admin_access
tests_api_t_admin_access_SOURCES = tests/api/t_admin_access.c $(API_TEST_FILES)
tests_api_t_admin_access_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_admin_access_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_admin_broker
tests_api_t_arguments_admin_broker_SOURCES = tests/api/t_arguments_admin_broker.c $(arguments_files)
tests_api_t_arguments_admin_broker_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_admin_broker_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_admin_broker
tests_api_t_admin_broker_SOURCES = tests/api/t_admin_broker.c $(API_TEST_FILES)
tests_api_t_admin_broker_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_admin_broker_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_consumer
tests_api_t_arguments_consumer_SOURCES = tests/api/t_arguments_consumer.c $(arguments_files)
tests_api_t_arguments_consumer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_consumer_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_dedup
tests_api_t_arguments_dedup_SOURCES = tests/api/t_arguments_dedup.c $(arguments_files)
tests_api_t_arguments_dedup_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_dedup_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_pull
tests_api_t_arguments_pull_SOURCES = tests/api/t_arguments_pull.c $(arguments_files)
tests_api_t_arguments_pull_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_pull_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_mock
tests_api_t_arguments_mock_SOURCES = tests/api/t_arguments_mock.c $(arguments_files)
tests_api_t_arguments_mock_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_mock_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_group
tests_api_t_arguments_group_SOURCES = tests/api/t_arguments_group.c $(arguments_files)
tests_api_t_arguments_group_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_group_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_record
tests_api_t_arguments_record_SOURCES = tests/api/t_arguments_record.c $(arguments_files)
tests_api_t_arguments_record_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_record_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_producer
tests_api_t_arguments_producer_SOURCES = tests/api/t_arguments_producer.c $(arguments_files)
tests_api_t_arguments_producer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_producer_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_request
tests_api_t_arguments_request_SOURCES = tests/api/t_arguments_request.c $(arguments_files)
tests_api_t_arguments_request_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_request_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_arguments_simple
tests_api_t_arguments_simple_SOURCES = tests/api/t_arguments_simple.c $(arguments_files)
tests_api_t_arguments_simple_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_arguments_simple_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_config
tests_api_t_config_SOURCES = tests/api/t_config.c $(API_TEST_FILES)
tests_api_t_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_config_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_descriptors
tests_api_t_descriptors_SOURCES = tests/api/t_descriptors.c $(API_TEST_FILES)
tests_api_t_descriptors_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_descriptors_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_foreign
tests_api_t_foreign_SOURCES = tests/api/t_foreign.c $(API_TEST_FILES)
tests_api_t_foreign_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_foreign_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_fork
tests_api_t_fork_SOURCES = tests/api/t_fork.c $(API_TEST_FILES)
tests_api_t_fork_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_fork_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_host
tests_api_t_host_SOURCES = tests/api/t_host.c $(API_TEST_FILES) \
	tests/support/bad_peer.c tests/support/bad_peer.h
tests_api_t_host_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_host_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_group
tests_api_t_group_SOURCES = tests/api/t_group.c $(API_TEST_FILES)
tests_api_t_group_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_group_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_consume_threads
tests_api_t_consume_threads_SOURCES = tests/api/t_consume_threads.c $(API_TEST_FILES)
tests_api_t_consume_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_consume_threads_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_kept
tests_api_t_kept_SOURCES = tests/api/t_kept.c $(API_TEST_FILES)
tests_api_t_kept_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_kept_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_message
tests_api_t_message_SOURCES = tests/api/t_message.c $(API_TEST_FILES)
tests_api_t_message_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_message_LDADD = $(API_TEST_LIBS)

namespace_files = tests/api/namespace_scene.c tests/api/namespace_scene.h $(API_TEST_FILES)

check_PROGRAMS += tests/api/t_namespace
tests_api_t_namespace_SOURCES = tests/api/t_namespace.c $(namespace_files)
tests_api_t_namespace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_namespace_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_namespace_seen
tests_api_t_namespace_seen_SOURCES = tests/api/t_namespace_seen.c $(namespace_files)
tests_api_t_namespace_seen_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_namespace_seen_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_mock_brokers
tests_api_t_mock_brokers_SOURCES = tests/api/t_mock_brokers.c $(API_TEST_FILES)
tests_api_t_mock_brokers_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_mock_brokers_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_mock_missing
tests_api_t_mock_missing_SOURCES = tests/api/t_mock_missing.c
tests_api_t_mock_missing_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_mock_missing_LDADD = $(TEST_API_LIBS)

check_PROGRAMS += tests/api/t_mock
tests_api_t_mock_SOURCES = tests/api/t_mock.c $(API_TEST_FILES)
tests_api_t_mock_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_mock_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_network
tests_api_t_network_SOURCES = tests/api/t_network.c $(API_TEST_FILES) \
	tests/support/bad_peer.c tests/support/bad_peer.h
tests_api_t_network_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_network_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_producer
tests_api_t_producer_SOURCES = tests/api/t_producer.c $(API_TEST_FILES)
tests_api_t_producer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_producer_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_tls
tests_api_t_tls_SOURCES = tests/api/t_tls.c $(API_TEST_FILES) \
	tests/support/bad_peer.c tests/support/bad_peer.h
tests_api_t_tls_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_tls_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_several
tests_api_t_several_SOURCES = tests/api/t_several.c $(API_TEST_FILES)
tests_api_t_several_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_several_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_transaction
tests_api_t_transaction_SOURCES = tests/api/t_transaction.c $(API_TEST_FILES)
tests_api_t_transaction_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_transaction_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_queues
tests_api_t_queues_SOURCES = tests/api/t_queues.c $(API_TEST_FILES)
tests_api_t_queues_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_queues_LDADD = $(API_TEST_LIBS)

# Loads the libraries by itself.
if ENABLE_SHARED

check_PROGRAMS += tests/api/t_unload
tests_api_t_unload_SOURCES = tests/api/t_unload.c
tests_api_t_unload_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_unload_LDADD = $(TEST_SUITE_LIBS)
tests_api_t_unload_DEPENDENCIES = $(TEST_PUBLIC_LIBS)
endif

# With the rooms themselves, whose allocations it fails.

check_PROGRAMS += tests/api/t_lag
tests_api_t_lag_SOURCES = tests/api/t_lag.c tests/support/last_requests.h $(API_TEST_FILES)
tests_api_t_lag_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_lag_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_members
tests_api_t_members_SOURCES = tests/api/t_members.c tests/support/last_requests.h $(API_TEST_FILES)
tests_api_t_members_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_members_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_memory
tests_api_t_memory_SOURCES = tests/api/t_memory.c tests/api/api.h
tests_api_t_memory_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_memory_LDADD = src/libapi.la src/libadmin.la src/libproducer.la $(TEST_CONSUMER_MOCK_LIBS)

check_PROGRAMS += tests/api/t_hours
tests_api_t_hours_SOURCES = tests/api/t_hours.c $(API_TEST_FILES)
tests_api_t_hours_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_hours_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_node_orders
tests_api_t_node_orders_SOURCES = tests/api/t_node_orders.c $(API_TEST_FILES)
tests_api_t_node_orders_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_node_orders_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_scale
tests_api_t_scale_SOURCES = tests/api/t_scale.c tests/support/last_requests.h $(API_TEST_FILES)
tests_api_t_scale_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_scale_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_time
tests_api_t_time_SOURCES = tests/api/t_time.c $(API_TEST_FILES)
tests_api_t_time_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_time_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_disk
tests_api_t_disk_SOURCES = tests/api/t_disk.c $(API_TEST_FILES)
tests_api_t_disk_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_disk_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_node
tests_api_t_node_SOURCES = tests/api/t_node.c $(API_TEST_FILES)
tests_api_t_node_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_node_LDADD = $(API_TEST_LIBS)

# Compares doc/close-matrix.md with what it shows now.

check_PROGRAMS += tests/api/t_close_matrix
tests_api_t_close_matrix_SOURCES = \
	tests/api/close_rows.c \
	tests/api/close_rows.h \
	tests/api/t_close_matrix.c \
	$(API_TEST_FILES)
tests_api_t_close_matrix_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_close_matrix_LDADD = $(API_TEST_LIBS)
TESTS += tests/api/close_matrix.sh
EXTRA_DIST += tests/api/close_matrix.sh

# Compares doc/fault-matrix.md with what it shows now.

check_PROGRAMS += tests/api/t_fault_matrix
tests_api_t_fault_matrix_SOURCES = \
	tests/api/fault_calls.c \
	tests/api/fault_calls.h \
	tests/api/t_fault_matrix.c \
	$(API_TEST_FILES)
tests_api_t_fault_matrix_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_fault_matrix_LDADD = $(API_TEST_LIBS)
TESTS += tests/api/fault_matrix.sh
EXTRA_DIST += tests/api/fault_matrix.sh
check_PROGRAMS += tests/api/t_record_seen
tests_api_t_record_seen_SOURCES = tests/api/t_record_seen.c tests/support/last_requests.h $(API_TEST_FILES)
tests_api_t_record_seen_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_record_seen_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_request_delay
tests_api_t_request_delay_SOURCES = tests/api/t_request_delay.c tests/support/last_requests.h $(API_TEST_FILES)
tests_api_t_request_delay_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_request_delay_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_same_seed
tests_api_t_same_seed_SOURCES = tests/api/t_same_seed.c $(API_TEST_FILES)
tests_api_t_same_seed_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_same_seed_LDADD = $(API_TEST_LIBS)

check_PROGRAMS += tests/api/t_virtual
tests_api_t_virtual_SOURCES = tests/api/t_virtual.c $(API_TEST_FILES)
tests_api_t_virtual_CPPFLAGS = $(TEST_CPPFLAGS)
tests_api_t_virtual_LDADD = $(API_TEST_LIBS)
