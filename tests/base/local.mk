# tests/base - tests of src/base. Link $(TEST_BASE_LIBS).

check_PROGRAMS += tests/base/t_buf
tests_base_t_buf_SOURCES = tests/base/t_buf.c
tests_base_t_buf_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_buf_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_clock
tests_base_t_clock_SOURCES = tests/base/t_clock.c
tests_base_t_clock_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_clock_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_cursor
tests_base_t_cursor_SOURCES = tests/base/t_cursor.c
tests_base_t_cursor_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_cursor_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_detail
tests_base_t_detail_SOURCES = tests/base/t_detail.c
tests_base_t_detail_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_detail_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_event
tests_base_t_event_SOURCES = tests/base/t_event.c
tests_base_t_event_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_event_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_heap
tests_base_t_heap_SOURCES = tests/base/t_heap.c
tests_base_t_heap_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_heap_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_histogram
tests_base_t_histogram_SOURCES = tests/base/t_histogram.c
tests_base_t_histogram_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_histogram_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_list
tests_base_t_list_SOURCES = tests/base/t_list.c
tests_base_t_list_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_list_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_log
tests_base_t_log_SOURCES = tests/base/t_log.c
tests_base_t_log_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_log_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_map
tests_base_t_map_SOURCES = tests/base/t_map.c
tests_base_t_map_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_map_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_mem
tests_base_t_mem_SOURCES = tests/base/t_mem.c
tests_base_t_mem_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_mem_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_nearest
tests_base_t_nearest_SOURCES = tests/base/t_nearest.c
tests_base_t_nearest_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_nearest_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_pool
tests_base_t_pool_SOURCES = tests/base/t_pool.c
tests_base_t_pool_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_pool_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_pool_plan
tests_base_t_pool_plan_SOURCES = tests/base/t_pool_plan.c
tests_base_t_pool_plan_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_pool_plan_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_rand
tests_base_t_rand_SOURCES = tests/base/t_rand.c
tests_base_t_rand_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_rand_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_recycler
tests_base_t_recycler_SOURCES = tests/base/t_recycler.c
tests_base_t_recycler_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_recycler_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_reminder
tests_base_t_reminder_SOURCES = tests/base/t_reminder.c
tests_base_t_reminder_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_reminder_LDADD = $(TEST_BASE_LIBS)

sim_scene = tests/base/sim_scene.c tests/base/sim_scene.h

check_PROGRAMS += tests/base/t_sim
tests_base_t_sim_SOURCES = tests/base/t_sim.c $(sim_scene)
tests_base_t_sim_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_sim_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_sim_pool
tests_base_t_sim_pool_SOURCES = tests/base/t_sim_pool.c $(sim_scene)
tests_base_t_sim_pool_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_sim_pool_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_sim_time
tests_base_t_sim_time_SOURCES = tests/base/t_sim_time.c $(sim_scene)
tests_base_t_sim_time_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_sim_time_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_siphash
tests_base_t_siphash_SOURCES = tests/base/t_siphash.c
tests_base_t_siphash_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_siphash_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_str
tests_base_t_str_SOURCES = tests/base/t_str.c
tests_base_t_str_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_str_LDADD = $(TEST_BASE_LIBS)

check_PROGRAMS += tests/base/t_thread
tests_base_t_thread_SOURCES = tests/base/t_thread.c
tests_base_t_thread_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_t_thread_LDADD = $(TEST_BASE_LIBS)
