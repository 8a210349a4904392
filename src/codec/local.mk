# src/codec - bytes <-> structs: frame, header, message, batch, properties, JSON bodies.
# Default visibility, for the mock library.
noinst_LTLIBRARIES += src/libcodec.la
src_libcodec_la_SOURCES = \
	src/codec/body.h \
	src/codec/body_cluster.c \
	src/codec/body_heartbeat.c \
	src/codec/body_queue.c \
	src/codec/body_read.c \
	src/codec/body_read.h \
	src/codec/body_route.c \
	src/codec/body_topic.c \
	src/codec/codes.h \
	src/codec/command.c \
	src/codec/command.h \
	src/codec/command_binary.c \
	src/codec/command_form.h \
	src/codec/command_json.c \
	src/codec/compress.c \
	src/codec/compress.h \
	src/codec/crc32.c \
	src/codec/crc32.h \
	src/codec/frame.c \
	src/codec/frame.h \
	src/codec/ids.c \
	src/codec/ids.h \
	src/codec/json.c \
	src/codec/json.h \
	src/codec/json_strict.c \
	src/codec/json_strict.h \
	src/codec/json_write.c \
	src/codec/message.c \
	src/codec/message.h \
	src/codec/names.c \
	src/codec/names.h \
	src/codec/properties.c \
	src/codec/properties.h \
	src/codec/scanner.c \
	src/codec/scanner.h \
	src/codec/schema.c \
	src/codec/schema.def \
	src/codec/schema.h \
	src/codec/schema_gen.h \
	src/codec/subscription.c \
	src/codec/subscription.h \
	src/codec/utf8.h \
	src/codec/words.h \
	src/codec/writer.c \
	src/codec/writer.h
src_libcodec_la_LIBADD = \
	$(JANSSON_LIBS) $(DEFLATE_LIBS) $(LZ4_LIBS) $(ZSTD_LIBS) $(OPENSSL_LIBS)
