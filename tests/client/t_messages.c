/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <rocketmq/messages.h>

#include "base/mem.h"
#include "client/message.h"
#include "client/messages.h"
#include "tests/support/suite.h"

/* A block of so many messages; its bodies are "a", "b", ... */
static struct rmqi_message_block *make_block(size_t count)
{
	static const char letters[] = "abcdefgh";
	struct rmqi_message_block *b = NULL;
	struct rmqi_buf wire;

	rmqi_buf_init(&wire, 65536);
	for (size_t i = 0; i < count; i++) {
		struct rmqi_stored_message s = {
			.queue_offset = (int64_t)i,
			.body = rmqi_cursor(letters + i, 1),
			.topic = RMQI_STR("T"),
			.properties = RMQI_STR("TAGS\x01"
					       "A\x02"),
		};

		ck_assert_int_eq(rmqi_message_encode(&wire, &s), RMQ_OK);
	}
	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "broker-a", &b), RMQ_OK);
	rmqi_buf_deinit(&wire);
	return b;
}

static void must_be(const rmq_messages *l, size_t i, char body)
{
	size_t len;
	const char *bytes = rmq_message_body(rmq_messages_at(l, i), &len);

	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(bytes[0], body);
}

START_TEST(list__keeps_its_messages_when_nobody_else_does)
{
	struct rmqi_message_block *b = make_block(3);
	const struct rmq_message *const items[] = {&b->messages[0], &b->messages[2]};
	const void *body = b->messages[2].body;
	rmq_messages *l = rmqi_messages_new(items, 2);

	rmqi_message_block_unref(b);

	ck_assert_uint_eq(rmq_messages_count(l), 2);
	must_be(l, 0, 'a');
	must_be(l, 1, 'c');
	ck_assert_ptr_eq(rmq_messages_at(l, 1)->body, body);
	ck_assert_str_eq(rmq_message_queue(rmq_messages_at(l, 1))->broker_name, "broker-a");
	ck_assert_ptr_null(rmq_messages_at(l, 2));
	rmq_messages_free(l);
}
END_TEST

START_TEST(list__may_hold_several_blocks_in_any_order)
{
	struct rmqi_message_block *b = make_block(2), *c = make_block(3);
	const struct rmq_message *const items[] = {&b->messages[1], &c->messages[2],
						   &c->messages[0], &b->messages[0]};
	rmq_messages *l = rmqi_messages_new(items, 4);

	rmqi_message_block_unref(b);
	rmqi_message_block_unref(c);

	must_be(l, 0, 'b');
	must_be(l, 1, 'c');
	must_be(l, 2, 'a');
	must_be(l, 3, 'a');
	rmq_messages_free(l);
}
END_TEST

START_TEST(list__of_nothing_is_harmless)
{
	rmq_messages *l = rmqi_messages_new(NULL, 0);

	ck_assert_uint_eq(rmq_messages_count(l), 0);
	ck_assert_ptr_null(rmq_messages_at(l, 0));
	rmq_messages_free(l);
	ck_assert_uint_eq(rmq_messages_count(NULL), 0);
	ck_assert_ptr_null(rmq_messages_at(NULL, 0));
	rmq_messages_free(NULL);
}
END_TEST

START_TEST(list__is_not_made_without_memory)
{
	struct rmqi_message_block *b = make_block(1);
	const struct rmq_message *const items[] = {&b->messages[0]};

	rmqi_mem_fail_after(1, 0);
	ck_assert_ptr_null(rmqi_messages_new(items, 1));
	/* Nobody else holds it: freed here, which a leak check sees. */
	rmqi_message_block_unref(b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		list__keeps_its_messages_when_nobody_else_does,
		list__may_hold_several_blocks_in_any_order,
		list__of_nothing_is_harmless,
		list__is_not_made_without_memory,
	};

	return run_suite("messages", tests, RMQI_COUNT(tests));
}
