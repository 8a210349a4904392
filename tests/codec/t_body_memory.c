/* SPDX-License-Identifier: Apache-2.0 */
/* Every malloc of the process fails in turn while a body is read, those of libraries too: what a peer
 * sends must end as read or as out of memory. */
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "codec/body.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* Sanitizers have a malloc of their own; there only what asks base fails. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HAS_OWN_MALLOC
#endif

#ifdef HAS_OWN_MALLOC
/* Calls until one fails; 0: none does. */
static long countdown;

static void fail_the(long nth)
{
	countdown = nth;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *ptr, size_t size);

static int must_fail(void)
{
	if (countdown == 0 || --countdown > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return must_fail() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return must_fail() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *ptr, size_t size)
{
	return must_fail() ? NULL : __libc_realloc(ptr, size);
}
#else
static void fail_the(long nth)
{
	rmqi_mem_fail_after((uint64_t)nth, 0);
}
#endif

/* A text that a parser has to make room for more than once, with every kind of character. */
#define LONG_TEXT                                                                               \
	"0123456789012345678901234567890123456789\\u4e2d\\ud83d\\ude00012345678901234567890123" \
	"4567890123456789\\\"0123456789012345678901234567890123456789\\n0123456789012345678901"

static enum rmq_error read_route(void)
{
	struct rmqi_route r;
	enum rmq_error err = rmqi_route_decode(
		text_cursor("{\"brokerDatas\":[{\"brokerAddrs\":{0:\"" LONG_TEXT "\",1:\"a:2\"},"
			    "\"brokerName\":\"b\",\"cluster\":\"" LONG_TEXT "\"}],"
			    "\"orderTopicConf\":'" LONG_TEXT "',"
			    "\"queueDatas\":[{\"brokerName\":\"b\",\"perm\":6,\"readQueueNums\":4,"
			    "\"topicSysFlag\":0,\"writeQueueNums\":4}]}"),
		&r);

	if (err == RMQ_OK)
		rmqi_route_deinit(&r);
	return err;
}

static enum rmq_error read_heartbeat(void)
{
	struct rmqi_heartbeat h;
	enum rmq_error err = rmqi_heartbeat_decode(
		text_cursor(
			"{\"clientID\":\"" LONG_TEXT "\",\"consumerDataSet\":[{\"consumeType\":"
			"\"CONSUME_PASSIVELY\",\"groupName\":\"a\",\"subscriptionDataSet\":[{"
			"\"codeSet\":[1,2],\"subString\":\"" LONG_TEXT "\",\"tagsSet\":[\"A\"],"
			"\"topic\":\"" LONG_TEXT "\"}]},{\"groupName\":\"b\","
			"\"subscriptionDataSet\":[{\"$ref\":\"$.consumerDataSet[0]."
			"subscriptionDataSet[0]\"}]}],\"producerDataSet\":[{\"groupName\":\"p\"}]}"),
		&h);

	if (err == RMQ_OK)
		rmqi_heartbeat_deinit(&h);
	return err;
}

static enum rmq_error read_locks(void)
{
	struct rmqi_lock_body l;
	enum rmq_error err = rmqi_lock_response_decode(
		text_cursor("{\"lockOKMQSet\":[{\"brokerName\":\"b\",\"queueId\":0,"
			    "\"topic\":\"" LONG_TEXT "\"}]}"),
		&l);

	if (err == RMQ_OK)
		rmqi_lock_body_deinit(&l);
	return err;
}

static enum rmq_error read_consumer_list(void)
{
	size_t count;
	char **ids;
	enum rmq_error err = rmqi_consumer_list_decode(
		text_cursor("{\"consumerIdList\":[\"" LONG_TEXT "\",\"b\"]}"), &ids, &count);

	if (err == RMQ_OK)
		rmqi_strings_free(ids, count);
	return err;
}

static enum rmq_error read_cluster_info(void)
{
	struct rmqi_cluster_info info;
	enum rmq_error err = rmqi_cluster_info_decode(
		text_cursor("{\"brokerAddrTable\":{\"" LONG_TEXT "\":{\"brokerAddrs\":{0:"
			    "\"" LONG_TEXT "\"},\"cluster\":\"c\"}}}"),
		NULL, &info);

	if (err == RMQ_OK)
		rmqi_cluster_info_deinit(&info);
	return err;
}

static enum rmq_error read_check_client(void)
{
	struct rmqi_subscription *s;
	enum rmq_error err = rmqi_check_client_decode(
		text_cursor("{\"subscriptionData\":{\"subString\":\"" LONG_TEXT "\","
			    "\"topic\":\"T\"}}"),
		&s);

	if (err == RMQ_OK)
		rmqi_subscription_free(s);
	return err;
}

static enum rmq_error read_connection(void)
{
	struct rmqi_subscription **s;
	size_t count;
	enum rmq_error err = rmqi_consumer_connection_decode(
		text_cursor("{\"subscriptionTable\":{\"T\":{\"subString\":\"" LONG_TEXT
			    "\",\"tagsSet\":[\"" LONG_TEXT "\"],\"topic\":\"T\"},"
			    "\"U\":{\"topic\":\"U\"}}}"),
		&s, &count);

	if (err == RMQ_OK)
		rmqi_subscriptions_list_free(s, count);
	return err;
}

/* With an object as a name, which Java writes where the key of a map is one. */
static enum rmq_error read_topics(void)
{
	struct rmqi_topic_table t;
	enum rmq_error err = rmqi_register_body_decode(
		text_cursor("{\"topicConfigSerializeWrapper\":{\"dataVersion\":{\"counter\":1.5},"
			    "\"topicConfigTable\":{\"T\":{\"attributes\":{\"a\":\"" LONG_TEXT "\"},"
			    "\"topicName\":\"" LONG_TEXT "\"}},x:{{\"a\":1}:\"" LONG_TEXT "\"}}}"),
		false, 500, &t);

	if (err == RMQ_OK)
		rmqi_topic_table_deinit(&t);
	return err;
}

static void fails_in_turn(enum rmq_error (*read)(void))
{
	ck_assert_int_eq(read(), RMQ_OK);
	for (long nth = 1; nth < 1000; nth++) {
		enum rmq_error err;

		fail_the(nth);
		err = read();
		fail_the(0);
		if (err == RMQ_OK) {
			ck_assert_int_gt(nth, 1);
			return;
		}
		ck_assert_msg(err == RMQ_ERR_NO_MEMORY, "failed malloc %ld: %s", nth,
			      rmq_error_text(err));
	}
	ck_abort_msg("never succeeds");
}

START_TEST(body__is_read_or_memory_is_out)
{
	static enum rmq_error (*const readers[])(void) = {
		read_route,   read_heartbeat,    read_locks,  read_consumer_list,
		read_cluster_info, read_check_client, read_topics, read_connection,
	};

	fails_in_turn(readers[_i]);
}
END_TEST

int main(void)
{
	struct suite s;

	suite_open(&s, "body_memory");
	suite_add_loop(&s, body__is_read_or_memory_is_out, 8);
	return suite_run(&s);
}
