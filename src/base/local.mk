# src/base - memory, errors, texts, buffers, cursor, list, maps, heap, clock and timers,
# threads, executors, simulation, settings.
# Uses libc and threads only.
#
# To add a source: one line here, headers too (a header that is not listed is not
# in the release). Keep the lines sorted and end all but the last with a backslash.
#
# Default visibility: the mock library takes these functions from librocketmq-c
# through the private symbol version (src/api/local.mk).
noinst_LTLIBRARIES += src/libbase.la
src_libbase_la_SOURCES = \
	src/base/buf.c \
	src/base/buf.h \
	src/base/clock.c \
	src/base/clock.h \
	src/base/cursor.h \
	src/base/detail.c \
	src/base/detail.h \
	src/base/detail_out.c \
	src/base/detail_out.h \
	src/base/entry.c \
	src/base/entry.h \
	src/base/error.c \
	src/base/event.c \
	src/base/executor.c \
	src/base/executor.h \
	src/base/guard.c \
	src/base/guard.h \
	src/base/heap.c \
	src/base/heap.h \
	src/base/histogram.c \
	src/base/histogram.h \
	src/base/imap.c \
	src/base/list.h \
	src/base/log.c \
	src/base/log.h \
	src/base/macros.h \
	src/base/map.c \
	src/base/map.h \
	src/base/md5.c \
	src/base/md5.h \
	src/base/mem.c \
	src/base/mem.h \
	src/base/nearest.c \
	src/base/nearest.h \
	src/base/planted.def \
	src/base/planted.h \
	src/base/pool.c \
	src/base/process.c \
	src/base/process.h \
	src/base/queue.h \
	src/base/rand.c \
	src/base/rand.h \
	src/base/recycler.c \
	src/base/recycler.h \
	src/base/reminder.c \
	src/base/reminder.h \
	src/base/setting.c \
	src/base/setting.h \
	src/base/sim.c \
	src/base/sim.h \
	src/base/siphash.c \
	src/base/siphash.h \
	src/base/str.c \
	src/base/str.h \
	src/base/thread.c \
	src/base/thread.h
