/* SPDX-License-Identifier: Apache-2.0 */
/* t_batch.c - batches in the store: single messages in one file, all or none. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "mock-broker/store/store.h"
#include "tests/store/kit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, 1);
	kit_open(&k);
}

static void add_item(struct rmqi_buf *batch, const char *body, size_t len, const char *properties)
{
	struct rmqi_batch_item item = {
		.flag = 7, .body = rmqi_cursor(body, len), .properties = rmqi_str(properties)};

	ck_assert_int_eq(rmqi_batch_encode(batch, &item), RMQ_OK);
}

static struct mb_put_result put_batch(struct rmqi_buf *batch, int64_t *offsets, size_t max)
{
	struct rmqi_stored_message m = kit_message("T", 0, "not used", "not used");
	struct mb_put_result r;

	mb_store_put_batch(k.store, &m, rmqi_buf_cursor(batch), RMQI_STR(""), offsets, max, &r);
	return r;
}

struct batch_listener {
	struct mb_arrival_listener l;
	int64_t max; /* of the queue, at the first arrival */
	int64_t codes[4], queue_offsets[4], offsets[4];
	size_t count;
};

static void arrived_of_batch(struct mb_arrival_listener *listener, const struct mb_arrival *a)
{
	struct batch_listener *l = RMQI_CONTAINER(listener, struct batch_listener, l);

	if (l->count == 0)
		l->max = mb_store_max_offset(k.store, a->topic, a->queue_id);
	l->codes[l->count] = a->tags_code;
	l->queue_offsets[l->count] = a->queue_offset;
	l->offsets[l->count++] = a->physical_offset;
}

START_TEST(store__tells_of_a_batch_when_all_of_it_can_be_read)
{
	struct batch_listener l = {.l.arrived = arrived_of_batch};
	int64_t offsets[3];
	struct rmqi_buf batch;

	setup();
	kit_put(&k, "T", 0, "0");
	mb_store_listen(k.store, &l.l);
	ck_assert_int_eq(l.l.upto, mb_store_max_physical_offset(k.store));
	rmqi_buf_init(&batch, 4096);
	add_item(&batch, "1", 1, "TAGS\001TagA\002");
	add_item(&batch, "2", 1, "");
	add_item(&batch, "3", 1, "TAGS\001TagB\002");
	ck_assert_int_eq(put_batch(&batch, offsets, 3).status, MB_PUT_OK);

	ck_assert_uint_eq(l.count, 3);
	ck_assert_int_eq(l.max, 4);
	ck_assert_int_eq(l.codes[0], 2598919);
	ck_assert_int_eq(l.codes[1], 0);
	ck_assert_int_eq(l.codes[2], 2598920);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(l.queue_offsets[i], i + 1);
		ck_assert_int_eq(l.offsets[i], offsets[i]);
	}
	ck_assert_int_eq(l.l.upto, mb_store_max_physical_offset(k.store));
	rmqi_buf_deinit(&batch);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__batch_becomes_single_messages)
{
	int64_t offsets[2] = {-1, -1};
	struct rmqi_stored_message m;
	struct mb_put_result r;
	struct rmqi_buf batch;

	setup();
	kit_put(&k, "T", 0, "0");
	rmqi_buf_init(&batch, 4096);
	add_item(&batch, "1", 1, "A\001B\002");
	add_item(&batch, "2", 1, "");
	add_item(&batch, "3", 1, "");

	r = put_batch(&batch, offsets, 2);

	ck_assert_int_eq(r.status, MB_PUT_OK);
	ck_assert_uint_eq(r.count, 3);
	ck_assert_uint_eq(r.size, 97 + 93 + 93);
	ck_assert_int_eq(r.queue_offset, 1);
	ck_assert_int_eq(r.physical_offset, 93);
	ck_assert_int_eq(offsets[0], 93);
	ck_assert_int_eq(offsets[1], 93 + 97);
	kit_expect_many(&k, "T", 0, 0, 4);
	ck_assert_int_eq(rmqi_message_decode(&k.got.records[1], &m), RMQ_OK);
	ck_assert_int_eq(m.flag, 7);
	ck_assert(rmqi_str_is(m.properties, "A\001B\002"));
	ck_assert_uint_eq(kit_check(&k), 4);
	rmqi_buf_deinit(&batch);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__batch_goes_into_one_file)
{
	char body[1000];
	struct rmqi_buf batch;

	setup();
	memset(body, '1', sizeof(body));
	rmqi_buf_init(&batch, 8192);
	kit_put_many(&k, "T", 0, 0, 20); /* 1,880 bytes */
	add_item(&batch, "20", 2, "");
	add_item(&batch, body, sizeof(body), "");
	add_item(&batch, body, sizeof(body), "");

	ck_assert_int_eq(put_batch(&batch, NULL, 0).physical_offset, 4096);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 23);

	add_item(&batch, body, sizeof(body), "");
	add_item(&batch, body, sizeof(body), "");
	ck_assert_int_eq(put_batch(&batch, NULL, 0).status, MB_PUT_MESSAGE_ILLEGAL);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 23);
	ck_assert_uint_eq(kit_check(&k), 23);
	rmqi_buf_deinit(&batch);
	kit_deinit(&k);
}
END_TEST

