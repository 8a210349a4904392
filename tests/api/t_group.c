/* SPDX-License-Identifier: Apache-2.0 */
/* t_group.c - members of one group that do not fit together, hours of them under virtual time. */
#include <stdlib.h>

#include "tests/api/api.h"

enum { MINUTE_MS = 60 * 1000, HEART_BEAT = 34, CONSUMER_LIST = 38, MEMBERS = 4 };

struct group {
	rmq_mock_cluster *cluster;
	rmq_config *config;
	rmq_producer *producer;
	rmq_push_consumer *members[MEMBERS];
	int member_count;
	rmq_consume_fn listener;
	int conflicts;
	int overs;
	int given_up;
	char last_conflict[512];
	char log[65536]; /* WARN and above */
	size_t log_len;
	int taken[256]; /* by the first byte of the body */
};

static void on_log(enum rmq_log_level level, const char *text, void *arg)
{
	struct group *g = arg;
	size_t room = sizeof(g->log) - g->log_len;
	int n = level > RMQ_LOG_WARN
			? 0
			: snprintf(g->log + g->log_len, room, "%c %s\n", "?EWID"[level], text);

	if (n > 0)
		g->log_len += (size_t)n < room ? (size_t)n : room - 1;
}

static void on_event(const rmq_event *e, void *arg)
{
	struct group *g = arg;

	g->conflicts += rmq_event_kind(e) == RMQ_EVENT_CONFLICT;
	/* The ends of refused pulls and of standstills are told, too. */
	g->overs += rmq_event_kind(e) == RMQ_EVENT_OVER &&
		    strstr(rmq_event_text(e), "takes our subscriptions away any more") != NULL;
	g->given_up += rmq_event_kind(e) == RMQ_EVENT_GIVEN_UP;
	if (rmq_event_kind(e) == RMQ_EVENT_CONFLICT)
		snprintf(g->last_conflict, sizeof(g->last_conflict), "%s", rmq_event_text(e));
}

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_consume_context *context, void *arg)
{
	struct group *g = arg;
	size_t len;

	(void)c, (void)context;
	ck_assert_uint_eq(count, 1);
	g->taken[*(const unsigned char *)rmq_message_body(messages[0], &len)]++;
	return RMQ_CONSUME_SUCCESS;
}

static void topic(struct group *g, const char *name, int queues)
{
	rmq_error_detail *d = NULL;

	api_ok(rmq_mock_cluster_create_topic(g->cluster, name, queues, &d), &d);
}

static struct group *begin(const char *brokers)
{
	struct group *g = calloc(1, sizeof(*g));
	rmq_config *config;

