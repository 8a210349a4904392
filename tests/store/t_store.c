/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_store.c - putting, and what a clean restart keeps.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/store/store.h"
#include "tests/store/kit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, 1);
	kit_open(&k);
}

START_TEST(store__gives_back_what_was_put)
{
	setup();

	kit_put_many(&k, "T", 0, 0, 3);

	kit_expect_many(&k, "T", 0, 0, 3);
	ck_assert_uint_eq(kit_check(&k), 3);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__keeps_everything_over_a_restart)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 100);
	kit_put_many(&k, "T", 3, 0, 10);
	kit_put_many(&k, "%RETRY%G", 0, 0, 1);

	kit_reopen(&k);

	ck_assert(!mb_store_was_abnormal(k.store));
	ck_assert_str_eq(k.logged, "");
	kit_expect_many(&k, "T", 0, 0, 100);
	kit_expect_many(&k, "T", 3, 0, 10);
	kit_expect_many(&k, "%RETRY%G", 0, 0, 1);
	ck_assert_uint_eq(kit_check(&k), 111);
	kit_put_many(&k, "T", 0, 100, 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__rolls_over_many_files)
{
	setup();

	for (int round = 0; round < 20; round++) {
		kit_put_many(&k, "T", 0, round * 50, 50);
		kit_reopen(&k);
		kit_expect_many(&k, "T", 0, 0, round * 50 + 50);
	}

	ck_assert_int_gt(mb_store_max_physical_offset(k.store), 20 * 4096);
	ck_assert_uint_eq(kit_check(&k), 1000);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__is_empty_at_first)
{
	setup();

	kit_reopen(&k);

	ck_assert_int_eq(mb_store_max_physical_offset(k.store), 0);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 0);
	ck_assert(mb_store_is_writable(k.store));
	kit_deinit(&k);
}
END_TEST

START_TEST(store__refuses_illegal_messages)
{
	static char big[70000];
	struct rmqi_stored_message m;
	struct mb_put_result r;
	const char *const topics[] = {"", ".", "..", "a/b", "../../x"};

	setup();
	for (size_t i = 0; i < RMQI_COUNT(topics); i++)
		ck_assert_int_eq(kit_try_put(&k, topics[i], 0, "x").status, MB_PUT_MESSAGE_ILLEGAL);
	m = kit_message("T", 0, "x", "");
	m.topic = RMQI_STR("T\0x");
	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_MESSAGE_ILLEGAL);
	memset(big, 'b', sizeof(big));
	m.topic = rmqi_str_n(big, 256);
	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_MESSAGE_ILLEGAL);
	ck_assert_int_eq(kit_try_put(&k, "T", -1, "x").status, MB_PUT_MESSAGE_ILLEGAL);

	m = kit_message("T", 0, "x", "");
	m.properties = rmqi_str_n(big, 32768);
	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_PROPERTIES_SIZE_EXCEEDED);

	ck_assert_int_eq(mb_store_max_physical_offset(k.store), 0);
	kit_put_many(&k, "T", 0, 0, 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__limits_the_body)
{
	char body[102] = "";

	kit_init(&k, 1);
	k.config.max_message_size = 100;
	kit_open(&k);
	memset(body, 'b', 100);
	kit_put(&k, "T", 0, body);
	body[100] = 'b';

	ck_assert_int_eq(kit_try_put(&k, "T", 0, body).status, MB_PUT_MESSAGE_ILLEGAL);

	kit_deinit(&k);
}
END_TEST

START_TEST(store__half_messages_have_no_queue_entry)
{
	struct rmqi_stored_message m = kit_message("T", 0, "x", "");
	struct mb_put_result r;

	setup();
	kit_put(&k, "T", 0, "0");
	m.sys_flag = RMQI_SYS_PREPARED;
	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_OK);
	ck_assert_int_eq(r.queue_offset, 0);
	m.sys_flag = RMQI_SYS_ROLLBACK;
	mb_store_put(k.store, &m, &r);
	m.sys_flag = RMQI_SYS_COMMIT;
	m.body = rmqi_cursor("1", 1);
	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.queue_offset, 1);

	kit_expect_many(&k, "T", 0, 0, 2);
	kit_crash(&k);
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, 2);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__store_time_never_goes_back)
{
	int64_t first;

	setup();
	first = kit_put(&k, "T", 0, "0").store_timestamp;
	ck_assert_int_eq(first, KIT_START_MS);
	rmqi_clock_step_wall(k.env.clock, -3600 * 1000);
	ck_assert_int_eq(kit_put(&k, "T", 0, "1").store_timestamp, first);
	kit_reopen(&k);

	ck_assert_int_eq(kit_put(&k, "T", 0, "2").store_timestamp, first);

	kit_deinit(&k);
}
END_TEST