/* 100 entries: five queue files of 20. */
START_TEST(store__batch_may_cross_queue_files)
{
	struct rmqi_buf batch;
	char body[16];

	kit_init(&k, 1);
	k.config.commit_log_file_size = 64 * 1024;
	kit_open(&k);
	kit_put_many(&k, "T", 0, 0, 7);
	rmqi_buf_init(&batch, 8192);
	for (int i = 7; i < 107; i++) {
		snprintf(body, sizeof(body), "%d", i);
		add_item(&batch, body, strlen(body), "");
	}

	ck_assert_uint_eq(put_batch(&batch, NULL, 0).count, 100);

	kit_expect_many(&k, "T", 0, 0, 107);
	kit_reopen(&k);
	kit_expect_many(&k, "T", 0, 0, 107);
	rmqi_buf_deinit(&batch);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__batch_is_all_or_nothing)
{
	struct rmqi_stored_message m = kit_message("T", 0, "", "");
	struct mb_put_result r;
	struct rmqi_buf batch;

	setup();
	rmqi_buf_init(&batch, 8192);
	ck_assert_int_eq(put_batch(&batch, NULL, 0).status, MB_PUT_MESSAGE_ILLEGAL); /* empty */
	add_item(&batch, "0", 1, "");
	m.sys_flag = RMQI_SYS_PREPARED;
	mb_store_put_batch(k.store, &m, rmqi_buf_cursor(&batch), RMQI_STR(""), NULL, 0, &r);
	ck_assert_int_eq(r.status, MB_PUT_MESSAGE_ILLEGAL);
	m.sys_flag = 0;
	mb_store_put_batch(k.store, &m, rmqi_buf_cursor(&batch), RMQI_STR("DELAY\0011\002"), NULL,
			   0, &r);
	ck_assert_int_eq(r.status, MB_PUT_MESSAGE_ILLEGAL);
	rmqi_buf_add_u8(&batch, 0); /* a torn item */
	ck_assert_int_eq(put_batch(&batch, NULL, 0).status, MB_PUT_MESSAGE_ILLEGAL);

	ck_assert_int_eq(mb_store_max_physical_offset(k.store), 0);
	ck_assert_uint_eq(kit_check(&k), 0);
	rmqi_buf_deinit(&batch);
	kit_deinit(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		store__tells_of_a_batch_when_all_of_it_can_be_read,
		store__batch_becomes_single_messages,
		store__batch_goes_into_one_file,
		store__batch_may_cross_queue_files,
		store__batch_is_all_or_nothing,
	};

	return run_suite("store_batch", tests, RMQI_COUNT(tests));
}