	ck_assert_ptr_nonnull(g);
	g->cluster =
		api_cluster(api_options("virtualTime", "true", "brokers", brokers, (char *)NULL));
	g->config = api_config(rmq_mock_cluster_namesrv(g->cluster));
	config = api_config(rmq_mock_cluster_namesrv(g->cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(g->cluster));
	rmq_config_set_environment(g->config, rmq_mock_cluster_environment(g->cluster));
	rmq_config_set_log(g->config, on_log, RMQ_LOG_WARN, g);
	rmq_config_set_event_fn(g->config, on_event, g);
	g->producer = api_producer(config);
	g->listener = take;
	return g;
}

static void end(struct group *g)
{
	for (int i = 0; i < g->member_count; i++)
		rmq_push_consumer_free(g->members[i]);
	rmq_producer_free(g->producer);
	rmq_config_free(g->config);
	rmq_mock_cluster_free(g->cluster);
	free(g);
}

static void advance(struct group *g, int64_t ms)
{
	rmq_error_detail *d = NULL;

	api_ok(rmq_mock_cluster_advance(g->cluster, ms, &d), &d);
}

/* A member of the group "readers", not started. */
static rmq_push_consumer *member_of(struct group *g, const char *name, const char *expression)
{
	rmq_push_consumer **c = &g->members[g->member_count++];
	rmq_error_detail *d = NULL;

	api_ok(rmq_push_consumer_new(g->config, "readers", c, &d), &d);
	api_ok(rmq_push_consumer_subscribe(*c, name, expression, &d), &d);
	api_ok(rmq_push_consumer_set_listener(*c, g->listener, g, &d), &d);
	return *c;
}

static rmq_push_consumer *join(struct group *g, const char *name, const char *expression)
{
	rmq_push_consumer *c = member_of(g, name, expression);
	rmq_error_detail *d = NULL;

	api_ok(rmq_push_consumer_start(c, &d), &d);
	return c;
}

static void leave(struct group *g, rmq_push_consumer *c)
{
	ck_assert_ptr_eq(g->members[g->member_count - 1], c);
	rmq_push_consumer_free(g->members[--g->member_count]);
}

/* The tag is the body. */
static void send_some(struct group *g, const char *name, const char *tag, int count)
{
	rmq_message *m = rmq_message_new(name, tag, 1);

	ck_assert_int_eq(rmq_message_set_tag(m, tag, NULL), RMQ_OK);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(rmq_producer_send(g->producer, m, NULL, NULL, NULL), RMQ_OK);
	rmq_message_free(m);
}

/* --- What a member said is told again -------------------------------------------------------- */

static void canary_on(int queues)
{
	struct group *g = begin("1");
	rmq_push_consumer *canary;

	topic(g, "T", queues);
	join(g, "T", "A || B");
	advance(g, MINUTE_MS);
	canary = join(g, "T", "A");
	advance(g, 10 * MINUTE_MS);
	leave(g, canary);
	advance(g, 10 * MINUTE_MS);
	send_some(g, "T", "A", 100);
	send_some(g, "T", "B", 100);
	advance(g, 60 * MINUTE_MS);
	ck_assert_int_eq(g->taken['A'], 100);
	ck_assert_int_eq(g->taken['B'], 100);
	end(g);
}

START_TEST(version__is_ours_again_when_another_member_has_left)
{
	canary_on(4);
}
END_TEST

/* Its queues never change: there is one. */
START_TEST(version__is_ours_again_though_the_queues_never_changed)
{
	canary_on(1);
}
END_TEST

START_TEST(version__costs_two_heartbeats_a_change)
{
	struct group *g = begin("1");
	uint64_t before;

	topic(g, "T", 8);
	join(g, "T", "*");
	advance(g, 10 * MINUTE_MS + 5000);
	before = rmq_mock_cluster_request_count(g->cluster, HEART_BEAT);
	advance(g, 20 * 1000);
	ck_assert_uint_eq(rmq_mock_cluster_request_count(g->cluster, HEART_BEAT), before);
	join(g, "T", "*");
	advance(g, 4000);
	/* The new one's two (its first, its share), ours. */
	ck_assert_uint_le(rmq_mock_cluster_request_count(g->cluster, HEART_BEAT), before + 4);
	ck_assert_str_eq(g->log, "");
	end(g);
}
END_TEST

/* --- Other subscriptions ------------------------------------------------------------------------ */

static void other_topics(int members, unsigned beats_max, unsigned lists_max)
{
	static const char *const topics[] = {"T1", "T2"};
	struct group *g = begin("2");
	uint64_t beats, lists;

	topic(g, "T1", 16);
	topic(g, "T2", 16);
	for (int i = 0; i < members; i++)
		join(g, topics[i % 2], "*");
	advance(g, 5 * MINUTE_MS);
	beats = rmq_mock_cluster_request_count(g->cluster, HEART_BEAT);
	lists = rmq_mock_cluster_request_count(g->cluster, CONSUMER_LIST);
	advance(g, MINUTE_MS);
	beats = rmq_mock_cluster_request_count(g->cluster, HEART_BEAT) - beats;
	lists = rmq_mock_cluster_request_count(g->cluster, CONSUMER_LIST) - lists;
	ck_assert_msg(beats <= beats_max && lists <= lists_max, "%u heartbeats, %u lists",
		      (unsigned)beats, (unsigned)lists);
	/* Whose heartbeat came last has what it wants for the next 30 s. */
	ck_assert_int_ge(g->conflicts, members / 2);
	ck_assert_int_le(g->conflicts, members);
	ck_assert_ptr_nonnull(strstr(g->last_conflict, "subscribes other topics"));
	ck_assert_ptr_nonnull(strstr(g->log, "W group readers: broker"));
	end(g);
}

START_TEST(conflict__of_two_members_makes_no_storm_and_is_told)
{
	other_topics(2, 16, 100);
}
END_TEST

START_TEST(conflict__of_four_members_makes_no_storm_and_is_told)
{
	other_topics(4, 32, 250);
}
END_TEST

/* The same topic, other tags: nothing is refused, half of the messages are just not there. */
START_TEST(conflict__of_other_tags_is_told_and_over_when_the_other_has_left)
{
	struct group *g = begin("2");
	rmq_push_consumer *other;

	topic(g, "T", 4);
	join(g, "T", "A || B");
	advance(g, MINUTE_MS);
	ck_assert_int_eq(g->conflicts, 0);
	other = join(g, "T", "A");
	advance(g, 5 * MINUTE_MS);
	ck_assert_int_ge(g->conflicts, 1);
	ck_assert_ptr_nonnull(strstr(g->last_conflict, "filters topic T by"));
	leave(g, other);
	g->overs = g->conflicts = 0;
	advance(g, 5 * MINUTE_MS);
	ck_assert_int_eq(g->conflicts, 0);
	end(g);
}
END_TEST

START_TEST(conflict__is_none_when_the_same_tags_are_written_otherwise)
{
	struct group *g = begin("1");

	topic(g, "T", 4);
	join(g, "T", "A || B");
	join(g, "T", "B||A");
	advance(g, 5 * MINUTE_MS);
	ck_assert_int_eq(g->conflicts, 0);
	ck_assert_str_eq(g->log, "");
	end(g);
}
END_TEST

START_TEST(conflict__that_ended_is_told_as_over)
{
	struct group *g = begin("1");
	rmq_push_consumer *other;

	topic(g, "T1", 4);
	topic(g, "T2", 4);
	join(g, "T1", "*");
	other = join(g, "T2", "*");
	advance(g, 5 * MINUTE_MS);
	ck_assert_int_eq(g->conflicts, 2);
	leave(g, other);
	g->overs = 0;
	advance(g, 5 * MINUTE_MS);
	ck_assert_int_eq(g->conflicts, 2);
	ck_assert_int_eq(g->overs, 1);
	send_some(g, "T1", "x", 10);
	advance(g, 1000);
	ck_assert_int_eq(g->taken['x'], 10);
	end(g);
}
END_TEST

/* --- A message that cannot be stored again --------------------------------------------------------- */

static enum rmq_consume_status take_but_the_first(rmq_push_consumer *c,
						  const rmq_message *const *messages, size_t count,
						  rmq_consume_context *context, void *arg)
{
	enum rmq_consume_status status = take(c, messages, count, context, arg);

	return rmq_message_flag(messages[0]) == 1 ? RMQ_RECONSUME_LATER : status;
}

START_TEST(poison__is_given_up_after_the_limit_and_the_queue_goes_on)
{
	static char big[32601];
	struct group *g = begin("1");
	rmq_message *m = rmq_message_new("T", "p", 1);

	topic(g, "T", 1);
	memset(big, 'v', sizeof(big) - 1);
	ck_assert_int_eq(rmq_message_set_property(m, "k", big, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_flag(m, 1, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_send(g->producer, m, NULL, NULL, NULL), RMQ_OK);
	rmq_message_free(m);
	send_some(g, "T", "o", 3000);
	g->listener = take_but_the_first;
	join(g, "T", "*");
	advance(g, 60 * MINUTE_MS);
	ck_assert_int_eq(g->taken['o'], 3000);
	ck_assert_int_eq(g->taken['p'], 17);
	ck_assert_int_eq(g->given_up, 1);
	ck_assert_ptr_nonnull(strstr(g->log, "is given up after 17 deliveries"));
	ck_assert_int_eq(
		rmq_mock_cluster_consumer_offset(g->cluster, "broker-a", "readers", "T", 0), 3001);
	end(g);
}
END_TEST

/* --- The same client id -------------------------------------------------------------------------- */

static rmq_error_detail *refused(rmq_push_consumer *c)
{
	rmq_error_detail *d = NULL;

	api_failed(rmq_push_consumer_start(c, &d), RMQ_ERR_STATE, &d);
	return d;
}

START_TEST(id__that_the_group_has_already_is_refused)
{
	struct group *g = begin("1");
	rmq_error_detail *d;

	topic(g, "T", 8);
	api_set(g->config, "clientIP", "10.0.0.1");
	api_set(g->config, "instanceName", "svc");
	join(g, "T", "*");
	d = refused(member_of(g, "T", "*"));
	api_names(d, "group readers has a consumer with the client id 10.0.0.1@svc");
	api_names(d, "instanceName");
	rmq_error_detail_free(d);
	advance(g, 5 * MINUTE_MS);
	send_some(g, "T", "x", 200);
	advance(g, MINUTE_MS);
	ck_assert_int_eq(g->taken['x'], 200);
	end(g);
}
END_TEST

START_TEST(id__is_free_again_after_close)
{
	struct group *g = begin("1");
	rmq_error_detail *d = NULL;

	topic(g, "T", 8);
	api_set(g->config, "instanceName", "svc");
	for (int i = 0; i < 3; i++) {
		join(g, "T", "*");
		advance(g, MINUTE_MS);
		api_ok(rmq_push_consumer_close(g->members[i], -1, &d), &d);
	}
	end(g);
}
END_TEST

START_TEST(id__is_one_s_own_in_another_group_and_in_another_cluster)
{
	struct group *g = begin("1"), *other = begin("1");
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;

	topic(g, "T", 8);
	topic(other, "T", 8);
	api_set(g->config, "instanceName", "svc");
	api_set(other->config, "instanceName", "svc");
	join(g, "T", "*");
	join(other, "T", "*");
	api_ok(rmq_push_consumer_new(g->config, "others", &g->members[1], &d), &d);
	g->member_count = 2;
	api_ok(rmq_push_consumer_subscribe(g->members[1], "T", "*", &d), &d);
	api_ok(rmq_push_consumer_set_listener(g->members[1], take, g, &d), &d);
	api_ok(rmq_push_consumer_start(g->members[1], &d), &d);
	/* A producer, of the name of the consumers' group. */
	api_ok(rmq_producer_new(g->config, "readers", &p, &d), &d);
	api_ok(rmq_producer_start(p, &d), &d);
	rmq_producer_free(p);
	end(other);
	end(g);
}
END_TEST

START_TEST(id__of_a_producer_that_its_group_has_already_is_refused)
{
	struct group *g = begin("1");
	rmq_producer *one = NULL, *two = NULL;
	rmq_error_detail *d = NULL;
	enum rmq_error error;

	api_set(g->config, "instanceName", "svc");
	api_ok(rmq_producer_new(g->config, "writers", &one, &d), &d);
	api_ok(rmq_producer_new(g->config, "writers", &two, &d), &d);
	api_ok(rmq_producer_start(one, &d), &d);
	api_failed(rmq_producer_start(two, &d), RMQ_ERR_STATE, &d);
	api_names(d, "group writers has a producer with the client id");
	rmq_error_detail_free(d);
	d = api_send(two, "Topic", 1000, &error);
	ck_assert_int_eq(error, RMQ_ERR_STATE);
	rmq_error_detail_free(d);
	api_send_ok(one, "Topic");
	rmq_producer_free(two);
	api_send_ok(one, "Topic");
	rmq_producer_free(one);
	end(g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		version__is_ours_again_when_another_member_has_left,
		version__is_ours_again_though_the_queues_never_changed,
		version__costs_two_heartbeats_a_change,
		conflict__of_two_members_makes_no_storm_and_is_told,
		conflict__of_four_members_makes_no_storm_and_is_told,
		conflict__of_other_tags_is_told_and_over_when_the_other_has_left,
		conflict__is_none_when_the_same_tags_are_written_otherwise,
		conflict__that_ended_is_told_as_over,
		poison__is_given_up_after_the_limit_and_the_queue_goes_on,
		id__that_the_group_has_already_is_refused,
		id__is_free_again_after_close,
		id__is_one_s_own_in_another_group_and_in_another_cluster,
		id__of_a_producer_that_its_group_has_already_is_refused,
	};

	return run_suite("group", tests, sizeof(tests) / sizeof(tests[0]));
}
