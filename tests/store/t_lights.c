/* SPDX-License-Identifier: Apache-2.0 */
/* Light queues in a store: who is in which, asleep and awake. */
#include <stdio.h>
#include <string.h>

#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, 1);
	k.config.light_queues = true;
	kit_open(&k);
}

/* A message that is in the light queues `names`, too. */
static enum mb_put_status put_in(const char *topic, const char *names)
{
	struct rmqi_stored_message m;
	struct mb_put_result r;
	char properties[128];

	snprintf(properties, sizeof(properties), "INNER_MULTI_DISPATCH\1%s\2", names);
	m = kit_message(topic, 0, "x", properties);
	mb_store_put(k.store, &m, &r);
	return r.status;
}

static int64_t light_max(const char *name)
{
	return mb_store_light_max(k.store, rmqi_str(name));
}

START_TEST(lights__own_name_of_a_topic_is_no_second_queue)
{
	setup();
	/* 20 entries fill a file: the last one would be followed by one that nobody reserved. */
	for (int i = 0; i < 45; i++) {
		ck_assert_int_eq(put_in("%LMQ%x", "%LMQ%x,%LMQ%y"), MB_PUT_OK);
		ck_assert_int_eq(light_max("%LMQ%x"), i + 1);
		ck_assert_int_eq(light_max("%LMQ%y"), i + 1);
	}
	kit_reopen(&k);
	ck_assert_int_eq(light_max("%LMQ%x"), 45);
	ck_assert_int_eq(light_max("%LMQ%y"), 45);
	kit_deinit(&k);
}
END_TEST

/* A process may have some 65 000 maps. */
START_TEST(lights__are_built_anew_some_at_a_time)
{
	enum { COUNT = 3000 };
	char name[32];

	setup();
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "%%LMQ%%%d", i);
		ck_assert_int_eq(put_in("T", name), MB_PUT_OK);
	}
	kit_close(&k);
	mem_fs_delete(k.mem, KIT_ROOT "/consumequeue");
	kit_open(&k);
	ck_assert_uint_eq(mb_store_light_count(k.store), COUNT);
	ck_assert_uint_le(k.store->queues.lights.awake_count, COUNT / 2);
	for (int i = 0; i < COUNT; i += 7) {
		snprintf(name, sizeof(name), "%%LMQ%%%d", i);
		ck_assert_int_eq(light_max(name), 1);
		ck_assert_int_eq(kit_get(&k, name, 0, 0), MB_GET_FOUND);
	}
	kit_deinit(&k);
}
END_TEST

/* So many others are found that it sleeps. */
static void let_sleep(void)
{
	char name[32];

	for (int i = 0; i < 2 * MB_LIGHTS_AWAKE; i++) {
		snprintf(name, sizeof(name), "%%LMQ%%%d", i);
		ck_assert_int_eq(put_in("T", name), MB_PUT_OK);
		if (i % 100 == 0)
			kit_advance_ms(&k, 2000);
	}
}

START_TEST(lights__without_files_go_on_with_their_number)
{
	setup();
	for (int i = 0; i < 25; i++)
		ck_assert_int_eq(put_in("T", "%LMQ%x"), MB_PUT_OK);
	kit_advance_ms(&k, 2000);
	let_sleep();
	mem_fs_delete(k.mem, KIT_ROOT "/consumequeue/%LMQ%x");
	ck_assert_int_eq(put_in("T", "%LMQ%x"), MB_PUT_OK);
	ck_assert_int_eq(light_max("%LMQ%x"), 26);
	ck_assert_int_eq(mb_store_min_offset(k.store, RMQI_STR("%LMQ%x"), 0), 25);
	ck_assert_int_eq(kit_get(&k, "%LMQ%x", 0, 25), MB_GET_FOUND);
	ck_assert_ptr_nonnull(strstr(k.logged, "its files are gone"));
	kit_deinit(&k);
}
END_TEST

/* What was given back of the commit log, and of anything. */
static unsigned log_given, given;

static void note_given(const struct mb_fs *fs, struct mb_map *m)
{
	const struct mb_files *log = &k.store->commit_log.files;

	(void)fs;
	given++;
	log_given += log->count > 0 && m == &log->list[log->count - 1]->map;
}

static void put_in_many(int from, int to)
{
	char name[32];

	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "%%LMQ%%%d", i);
		ck_assert_int_eq(put_in("T", name), MB_PUT_OK);
	}
}

START_TEST(lights__that_are_many_leave_no_pages_of_log_and_index)
{
	setup();
	k.fault.table.give_back = note_given;
	put_in_many(0, 100);
	kit_advance_ms(&k, 2000);
	ck_assert_uint_eq(given, 0);
	put_in_many(100, 1200);
	kit_advance_ms(&k, 2000);
	put_in_many(1200, 1201);
	given = log_given = 0;
	kit_advance_ms(&k, 2000);
	/* The log, the index, the queue of the topic and the light one. */
	ck_assert_uint_eq(log_given, 1);
	ck_assert_uint_ge(given, 3);
	kit_deinit(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lights__own_name_of_a_topic_is_no_second_queue,
		lights__are_built_anew_some_at_a_time,
		lights__without_files_go_on_with_their_number,
		lights__that_are_many_leave_no_pages_of_log_and_index,
	};

	return run_suite("lights", tests, RMQI_COUNT(tests));
}
