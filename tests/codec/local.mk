# tests/codec - tests of src/codec. Link $(TEST_CODEC_LIBS).
check_PROGRAMS +=

check_PROGRAMS += tests/codec/t_command
tests_codec_t_command_SOURCES = tests/codec/t_command.c tests/codec/hex.h
tests_codec_t_command_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_command_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_admin
tests_codec_t_body_admin_SOURCES = tests/codec/t_body_admin.c tests/codec/hex.h
tests_codec_t_body_admin_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_admin_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_letters
tests_codec_t_letters_SOURCES = tests/codec/t_letters.c
tests_codec_t_letters_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_letters_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_command_json
tests_codec_t_command_json_SOURCES = tests/codec/t_command_json.c
tests_codec_t_command_json_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_command_json_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_frame
tests_codec_t_frame_SOURCES = tests/codec/t_frame.c tests/codec/hex.h
tests_codec_t_frame_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_frame_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_golden
tests_codec_t_golden_SOURCES = tests/codec/t_golden.c tests/codec/hex.h
tests_codec_t_golden_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_golden_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_schema
tests_codec_t_schema_SOURCES = tests/codec/t_schema.c tests/codec/hex.h
tests_codec_t_schema_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_schema_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_denial
tests_codec_t_denial_SOURCES = tests/codec/t_denial.c
tests_codec_t_denial_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_denial_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_recall
tests_codec_t_recall_SOURCES = tests/codec/t_recall.c
tests_codec_t_recall_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_recall_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_receipt
tests_codec_t_receipt_SOURCES = tests/codec/t_receipt.c tests/codec/golden.h
tests_codec_t_receipt_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_receipt_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_auth
tests_codec_t_body_auth_SOURCES = tests/codec/t_body_auth.c tests/codec/golden.h
tests_codec_t_body_auth_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_auth_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_direct
tests_codec_t_body_direct_SOURCES = tests/codec/t_body_direct.c tests/codec/golden.h
tests_codec_t_body_direct_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_direct_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_pairs
tests_codec_t_body_pairs_SOURCES = tests/codec/t_body_pairs.c tests/codec/golden.h
tests_codec_t_body_pairs_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_pairs_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_pop
tests_codec_t_body_pop_SOURCES = tests/codec/t_body_pop.c tests/codec/golden.h
tests_codec_t_body_pop_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_pop_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_signature
tests_codec_t_signature_SOURCES = tests/codec/t_signature.c
tests_codec_t_signature_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_signature_LDADD = $(TEST_CODEC_LIBS)

# Compares doc/protocol.md with what doc/gen_protocol makes of schema.def.
TESTS += tests/codec/protocol_doc.sh
EXTRA_DIST += tests/codec/protocol_doc.sh

check_PROGRAMS += tests/codec/t_body_heartbeat
tests_codec_t_body_heartbeat_SOURCES = tests/codec/t_body_heartbeat.c tests/codec/golden.h
tests_codec_t_body_heartbeat_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_heartbeat_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_queue
tests_codec_t_body_queue_SOURCES = tests/codec/t_body_queue.c tests/codec/golden.h
tests_codec_t_body_queue_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_queue_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_consumer
tests_codec_t_body_consumer_SOURCES = tests/codec/t_body_consumer.c tests/codec/golden.h
tests_codec_t_body_consumer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_consumer_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_route
tests_codec_t_body_route_SOURCES = tests/codec/t_body_route.c tests/codec/golden.h
tests_codec_t_body_route_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_route_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_topic
tests_codec_t_body_topic_SOURCES = tests/codec/t_body_topic.c tests/codec/golden.h
tests_codec_t_body_topic_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_topic_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_compress
tests_codec_t_compress_SOURCES = tests/codec/t_compress.c tests/codec/golden.h
tests_codec_t_compress_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_compress_LDADD = $(TEST_CODEC_LIBS) $(ZLIB_LIBS)

check_PROGRAMS += tests/codec/t_crc32
tests_codec_t_crc32_SOURCES = tests/codec/t_crc32.c
tests_codec_t_crc32_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_crc32_LDADD = $(TEST_CODEC_LIBS) $(ZLIB_LIBS)

check_PROGRAMS += tests/codec/t_ids
tests_codec_t_ids_SOURCES = tests/codec/t_ids.c tests/codec/golden.h
tests_codec_t_ids_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_ids_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_json
tests_codec_t_json_SOURCES = tests/codec/t_json.c tests/codec/golden.h
tests_codec_t_json_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_json_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_lite
tests_codec_t_lite_SOURCES = tests/codec/t_lite.c tests/codec/golden.h
tests_codec_t_lite_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_lite_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_message
tests_codec_t_message_SOURCES = tests/codec/t_message.c tests/codec/golden.h
tests_codec_t_message_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_message_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_message_ways
tests_codec_t_message_ways_SOURCES = tests/codec/t_message_ways.c
tests_codec_t_message_ways_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_message_ways_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_names
tests_codec_t_names_SOURCES = tests/codec/t_names.c tests/codec/golden.h
tests_codec_t_names_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_names_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_properties
tests_codec_t_properties_SOURCES = tests/codec/t_properties.c tests/codec/golden.h
tests_codec_t_properties_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_properties_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_subscription
tests_codec_t_subscription_SOURCES = tests/codec/t_subscription.c tests/codec/golden.h
tests_codec_t_subscription_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_subscription_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_body_memory
tests_codec_t_body_memory_SOURCES = tests/codec/t_body_memory.c
tests_codec_t_body_memory_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_body_memory_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_template
tests_codec_t_template_SOURCES = tests/codec/t_template.c
tests_codec_t_template_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_template_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_writer
tests_codec_t_writer_SOURCES = tests/codec/t_writer.c
tests_codec_t_writer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_writer_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_trace_record
tests_codec_t_trace_record_SOURCES = tests/codec/t_trace_record.c
tests_codec_t_trace_record_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_trace_record_LDADD = $(TEST_CODEC_LIBS)

check_PROGRAMS += tests/codec/t_version
tests_codec_t_version_SOURCES = tests/codec/t_version.c
tests_codec_t_version_CPPFLAGS = $(TEST_CPPFLAGS)
tests_codec_t_version_LDADD = $(TEST_CODEC_LIBS)
