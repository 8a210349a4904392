/* SPDX-License-Identifier: Apache-2.0 */
/* t_network.c - peers that are not there, do not answer, or answer nonsense. */
#include <stdlib.h>

#include "tests/api/api.h"
#include "tests/support/bad_peer.h"

/* --- Nobody there ----------------------------------------------------------------------- */

/* The send, the admin call and the consumer at a name server that is no good. */
static void try_all(const char *namesrv, enum rmq_error code, const char *phase)
{
	rmq_producer *p = api_producer(api_config(namesrv));
	rmq_config *c = api_config(namesrv);
	rmq_topic_offsets *offsets = NULL;
	rmq_admin_options *o = rmq_admin_options_new();
	rmq_admin *a = NULL;
	enum rmq_error error;
	rmq_error_detail *d = api_send(p, "Topic", CALL_MS, &error);

	api_failed(error, code, &d);
	api_names(d, namesrv);
	api_attempted(d, namesrv, phase);
	ck_assert_int_eq((int)rmq_error_detail_flags(d) & RMQ_ERROR_MAYBE_STORED, 0);
	ck_assert_int_eq(rmq_error_detail_broker_code(d), -1);
	ck_assert_str_eq(rmq_error_detail_remark(d), "");
	rmq_error_detail_free(d);
	rmq_producer_free(p);

	d = NULL;
	api_ok(rmq_admin_new(c, &a, &d), &d);
	api_ok(rmq_admin_options_set_timeout(o, CALL_MS, &d), &d);
	api_failed(rmq_admin_topic_offsets(a, "Topic", NULL, o, &offsets, &d), code, &d);
	api_names(d, namesrv);
	ck_assert_ptr_null(offsets);
	rmq_error_detail_free(d);
	rmq_admin_options_free(o);
	rmq_admin_free(a);
	rmq_config_free(c);
}

START_TEST(refused_port__is_told_with_address_and_phase)
{
	char address[32];

	snprintf(address, sizeof(address), "127.0.0.1:%d", free_port("127.0.0.1"));
	try_all(address, RMQ_ERR_CONNECT, "connect");
}
END_TEST

/* ".invalid" never has an address (RFC 6761). */
START_TEST(unresolvable_name__is_told_with_address_and_phase)
{
	rmq_producer *p = api_producer(api_config("no-such-host.invalid:9876"));
	enum rmq_error error;
	rmq_error_detail *d = api_send(p, "Topic", 5000, &error);

	/* A resolver that answers nothing at all is a timeout. */
	if (error != RMQ_ERR_TIMEOUT)
		api_failed(error, RMQ_ERR_RESOLVE, &d);
	api_names(d, "no-such-host.invalid");
	api_attempted(d, "no-such-host.invalid:9876", "resolve");
	rmq_error_detail_free(d);
	rmq_producer_free(p);
}
END_TEST

START_TEST(silent_port__ends_at_the_callers_deadline)
{
	struct bad_peer *peer = bad_peer_start(PEER_SILENT);

	try_all(bad_peer_address(peer), RMQ_ERR_TIMEOUT, "wait");
	ck_assert_int_gt(bad_peer_connections(peer), 0);
	bad_peer_stop(peer);
}
END_TEST

/* --- Peers that break the format ----------------------------------------------------------- */

/* Every kind ends every call by itself, with the peer's address, and closing works. */
static void meet(enum bad_peer_kind kind)
{
	struct bad_peer *peer = bad_peer_start(kind);
	rmq_producer *p = api_producer(api_config(bad_peer_address(peer)));
	enum rmq_error error;
	rmq_error_detail *d = api_send(p, "Topic", CALL_MS, &error);

	if (error != RMQ_ERR_PROTOCOL && error != RMQ_ERR_CONNECTION_LOST &&
	    error != RMQ_ERR_TIMEOUT)
		ck_abort_msg("%s: %s", bad_peer_kind_name(kind), rmq_error_text(error));
	api_names(d, bad_peer_address(peer));
	api_attempted(d, bad_peer_address(peer), "");
	rmq_error_detail_free(d);
	ck_assert_int_eq(rmq_producer_close(p, 2000, NULL), RMQ_OK);
	rmq_producer_free(p);
	bad_peer_stop(peer);
}

START_TEST(bad_peer__of_every_kind_is_survived)
{
	for (int kind = 0; kind < PEER_KINDS; kind++)
		meet((enum bad_peer_kind)kind);
}
END_TEST

