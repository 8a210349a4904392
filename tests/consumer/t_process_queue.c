/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process queue against a naive model: a list of all messages with a mark.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "codec/properties.h"
#include "consumer/process_queue.h"
#include "tests/support/suite.h"

enum { MODEL_MAX = 4096, DELIVERIES_MAX = 512 };

struct item {
	int64_t offset;
	size_t size;
	bool is_done;
};

struct model {
	struct item items[MODEL_MAX];
	size_t count;
};

struct live {
	struct rmqi_delivery *delivery;
	size_t first; /* of its items in the model */
};

static void put_record(struct rmqi_buf *out, int64_t offset, const char *tag)
{
	char body[300];
	struct rmqi_stored_message m = {.queue_offset = offset, .topic = RMQI_STR("T")};
	struct rmqi_buf properties;
	enum rmq_error err;

	memset(body, 'x', sizeof(body));
	m.body = rmqi_cursor(body, (size_t)(1 + offset % 251));
	rmqi_buf_init(&properties, RMQI_PROPERTIES_MAX);
	if (tag)
		rmqi_properties_add(&properties, RMQI_STR("TAGS"), rmqi_str(tag));
	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&properties));
	err = rmqi_message_encode(out, &m);
	ck_assert_int_eq(err, RMQ_OK);
	rmqi_buf_deinit(&properties);
}

static struct rmqi_message_block *block_of(struct rmqi_buf *body)
{
	struct rmqi_message_block *block = NULL;
	enum rmq_error err = rmqi_message_block_new(rmqi_buf_cursor(body), "b", &block);

	ck_assert_int_eq(err, RMQ_OK);
	rmqi_buf_deinit(body);
	return block;
}

/* `count` messages from `offset` on, with gaps as a tag filter makes them. */
static struct rmqi_delivery *make_delivery(struct rmqi_rand *r, int64_t *offset, size_t count)
{
	struct rmqi_delivery *d = NULL;
	struct rmqi_buf body;
	enum rmq_error err;

	rmqi_buf_init(&body, 1 << 24);
	for (size_t i = 0; i < count; i++) {
		put_record(&body, *offset, NULL);
		*offset += 1 + (int64_t)(r ? rmqi_rand_below(r, 3) : 0);
	}
	err = rmqi_delivery_new(block_of(&body), NULL, 1, 4, &d);
	ck_assert_int_eq(err, RMQ_OK);
	return d;
}

static void model_put(struct model *m, const struct rmqi_delivery *d)
{
	for (size_t i = 0; i < d->count; i++) {
		ck_assert_uint_lt(m->count, MODEL_MAX);
		m->items[m->count++] = (struct item){.offset = d->items[i]->queue_offset,
						     .size = d->items[i]->stored_size};
	}
}

static void check(struct rmqi_process_queue *q, const struct model *m)
{
	int64_t lowest = INT64_MAX, got = INT64_MAX;
	uint64_t bytes = 0, got_bytes;
	size_t open = 0;

	for (size_t i = 0; i < m->count; i++) {
		if (m->items[i].is_done)
			continue;
		open++;
		bytes += m->items[i].size;
		if (m->items[i].offset < lowest)
			lowest = m->items[i].offset;
	}
	ck_assert_int_eq(rmqi_process_queue_lowest(q, &got), open > 0);
	ck_assert_int_eq(got, lowest);
	ck_assert_uint_eq(rmqi_process_queue_load(q, &got_bytes), open);
	ck_assert_uint_eq(got_bytes, bytes);
}

/* One item, taken at random, is done. */
static void finish_one(struct rmqi_process_queue *q, struct model *m, struct live *live,
		       size_t *live_count, struct rmqi_rand *r)
{
	size_t which = (size_t)rmqi_rand_below(r, *live_count), at, left;
	struct rmqi_delivery *d = live[which].delivery;

	do
		at = (size_t)rmqi_rand_below(r, d->count);
	while (rmqi_delivery_state(d, at) == RMQI_ITEM_DONE);
	left = rmqi_delivery_settle(d, at, 1, RMQI_ITEM_DONE);
	m->items[live[which].first + at].is_done = true;
	if (left > 0)
		return;
	/* The loop hears of it some time later. */
	if (rmqi_rand_below(r, 2) == 0)
		return;
	rmqi_process_queue_remove(q, d);
}