struct listener {
	struct mb_arrival_listener l;
	int count;
	struct mb_arrival last; /* its texts are not */
	char properties[64];
	struct listener *before; /* was told first */
};

static void arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a)
{
	struct listener *l = RMQI_CONTAINER(listener, struct listener, l);

	ck_assert(rmqi_str_is(a->topic, "T"));
	ck_assert_int_eq(a->queue_id, 2);
	ck_assert_int_eq(a->store_timestamp, KIT_START_MS);
	/* It can be read already. */
	if (a->in_queue)
		ck_assert_int_eq(kit_get(&k, "T", 2, a->queue_offset), MB_GET_FOUND);
	if (l->before)
		ck_assert_int_eq(l->before->count, l->count + 1);
	ck_assert_int_eq(l->l.upto, a->physical_offset);
	l->count++;
	l->last = *a;
	snprintf(l->properties, sizeof(l->properties), "%.*s", RMQI_STR_ARG(a->properties));
}

START_TEST(store__tells_of_each_arrival)
{
	struct rmqi_stored_message m = kit_message("T", 2, "x", "TAGS\001TagA\002");
	struct listener first = {.l.arrived = arrived};
	struct listener second = {.l.arrived = arrived, .before = &first};
	struct mb_put_result r;

	setup();
	mb_store_listen(k.store, &first.l);
	mb_store_listen(k.store, &second.l);

	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(second.count, 1);
	ck_assert(second.last.in_queue);
	ck_assert_int_eq(second.last.queue_offset, 0);
	ck_assert_int_eq(second.last.tags_code, 2598919);
	ck_assert_uint_eq(second.last.size, r.size);
	ck_assert_str_eq(second.properties, "TAGS\001TagA\002");

	/* A prepared half has no queue entry; an index wants to know of it all the same. */
	m.sys_flag = RMQI_SYS_PREPARED;
	m.prepared_transaction_offset = 77;
	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(second.count, 2);
	ck_assert(!second.last.in_queue);
	ck_assert_int_eq(second.last.sys_flag, RMQI_SYS_PREPARED);
	ck_assert_int_eq(second.last.physical_offset, r.physical_offset);
	ck_assert_int_eq(second.last.prepared_transaction_offset, 77);
	ck_assert_int_eq(second.last.tags_code, 0);
	ck_assert_int_eq(second.l.upto, mb_store_max_physical_offset(k.store));

	kit_deinit(&k);
}
END_TEST

/* --- Topics ------------------------------------------------------------------------- */

START_TEST(store__deleted_topic_starts_anew)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 30);
	kit_put_many(&k, "T", 1, 0, 3);
	kit_put_many(&k, "Other", 0, 0, 3);

	ck_assert_int_eq(mb_store_delete_topic(k.store, RMQI_STR("T")), RMQ_OK);
	ck_assert_int_eq(mb_store_delete_topic(k.store, RMQI_STR("T")), RMQ_ERR_NOT_FOUND);
	ck_assert_int_eq(kit_get(&k, "T", 0, 0), MB_GET_NO_MATCHED_LOGIC_QUEUE);
	ck_assert(!k.fault.table.exists(&k.fault.table, KIT_ROOT "/consumequeue/T"));
	kit_put_many(&k, "T", 0, 0, 2);

	kit_expect_many(&k, "T", 0, 0, 2);
	kit_expect_many(&k, "Other", 0, 0, 3);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__deleted_topic_stays_deleted_over_a_clean_restart)
{
	setup();
	kit_put_many(&k, "Other", 0, 0, 3);
	kit_put_many(&k, "T", 0, 0, 3);
	kit_put_many(&k, "T", 1, 0, 3);
	ck_assert_int_eq(mb_store_delete_topic(k.store, RMQI_STR("T")), RMQ_OK);

	kit_reopen(&k);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 0);
	kit_put_many(&k, "T", 0, 0, 1);
	kit_reopen(&k);

	kit_expect_many(&k, "T", 0, 0, 1);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 1), 0);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__may_delete_a_topic_while_it_is_flushed)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 30);
	kit_settle(&k);
	ck_assert(rmqi_clock_fire_next(k.env.clock, INT64_MAX));
	/* the timer has posted the job: the flusher has not run */
	ck_assert_int_eq(mb_store_delete_topic(k.store, RMQI_STR("T")), RMQ_OK);
	kit_settle(&k);
	kit_put_many(&k, "T", 0, 0, 3);

	kit_expect_many(&k, "T", 0, 0, 3);
	kit_deinit(&k);
}
END_TEST

static void collect(void *arg, struct rmqi_str topic)
{
	strncat(arg, topic.ptr, topic.len);
	strcat(arg, " ");
}

