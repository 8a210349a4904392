# src/admin
noinst_LTLIBRARIES += src/libadmin.la
src_libadmin_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libadmin_la_SOURCES =
