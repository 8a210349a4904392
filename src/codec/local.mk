# src/codec - bytes <-> structs: frame, header, message, batch, properties, JSON bodies.
# Default visibility, for the mock library.
noinst_LTLIBRARIES += src/libcodec.la
src_libcodec_la_SOURCES = \
	src/codec/base64.c \
	src/codec/base64.h \
	src/codec/body.h \
	src/codec/body_cluster.c \
	src/codec/body_consumer.c \
	src/codec/body_heartbeat.c \
	src/codec/body_pop.c \
	src/codec/body_pop.h \
	src/codec/body_queue.c \
	src/codec/body_read.c \
	src/codec/body_read.h \
	src/codec/body_route.c \
	src/codec/body_topic.c \
	src/codec/body_write.h \
	src/codec/codes.h \
	src/codec/command.c \
	src/codec/command.h \
	src/codec/command_binary.c \
	src/codec/command_form.h \
	src/codec/command_json.c \
	src/codec/command_letters.c \
	src/codec/command_letters.h \
	src/codec/compress.c \
	src/codec/compress.h \
	src/codec/crc32.c \
	src/codec/crc32.h \
	src/codec/denial.c \
	src/codec/denial.h \
	src/codec/frame.c \
	src/codec/frame.h \
	src/codec/ids.c \
	src/codec/ids.h \
	src/codec/json.c \
	src/codec/json.h \
	src/codec/json_letters.c \
	src/codec/json_letters.h \
	src/codec/json_read.c \
	src/codec/json_write.c \
	src/codec/lite.c \
	src/codec/lite.h \
	src/codec/message.c \
	src/codec/message.h \
	src/codec/names.c \
	src/codec/names.h \
	src/codec/properties.c \
	src/codec/properties.h \
	src/codec/recall.c \
	src/codec/recall.h \
	src/codec/receipt.c \
	src/codec/receipt.h \
	src/codec/scanner.c \
	src/codec/scanner.h \
	src/codec/schema.c \
	src/codec/schema.def \
	src/codec/schema.h \
	src/codec/schema_gen.h \
	src/codec/signature.c \
	src/codec/signature.h \
	src/codec/subscription.c \
	src/codec/subscription.h \
	src/codec/template.c \
	src/codec/template.h \
	src/codec/template_usual.c \
	src/codec/template_usual.h \
	src/codec/trace_record.c \
	src/codec/trace_record.h \
	src/codec/utf8.h \
	src/codec/version.c \
	src/codec/version.h \
	src/codec/words.h \
	src/codec/writer.c \
	src/codec/writer.h
src_libcodec_la_LIBADD = \
	$(DEFLATE_LIBS) $(LZ4_LIBS) $(ZSTD_LIBS) $(OPENSSL_LIBS)