static enum rmq_error error_at(enum bad_peer_kind kind)
{
	struct bad_peer *peer = bad_peer_start(kind);
	rmq_producer *p = api_producer(api_config(bad_peer_address(peer)));
	enum rmq_error error;

	rmq_error_detail_free(api_send(p, "Topic", 3000, &error));
	rmq_producer_free(p);
	bad_peer_stop(peer);
	return error;
}

/* What is surely wrong does not wait for the deadline. */
START_TEST(bad_peer__broken_frames_are_a_protocol_error)
{
	static const enum bad_peer_kind kinds[] = {
		PEER_GARBAGE,     PEER_HTTP,        PEER_HUGE_FRAME, PEER_NEGATIVE_FRAME,
		PEER_EMPTY_FRAME, PEER_LONG_HEADER, PEER_BAD_HEADER, PEER_BAD_TYPE};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (error_at(kinds[i]) != RMQ_ERR_PROTOCOL)
			ck_abort_msg("%s: %s", bad_peer_kind_name(kinds[i]),
				     rmq_error_text(error_at(kinds[i])));
}
END_TEST

START_TEST(bad_peer__that_hangs_up_is_a_lost_connection)
{
	static const enum bad_peer_kind kinds[] = {PEER_CLOSES, PEER_CLOSES_LATER, PEER_CUT_FRAME};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (error_at(kinds[i]) != RMQ_ERR_CONNECTION_LOST)
			ck_abort_msg("%s: %s", bad_peer_kind_name(kinds[i]),
				     rmq_error_text(error_at(kinds[i])));
}
END_TEST

/* --- Recovery --------------------------------------------------------------------------- */

static enum rmq_consume_status count_messages(rmq_push_consumer *c,
					      const rmq_message *const *messages, size_t count,
					      rmq_consume_context *context, void *arg)
{
	int *n = arg;

	(void)c;
	(void)messages;
	(void)context;
	__atomic_add_fetch(n, (int)count, __ATOMIC_SEQ_CST);
	return RMQ_CONSUME_SUCCESS;
}

static bool has_three(void *arg)
{
	int *n = arg;

	return __atomic_load_n(n, __ATOMIC_SEQ_CST) >= 3;
}

/* Every kind of bad name server stands before the good one: nothing is lost. */
START_TEST(bad_peer__first_in_the_list_does_no_harm)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);

	for (int kind = 0; kind < PEER_KINDS; kind++) {
		struct bad_peer *peer = bad_peer_start((enum bad_peer_kind)kind);
		char list[256], topic[32], group[32];
		rmq_push_consumer *k = NULL;
		rmq_config *c;
		rmq_producer *p;
		rmq_error_detail *d = NULL;
		int n = 0;

		snprintf(list, sizeof(list), "%s;%s", bad_peer_address(peer),
			 rmq_mock_cluster_namesrv(cluster));
		snprintf(topic, sizeof(topic), "Topic-%d", kind);
		snprintf(group, sizeof(group), "group-%d", kind);
		ck_assert_int_eq(rmq_mock_cluster_create_topic(cluster, topic, 1, NULL), RMQ_OK);
		c = api_config(list);
		api_set(c, "mqClientApiTimeout", "500");
		api_ok(rmq_push_consumer_new(c, group, &k, &d), &d);
		api_ok(rmq_push_consumer_subscribe(k, topic, "*", &d), &d);
		ck_assert_int_eq(rmq_push_consumer_set_listener(k, count_messages, &n, NULL),
				 RMQ_OK);
		api_ok(rmq_push_consumer_start(k, &d), &d);
		p = api_producer(c);
		for (int i = 0; i < 3; i++)
			api_send_ok(p, topic);
		if (!rmq_mock_cluster_run_until(cluster, has_three, &n, SOON_MS))
			ck_abort_msg("%s: only %d arrived",
				     bad_peer_kind_name((enum bad_peer_kind)kind), n);
		rmq_producer_free(p);
		rmq_push_consumer_free(k);
		bad_peer_stop(peer);
	}
	rmq_mock_cluster_free(cluster);
}
END_TEST

static bool can_send(void *arg)
{
	enum rmq_error error;

	rmq_error_detail_free(api_send(arg, "Topic", 1000, &error));
	return error == RMQ_OK;
}

