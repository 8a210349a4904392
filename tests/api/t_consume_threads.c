/* SPDX-License-Identifier: Apache-2.0 */
/* t_consume_threads.c - the threads of a push consumer come with its messages. */
#include <dirent.h>
#include <stdatomic.h>

#include "tests/api/api.h"

enum { IDLE_MOST = 4, AT_ONCE = 12 };

static int count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

struct meeting {
	atomic_int inside;
	atomic_bool is_over;
};

static int is_over(void *arg)
{
	return atomic_load(&((struct meeting *)arg)->is_over);
}

static int are_inside(void *arg)
{
	return atomic_load(&((struct meeting *)arg)->inside) == AT_ONCE;
}

static enum rmq_consume_status stay(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_consume_context *context, void *arg)
{
	struct meeting *m = arg;

	(void)c, (void)messages, (void)count, (void)context;
	atomic_fetch_add(&m->inside, 1);
	ck_assert(wait_real(is_over, m, SOON_MS));
	return RMQ_CONSUME_SUCCESS;
}

static rmq_push_consumer *start_consumer(rmq_mock_cluster *cluster, struct meeting *m)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_push_consumer *c = NULL;
	rmq_error_detail *d = NULL;

	api_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	api_ok(rmq_push_consumer_new(config, "threads-group", &c, &d), &d);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &d), &d);
	api_ok(rmq_push_consumer_set_listener(c, stay, m, &d), &d);
	api_ok(rmq_push_consumer_start(c, &d), &d);
	rmq_config_free(config);
	return c;
}

static int has_queues(void *arg)
{
	return rmq_push_consumer_queue_count(arg) == 2;
}

static int most_threads;

static int are_few(void *arg)
{
	(void)arg;
	return count_threads() <= most_threads;
}

/* Those that ask for a name end soon. */
START_TEST(consumer__that_is_idle_has_four_threads_at_most)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	struct meeting m = {0};
	int before = count_threads();
	rmq_push_consumer *c = start_consumer(cluster, &m);

	ck_assert(wait_real(has_queues, c, SOON_MS));
	most_threads = before + IDLE_MOST;
	ck_assert_msg(wait_real(are_few, NULL, SOON_MS), "%d threads", count_threads() - before);
	rmq_push_consumer_free(c);
	rmq_mock_cluster_free(cluster);
}
END_TEST

START_TEST(consumer__threads_come_for_messages_that_wait)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	struct meeting m = {0};
	rmq_push_consumer *c;

	for (int i = 0; i < AT_ONCE; i++)
		api_send_ok(p, "Topic");
	c = start_consumer(cluster, &m);
	ck_assert(wait_real(are_inside, &m, SOON_MS));
	atomic_store(&m.is_over, true);
	rmq_push_consumer_free(c);
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		consumer__that_is_idle_has_four_threads_at_most,
		consumer__threads_come_for_messages_that_wait,
	};

	return run_suite("consume_threads", tests, sizeof(tests) / sizeof(tests[0]));
}