static void sweep(struct rmqi_process_queue *q, struct live *live, size_t *live_count)
{
	size_t kept = 0;
	uint64_t bytes;

	for (size_t i = 0; i < *live_count; i++) {
		if (rmqi_delivery_open(live[i].delivery, &bytes) > 0) {
			live[kept++] = live[i];
			continue;
		}
		rmqi_process_queue_remove(q, live[i].delivery);
		rmqi_delivery_unref(live[i].delivery);
	}
	*live_count = kept;
}

static void run_model(uint64_t seed, bool steps_back)
{
	static struct model m;
	static struct live live[DELIVERIES_MAX];
	struct rmqi_process_queue q;
	struct rmqi_rand r;
	size_t live_count = 0;
	int64_t offset = 100;

	m.count = 0;
	rmqi_rand_init(&r, seed);
	rmqi_process_queue_init(&q);
	for (int i = 0; i < 600; i++) {
		if (rmqi_rand_below(&r, 8) == 0 || live_count == 0) {
			size_t count = 1 + (size_t)rmqi_rand_below(&r, 32);

			if (m.count + count >= MODEL_MAX)
				break;
			if (steps_back && rmqi_rand_below(&r, 6) == 0)
				offset -= (int64_t)rmqi_rand_below(&r, 50);
			live[live_count].delivery = make_delivery(&r, &offset, count);
			live[live_count].first = m.count;
			model_put(&m, live[live_count].delivery);
			rmqi_process_queue_put(&q, rmqi_delivery_ref(live[live_count++].delivery));
		} else {
			finish_one(&q, &m, live, &live_count, &r);
		}
		check(&q, &m);
		sweep(&q, live, &live_count);
		check(&q, &m);
	}
	while (live_count > 0) {
		finish_one(&q, &m, live, &live_count, &r);
		sweep(&q, live, &live_count);
	}
	check(&q, &m);
	ck_assert_uint_eq(q.count, 0);
	ck_assert_uint_eq(q.bytes, 0);
	rmqi_process_queue_clear(&q);
}

START_TEST(process_queue__lowest_and_load_follow_a_naive_model)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
		run_model(seed, false);
}
END_TEST

START_TEST(process_queue__lowest_holds_when_the_broker_moves_us_back)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
		run_model(seed, true);
}
END_TEST

static const struct rmqi_flow_limits wide = {1000000, UINT64_C(1) << 40, 1000000};

START_TEST(process_queue__waits_above_the_count_and_tells_when_to_look)
{
	struct rmqi_process_queue q;
	struct rmqi_flow_limits limits = wide;
	int64_t offset = 0;
	struct rmqi_delivery *d = make_delivery(NULL, &offset, 32);

	limits.count = 30;
	rmqi_process_queue_init(&q);
	rmqi_process_queue_put(&q, d);

	ck_assert(rmqi_process_queue_must_wait(&q, &limits));
	rmqi_delivery_settle(d, 3, 1, RMQI_ITEM_DONE);
	ck_assert(!rmqi_process_queue_spend(&q, 1));
	rmqi_delivery_settle(d, 4, 1, RMQI_ITEM_DONE);
	ck_assert(rmqi_process_queue_spend(&q, 1));
	ck_assert(!rmqi_process_queue_must_wait(&q, &limits));
	ck_assert(!rmqi_process_queue_spend(&q, 1));

	rmqi_process_queue_clear(&q);
}
END_TEST