/* The same producer, once its name server is up and knows the brokers. */
START_TEST(refused_port__heals)
{
	rmq_mock_cluster *cluster =
		api_cluster(api_options("brokerSettings", "registerNameServerPeriod=200", NULL));
	rmq_producer *p;
	enum rmq_error error;
	rmq_error_detail *d;

	p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	ck_assert_int_eq(rmq_mock_namesrv_stop(cluster, 0, NULL), RMQ_OK);
	d = api_send(p, "Topic", CALL_MS, &error);
	api_failed(error, RMQ_ERR_CONNECT, &d);
	ck_assert_int_ne((int)rmq_error_detail_flags(d) & RMQ_ERROR_RETRIABLE, 0);
	rmq_error_detail_free(d);
	ck_assert_int_eq(rmq_mock_namesrv_start(cluster, 0, NULL), RMQ_OK);
	if (!rmq_mock_cluster_run_until(cluster, can_send, p, SOON_MS))
		ck_abort_msg("the producer does not recover");
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

START_TEST(timeout__of_a_send_is_the_callers)
{
	struct bad_peer *peer = bad_peer_start(PEER_SILENT);
	rmq_config *c = api_config(bad_peer_address(peer));
	rmq_producer *p;
	enum rmq_error error;
	rmq_error_detail *d;

	api_set(c, "sendMsgTimeout", "200");
	p = api_producer(c);
	for (int i = 0; i < 3; i++) {
		d = api_send(p, "Topic", i == 0 ? -1 : 100, &error);
		api_failed(error, RMQ_ERR_TIMEOUT, &d);
		rmq_error_detail_free(d);
	}
	rmq_producer_free(p);
	bad_peer_stop(peer);
}
END_TEST

/* Nobody was asked: the broker is not to blame. */
START_TEST(timeout__that_compressing_has_used_up_is_told_so)
{
	enum { LEN = 4 * 1024 * 1024 };
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	char *body = malloc(LEN);
	unsigned state = 1;
	rmq_error_detail *d = NULL;
	rmq_message *m;
	rmq_producer *p;

	ck_assert_ptr_nonnull(body);
	for (size_t i = 0; i < LEN; i++) {
		state = state * 1103515245u + 12345u;
		body[i] = (char)('a' + (state >> 16) % 20);
	}
	api_set(config, "compressLevel", "9");
	p = api_producer(config);
	m = rmq_message_new("Topic", body, LEN);
	ck_assert_int_eq(api_send_within(p, m, 1, &d), RMQ_ERR_TIMEOUT);
	api_names(d, "compressing the body took all of the 1 ms");
	ck_assert_uint_eq(rmq_error_detail_attempt_count(d), 1);
	ck_assert_int_eq(rmq_attempt_phase(rmq_error_detail_attempt_at(d, 0)), RMQ_PHASE_COMPRESS);
	ck_assert_str_eq(rmq_attempt_address(rmq_error_detail_attempt_at(d, 0)), "");
	ck_assert_uint_eq(rmq_error_detail_flags(d), RMQ_ERROR_RETRIABLE);
	rmq_error_detail_free(d);
	rmq_message_free(m);
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
	free(body);
}
END_TEST

/* Clients at dead addresses close at once and without an error. */
START_TEST(close__does_not_wait_for_the_dead)
{
	struct bad_peer *peer = bad_peer_start(PEER_SILENT);
	rmq_config *c = api_config(bad_peer_address(peer));
	rmq_push_consumer *k = NULL;
	rmq_error_detail *d = NULL;
	int n = 0;

	api_ok(rmq_push_consumer_new(c, "group", &k, &d), &d);
	api_ok(rmq_push_consumer_subscribe(k, "Topic", "*", &d), &d);
	ck_assert_int_eq(rmq_push_consumer_set_listener(k, count_messages, &n, NULL), RMQ_OK);
	api_ok(rmq_push_consumer_start(k, &d), &d);
	api_ok(rmq_push_consumer_close(k, 3000, &d), &d);
	rmq_push_consumer_free(k);
	rmq_config_free(c);
	bad_peer_stop(peer);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		refused_port__is_told_with_address_and_phase,
		unresolvable_name__is_told_with_address_and_phase,
		silent_port__ends_at_the_callers_deadline,
		bad_peer__of_every_kind_is_survived,
		bad_peer__broken_frames_are_a_protocol_error,
		bad_peer__that_hangs_up_is_a_lost_connection,
		bad_peer__first_in_the_list_does_no_harm,
		refused_port__heals,
		timeout__of_a_send_is_the_callers,
		timeout__that_compressing_has_used_up_is_told_so,
		close__does_not_wait_for_the_dead,
	};

	return run_suite("network", tests, sizeof(tests) / sizeof(tests[0]));
}
