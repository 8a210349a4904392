# src/codec
noinst_LTLIBRARIES += src/libcodec.la
src_libcodec_la_SOURCES =