START_TEST(store__names_its_topics)
{
	char names[64] = "";

	setup();
	kit_put(&k, "A", 0, "x");
	kit_put(&k, "B", 0, "x");
	kit_put(&k, "A", 1, "x");
	kit_reopen(&k);

	mb_store_topics(k.store, collect, names);

	ck_assert_str_eq(names, "A B ");
	kit_deinit(&k);
}
END_TEST

/* --- Lack of memory and of room ----------------------------------------------------------------------- */

START_TEST(store__put_survives_lack_of_memory)
{
	enum mb_put_status status;
	uint64_t n = 0;

	setup();
	do {
		rmqi_mem_fail_after(++n, 0);
		status = kit_try_put(&k, "T", 0, "0").status;
		rmqi_mem_fail_after(0, 0);
	} while (status != MB_PUT_OK);

	ck_assert_uint_gt(n, 3);
	kit_expect_many(&k, "T", 0, 0, 1);
	ck_assert_uint_eq(kit_check(&k), 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__full_disk_refuses_and_heals)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 5);
	fault_fs_fail(&k.fault, FAULT_RESERVE, 1, UINT32_MAX, ENOSPC);

	/* The window that was reserved is used up first. */
	kit_put_many(&k, "T", 0, 5, 15);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(kit_try_put(&k, "T", 0, "20").status,
				 MB_PUT_SERVICE_NOT_AVAILABLE);
	ck_assert_ptr_nonnull(strstr(k.logged, "No space left on device"));
	ck_assert_ptr_eq(strstr(k.logged, "no room"),
			 strstr(strstr(k.logged, "no room"), "no room")); /* told once */
	kit_expect_many(&k, "T", 0, 0, 20);

	fault_fs_heal(&k.fault, FAULT_RESERVE);
	kit_put_many(&k, "T", 0, 20, 80);
	kit_expect_many(&k, "T", 0, 0, 100);
	ck_assert_uint_eq(kit_check(&k), 100);
	kit_reopen(&k);
	ck_assert_uint_eq(kit_check(&k), 100);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__file_that_cannot_be_made_is_made_later)
{
	char body[2001];

	setup();
	memset(body, '0', 2000);
	body[2000] = '\0';
	kit_put(&k, "T", 0, body);
	fault_fs_fail(&k.fault, FAULT_MAP, 1, 2, ENOSPC);

	ck_assert_int_eq(kit_try_put(&k, "T", 0, body).status, MB_PUT_CREATE_MAPPED_FILE_FAILED);
	ck_assert_int_eq(kit_try_put(&k, "T", 0, body).status, MB_PUT_CREATE_MAPPED_FILE_FAILED);
	ck_assert_int_eq(mb_store_max_physical_offset(k.store), 2092);
	ck_assert_int_eq(kit_put(&k, "T", 0, body).physical_offset, 4096);

	ck_assert_uint_eq(kit_check(&k), 2);
	kit_deinit(&k);
}
END_TEST

/* Whatever fails while messages are put: what was acknowledged is there, what was not is not. */
START_TEST(store__put_survives_every_failure)
{
	const enum fault_op ops[] = {FAULT_MAKE_DIR, FAULT_MAP, FAULT_RESERVE};

	for (size_t i = 0; i < RMQI_COUNT(ops); i++) {
		for (unsigned nth = 1; nth < 30; nth++) {
			int done = 0, tries = 0;

			setup();
			fault_fs_fail(&k.fault, ops[i], nth, 1 + nth % 3, ENOSPC);
			for (; done < 100 && tries < 200; tries++) {
				char body[16];

				snprintf(body, sizeof(body), "%d", done);
				if (kit_try_put(&k, "T", 0, body).status == MB_PUT_OK)
					done++;
			}
			ck_assert_int_eq(done, 100);
			kit_expect_many(&k, "T", 0, 0, 100);
			ck_assert_uint_eq(kit_check(&k), 100);
			kit_crash(&k);
			fault_fs_heal(&k.fault, ops[i]);
			kit_open(&k);
			ck_assert_uint_eq(kit_check(&k), 100);
			kit_expect_many(&k, "T", 0, 0, 100);
			kit_deinit(&k);
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		store__gives_back_what_was_put,
		store__keeps_everything_over_a_restart,
		store__rolls_over_many_files,
		store__is_empty_at_first,
		store__refuses_illegal_messages,
		store__limits_the_body,
		store__half_messages_have_no_queue_entry,
		store__store_time_never_goes_back,
		store__tells_of_each_arrival,
		store__deleted_topic_starts_anew,
		store__deleted_topic_stays_deleted_over_a_clean_restart,
		store__may_delete_a_topic_while_it_is_flushed,
		store__names_its_topics,
		store__put_survives_lack_of_memory,
		store__full_disk_refuses_and_heals,
		store__file_that_cannot_be_made_is_made_later,
		store__put_survives_every_failure,
	};

	return run_suite("store", tests, RMQI_COUNT(tests));
}
