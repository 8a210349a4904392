# src/net - loop, transports (tcp, tls, in-process), connection, client and server side.
# Default visibility, for the mock library.
noinst_LTLIBRARIES += src/libnet.la
src_libnet_la_SOURCES = \
	src/net/address.c \
	src/net/address.h \
	src/net/conn.c \
	src/net/conn.h \
	src/net/conn_calls.c \
	src/net/conn_carry.c \
	src/net/conn_filter.c \
	src/net/conn_hold.c \
	src/net/conn_impl.h \
	src/net/conn_input.c \
	src/net/conn_log.c \
	src/net/conn_log.h \
	src/net/conn_output.c \
	src/net/conn_reader.c \
	src/net/conn_silence.c \
	src/net/dial.c \
	src/net/dial.h \
	src/net/explain.c \
	src/net/explain.h \
	src/net/filter.h \
	src/net/hooks.c \
	src/net/hooks.h \
	src/net/inproc.c \
	src/net/inproc.h \
	src/net/inproc_dial.c \
	src/net/inproc_impl.h \
	src/net/inproc_link.c \
	src/net/listener.c \
	src/net/listener.h \
	src/net/local_ip.c \
	src/net/local_ip.h \
	src/net/loop.c \
	src/net/loop.h \
	src/net/poller.c \
	src/net/poller.h \
	src/net/resolve.c \
	src/net/resolve.h \
	src/net/response.c \
	src/net/rpc.c \
	src/net/rpc.h \
	src/net/server.c \
	src/net/server.h \
	src/net/spin.c \
	src/net/spin.h \
	src/net/stream.h \
	src/net/stream_tcp.c \
	src/net/stream_tls.c \
	src/net/tls.c \
	src/net/tls.h \
	src/net/tls_impl.h \
	src/net/trace.c \
	src/net/trace.h
src_libnet_la_LIBADD = $(OPENSSL_LIBS)
