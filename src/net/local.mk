# src/net
noinst_LTLIBRARIES += src/libnet.la
src_libnet_la_SOURCES =