START_TEST(process_queue__waits_above_bytes_and_span)
{
	struct rmqi_process_queue q;
	struct rmqi_flow_limits bytes = wide, span = wide;
	int64_t offset = 0;
	struct rmqi_delivery *d = make_delivery(NULL, &offset, 32);

	bytes.bytes = d->bytes - d->items[0]->stored_size;
	span.span = 30;
	rmqi_process_queue_init(&q);
	rmqi_process_queue_put(&q, d);

	ck_assert(rmqi_process_queue_must_wait(&q, &bytes));
	ck_assert(rmqi_process_queue_must_wait(&q, &span));
	/* The last one takes bytes away, but the span is still that of the first. */
	rmqi_delivery_settle(d, 31, 1, RMQI_ITEM_DONE);
	ck_assert(rmqi_process_queue_spend(&q, 1));
	ck_assert(!rmqi_process_queue_must_wait(&q, &bytes));
	ck_assert(rmqi_process_queue_must_wait(&q, &span));
	rmqi_delivery_settle(d, 0, 1, RMQI_ITEM_DONE);
	ck_assert(rmqi_process_queue_spend(&q, 1));
	ck_assert(!rmqi_process_queue_must_wait(&q, &span));

	rmqi_process_queue_clear(&q);
}
END_TEST

START_TEST(delivery__holds_what_passes_the_filter)
{
	struct rmqi_subscription *filter;
	struct rmqi_delivery *d = NULL;
	struct rmqi_buf body;
	enum rmq_error err;

	err = rmqi_subscription_new(RMQI_STR("T"), RMQI_STR("A||B"), RMQI_STR("TAG"), 1, &filter);
	ck_assert_int_eq(err, RMQ_OK);
	rmqi_buf_init(&body, 1 << 20);
	put_record(&body, 5, "C");
	put_record(&body, 6, "A");
	put_record(&body, 7, NULL);
	put_record(&body, 8, "B");
	err = rmqi_delivery_new(block_of(&body), filter, 32, 4, &d);
	ck_assert_int_eq(err, RMQ_OK);

	ck_assert_uint_eq(d->count, 2);
	ck_assert_int_eq(d->items[0]->queue_offset, 6);
	ck_assert_int_eq(d->items[1]->queue_offset, 8);
	ck_assert_uint_eq(d->runner_count, 1);
	rmqi_delivery_unref(d);

	rmqi_buf_init(&body, 1 << 20);
	put_record(&body, 9, "AB");
	err = rmqi_delivery_new(block_of(&body), filter, 32, 4, &d);
	ck_assert_int_eq(err, RMQ_OK);
	ck_assert_ptr_null(d);
	rmqi_subscription_free(filter);
}
END_TEST

START_TEST(delivery__is_taken_chunk_by_chunk)
{
	int64_t offset = 0;
	struct rmqi_delivery *d = make_delivery(NULL, &offset, 5);
	size_t at = 9, count = 9;

	ck_assert(rmqi_delivery_take(d, 2, &at, &count));
	ck_assert(at == 0 && count == 2);
	ck_assert(rmqi_delivery_take(d, 2, &at, &count));
	ck_assert(rmqi_delivery_take(d, 2, &at, &count));
	ck_assert(at == 4 && count == 1);
	ck_assert(!rmqi_delivery_take(d, 2, &at, &count));
	ck_assert_uint_eq(rmqi_delivery_settle(d, 0, 2, RMQI_ITEM_FAILED), 5);
	ck_assert_uint_eq(rmqi_delivery_settle(d, 2, 3, RMQI_ITEM_DONE), 2);
	rmqi_delivery_unref(d);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		process_queue__lowest_and_load_follow_a_naive_model,
		process_queue__lowest_holds_when_the_broker_moves_us_back,
		process_queue__waits_above_the_count_and_tells_when_to_look,
		process_queue__waits_above_bytes_and_span,
		delivery__holds_what_passes_the_filter,
		delivery__is_taken_chunk_by_chunk,
	};

	return run_suite("process_queue", tests, RMQI_COUNT(tests));
}
