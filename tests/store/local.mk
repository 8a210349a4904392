# tests/store - tests of mock-broker/store. Link $(TEST_STORE_LIBS).

# A store in a simulation over a file system in memory; the file systems serve others, too.
check_LTLIBRARIES += tests/store/libkit.la
tests_store_libkit_la_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_libkit_la_SOURCES = \
	tests/store/kit.c \
	tests/store/kit.h \
	tests/support/fault_fs.c \
	tests/support/fault_fs.h \
	tests/support/mem_fs.c \
	tests/support/mem_fs.h

TEST_STORE_LIBS = tests/store/libkit.la $(TEST_MOCK_LIBS)

check_PROGRAMS += tests/store/t_batch
tests_store_t_batch_SOURCES = tests/store/t_batch.c
tests_store_t_batch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_batch_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_crc
tests_store_t_crc_SOURCES = tests/store/t_crc.c
tests_store_t_crc_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_crc_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_durable
tests_store_t_durable_SOURCES = tests/store/t_durable.c
tests_store_t_durable_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_durable_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_expiry
tests_store_t_expiry_SOURCES = tests/store/t_expiry.c
tests_store_t_expiry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_expiry_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_flush
tests_store_t_flush_SOURCES = tests/store/t_flush.c
tests_store_t_flush_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_flush_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_full
tests_store_t_full_SOURCES = tests/store/t_full.c
tests_store_t_full_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_full_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_get
tests_store_t_get_SOURCES = tests/store/t_get.c
tests_store_t_get_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_get_LDADD = $(TEST_STORE_LIBS)

index_scene = tests/store/index_scene.c tests/store/index_scene.h
check_PROGRAMS += tests/store/t_index
tests_store_t_index_SOURCES = tests/store/t_index.c $(index_scene)
tests_store_t_index_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_index_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_index_restart
tests_store_t_index_restart_SOURCES = tests/store/t_index_restart.c $(index_scene)
tests_store_t_index_restart_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_index_restart_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_layout
tests_store_t_layout_SOURCES = tests/store/t_layout.c
tests_store_t_layout_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_layout_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_lights
tests_store_t_lights_SOURCES = tests/store/t_lights.c
tests_store_t_lights_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_lights_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_open
tests_store_t_open_SOURCES = tests/store/t_open.c
tests_store_t_open_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_open_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_posix
tests_store_t_posix_SOURCES = tests/store/t_posix.c
tests_store_t_posix_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_posix_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_recovery
tests_store_t_recovery_SOURCES = tests/store/t_recovery.c
tests_store_t_recovery_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_recovery_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_pages
tests_store_t_pages_SOURCES = tests/store/t_pages.c
tests_store_t_pages_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_pages_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_roll
tests_store_t_roll_SOURCES = tests/store/t_roll.c
tests_store_t_roll_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_roll_LDADD = $(TEST_STORE_LIBS)
check_PROGRAMS += tests/store/t_replica
tests_store_t_replica_SOURCES = tests/store/t_replica.c
tests_store_t_replica_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_replica_LDADD = $(TEST_STORE_LIBS)

check_PROGRAMS += tests/store/t_store
tests_store_t_store_SOURCES = tests/store/t_store.c
tests_store_t_store_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_t_store_LDADD = $(TEST_STORE_LIBS)
