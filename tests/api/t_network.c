/* SPDX-License-Identifier: Apache-2.0 */
/* t_network.c - peers that are not there, do not answer, or answer nonsense. */
#include <stdlib.h>

#include "tests/api/api.h"
#include "tests/support/bad_peer.h"
#include "tests/support/certs.h"

/* --- Addresses ------------------------------------------------------------------------ */

static void refuse_address(const char *text, const char *cause)
{
	rmq_config *c = api_config(text);
	rmq_producer *p = NULL;
	rmq_push_consumer *k = NULL;
	rmq_admin *a = NULL;
	rmq_error_detail *d = NULL;

	api_names(api_failed(rmq_producer_new(c, "g", &p, &d), RMQ_ERR_ADDRESS, &d), cause);
	rmq_error_detail_free(d);
	d = NULL;
	api_names(api_failed(rmq_push_consumer_new(c, "g", &k, &d), RMQ_ERR_ADDRESS, &d), cause);
	rmq_error_detail_free(d);
	d = NULL;
	api_names(api_failed(rmq_admin_new(c, &a, &d), RMQ_ERR_ADDRESS, &d), cause);
	rmq_error_detail_free(d);
	ck_assert(!p && !k && !a);
	rmq_config_free(c);
}

START_TEST(address__that_is_not_host_and_port_is_refused)
{
	static const char *const bad[] = {
		"nohost", "host:",      ":9876",      "host:port",
		"host:0", "host:65536", "host:-1",    "host:98765432109876",
		"[::1]",  "[::1:9876",  "ho st:9876", "127.0.0.1:9876x"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse_address(bad[i], bad[i]);
}
END_TEST

START_TEST(address__bad_one_in_a_list_is_named)
{
	refuse_address("127.0.0.1:9876;second;127.0.0.1:9877", "second");
}
END_TEST

START_TEST(address__none_at_all_is_told)
{
	rmq_config *c = api_config(NULL);
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;

	unsetenv("NAMESRV_ADDR");
	api_names(api_failed(rmq_producer_new(c, "g", &p, &d), RMQ_ERR_NO_NAMESRV, &d),
		  "namesrvAddr");
	rmq_error_detail_free(d);
	api_set(c, "namesrvAddr", " ; ;");
	d = NULL;
	api_failed(rmq_producer_new(c, "g", &p, &d), RMQ_ERR_NO_NAMESRV, &d);
	rmq_error_detail_free(d);
	ck_assert_ptr_null(p);
	rmq_config_free(c);
}
END_TEST

START_TEST(address__comes_from_the_environment)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p;

	setenv("NAMESRV_ADDR", rmq_mock_cluster_namesrv(cluster), 1);
	p = api_producer(api_config(NULL));
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

START_TEST(address__in_the_configuration_wins_over_the_environment)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p;

	setenv("NAMESRV_ADDR", "127.0.0.1:1", 1);
	p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

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

/* --- TLS ---------------------------------------------------------------------------------- */

struct tls {
	char folder[300];
	struct certs certs;
	rmq_mock_cluster *cluster;
	rmq_config *config; /* TLS on, CA set */
};

static void tls_open(struct tls *t, const char *names, bool required)
{
	ck_assert(make_scratch(t->folder, sizeof(t->folder)));
	ck_assert(certs_make(&t->certs, t->folder, names));
	t->cluster =
		api_cluster(api_options("tlsCertFile", t->certs.cert, "tlsKeyFile", t->certs.key,
					"tlsRequired", required ? "true" : "false", NULL));
	t->config = api_config(rmq_mock_cluster_namesrv(t->cluster));
	api_set(t->config, "useTLS", "true");
	api_set(t->config, "tlsCaFile", t->certs.ca);
}

static void tls_close(struct tls *t)
{
	rmq_config_free(t->config);
	rmq_mock_cluster_free(t->cluster);
	remove_tree(t->folder);
}

static rmq_producer *tls_producer(struct tls *t)
{
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;

	api_ok(rmq_producer_new(t->config, "tls-producer", &p, &d), &d);
	api_ok(rmq_producer_start(p, &d), &d);
	return p;
}

/* A send fails in the TLS phase and names the cause. */
static void tls_fails(struct tls *t, const char *cause)
{
	rmq_producer *p = tls_producer(t);
	enum rmq_error error;
	rmq_error_detail *d = api_send(p, "Topic", 3000, &error);

	api_failed(error, RMQ_ERR_TLS, &d);
	api_names(d, cause);
	api_attempted(d, rmq_mock_cluster_namesrv(t->cluster), "tls");
	rmq_error_detail_free(d);
	rmq_producer_free(p);
}

START_TEST(tls__right_certificate_works)
{
	struct tls t;
	rmq_producer *p;

	tls_open(&t, "DNS:localhost,IP:127.0.0.1", true);
	p = tls_producer(&t);
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	tls_close(&t);
}
END_TEST

START_TEST(tls__certificate_of_an_unknown_ca_is_refused)
{
	struct tls t;

	tls_open(&t, "DNS:localhost,IP:127.0.0.1", true);
	api_set(t.config, "tlsCaFile", t.certs.other_ca);
	tls_fails(&t, "certificate");
	tls_close(&t);
}
END_TEST

START_TEST(tls__certificate_of_another_host_is_refused)
{
	struct tls t;

	tls_open(&t, "DNS:elsewhere.example,IP:10.1.2.3", true);
	tls_fails(&t, "127.0.0.1");
	tls_close(&t);
}
END_TEST

START_TEST(tls__expected_name_can_be_given)
{
	struct tls t;
	rmq_producer *p;

	tls_open(&t, "DNS:elsewhere.example", true);
	api_set(t.config, "tlsServerName", "elsewhere.example");
	p = tls_producer(&t);
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	tls_close(&t);
}
END_TEST

START_TEST(tls__verification_can_be_switched_off)
{
	struct tls t;
	rmq_producer *p;

	tls_open(&t, "DNS:elsewhere.example", true);
	api_set(t.config, "tlsCaFile", t.certs.other_ca);
	api_set(t.config, "tlsVerify", "false");
	api_set(t.config, "tlsVerifyHostname", "false");
	p = tls_producer(&t);
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	tls_close(&t);
}
END_TEST

/* A plain port answers the handshake with silence or nonsense; never with plain text from us. */
START_TEST(tls__to_a_plain_port_fails)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	struct bad_peer *web = bad_peer_start(PEER_HTTP);
	const char *const peers[] = {rmq_mock_cluster_namesrv(cluster), bad_peer_address(web)};

	for (size_t i = 0; i < 2; i++) {
		rmq_config *c = api_config(peers[i]);
		rmq_producer *p;
		enum rmq_error error;
		rmq_error_detail *d;

		api_set(c, "useTLS", "true");
		p = api_producer(c);
		d = api_send(p, "Topic", 3000, &error);
		api_failed(error, RMQ_ERR_TLS, &d);
		api_names(d, peers[i]);
		api_attempted(d, peers[i], "tls");
		rmq_error_detail_free(d);
		rmq_producer_free(p);
	}
	bad_peer_stop(web);
	rmq_mock_cluster_free(cluster);
}
END_TEST

START_TEST(tls__silent_port_ends_at_the_deadline)
{
	struct bad_peer *peer = bad_peer_start(PEER_SILENT);
	rmq_config *c = api_config(bad_peer_address(peer));
	rmq_producer *p;
	enum rmq_error error;
	rmq_error_detail *d;

	api_set(c, "useTLS", "true");
	p = api_producer(c);
	d = api_send(p, "Topic", CALL_MS, &error);
	api_failed(error, RMQ_ERR_TIMEOUT, &d);
	api_attempted(d, bad_peer_address(peer), "tls");
	rmq_error_detail_free(d);
	rmq_producer_free(p);
	bad_peer_stop(peer);
}
END_TEST

START_TEST(tls__plain_to_a_port_that_wants_it_fails)
{
	struct tls t;
	rmq_producer *p;
	enum rmq_error error;
	rmq_error_detail *d;

	tls_open(&t, "IP:127.0.0.1", true);
	api_set(t.config, "useTLS", "false");
	p = tls_producer(&t);
	d = api_send(p, "Topic", 3000, &error);
	ck_assert(error == RMQ_ERR_CONNECTION_LOST || error == RMQ_ERR_PROTOCOL);
	api_names(d, rmq_mock_cluster_namesrv(t.cluster));
	rmq_error_detail_free(d);
	rmq_producer_free(p);
	tls_close(&t);
}
END_TEST

START_TEST(tls__both_on_one_port)
{
	struct tls t;
	rmq_producer *tls, *plain;

	tls_open(&t, "IP:127.0.0.1", false);
	tls = tls_producer(&t);
	api_set(t.config, "useTLS", "false");
	plain = tls_producer(&t);
	api_send_ok(tls, "Topic");
	api_send_ok(plain, "Topic");
	rmq_producer_free(tls);
	rmq_producer_free(plain);
	tls_close(&t);
}
END_TEST

static void refuse_file(const struct certs *good, const char *key, const char *file)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;

	api_set(c, "useTLS", "true");
	api_set(c, "tlsCertFile", good->client_cert);
	api_set(c, "tlsKeyFile", good->client_key);
	api_set(c, key, file);
	if (rmq_producer_new(c, "g", &p, &d) == RMQ_OK)
		ck_abort_msg("%s=%s is accepted", key, file);
	api_names(d, file);
	ck_assert_ptr_null(p);
	rmq_error_detail_free(d);
	rmq_config_free(c);
}

/* A file that is not there, or is no certificate, is told when the client is made. */
START_TEST(tls__bad_files_are_named)
{
	static const char *const keys[] = {"tlsCaFile", "tlsCertFile", "tlsKeyFile"};
	char folder[300];
	struct certs good;

	ck_assert(make_scratch(folder, sizeof(folder)));
	ck_assert(certs_make(&good, folder, "IP:127.0.0.1"));
	for (size_t k = 0; k < 3; k++) {
		refuse_file(&good, keys[k], "/nonexistent/file.pem");
		refuse_file(&good, keys[k], "/proc/self/stat");
		refuse_file(&good, keys[k], "/");
	}
	remove_tree(folder);
}
END_TEST

START_TEST(tls__certificate_without_its_key_is_refused)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;

	api_set(c, "useTLS", "true");
	api_set(c, "tlsCertFile", "/some/cert.pem");
	ck_assert_int_ne(rmq_producer_new(c, "g", &p, &d), RMQ_OK);
	api_names(d, "key");
	ck_assert_ptr_null(p);
	rmq_error_detail_free(d);
	rmq_config_free(c);
}
END_TEST

START_TEST(tls__client_certificate_is_asked_for)
{
	struct tls t;
	rmq_producer *p;
	enum rmq_error error;
	rmq_error_detail *d;

	ck_assert(make_scratch(t.folder, sizeof(t.folder)));
	ck_assert(certs_make(&t.certs, t.folder, "IP:127.0.0.1"));
	t.cluster = api_cluster(api_options("tlsCertFile", t.certs.cert, "tlsKeyFile", t.certs.key,
					    "tlsCaFile", t.certs.ca, "tlsRequired", "true", NULL));
	t.config = api_config(rmq_mock_cluster_namesrv(t.cluster));
	api_set(t.config, "useTLS", "true");
	api_set(t.config, "tlsCaFile", t.certs.ca);

	p = tls_producer(&t);
	d = api_send(p, "Topic", 3000, &error);
	/* With TLS 1.3 the refusal comes after the handshake. */
	ck_assert(error == RMQ_ERR_TLS || error == RMQ_ERR_CONNECTION_LOST);
	rmq_error_detail_free(d);
	rmq_producer_free(p);

	api_set(t.config, "tlsCertFile", t.certs.client_cert);
	api_set(t.config, "tlsKeyFile", t.certs.client_key);
	p = tls_producer(&t);
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	tls_close(&t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		address__that_is_not_host_and_port_is_refused,
		address__bad_one_in_a_list_is_named,
		address__none_at_all_is_told,
		address__comes_from_the_environment,
		address__in_the_configuration_wins_over_the_environment,
		refused_port__is_told_with_address_and_phase,
		unresolvable_name__is_told_with_address_and_phase,
		silent_port__ends_at_the_callers_deadline,
		bad_peer__of_every_kind_is_survived,
		bad_peer__broken_frames_are_a_protocol_error,
		bad_peer__that_hangs_up_is_a_lost_connection,
		bad_peer__first_in_the_list_does_no_harm,
		refused_port__heals,
		timeout__of_a_send_is_the_callers,
		close__does_not_wait_for_the_dead,
		tls__right_certificate_works,
		tls__certificate_of_an_unknown_ca_is_refused,
		tls__certificate_of_another_host_is_refused,
		tls__expected_name_can_be_given,
		tls__verification_can_be_switched_off,
		tls__to_a_plain_port_fails,
		tls__silent_port_ends_at_the_deadline,
		tls__plain_to_a_port_that_wants_it_fails,
		tls__both_on_one_port,
		tls__bad_files_are_named,
		tls__certificate_without_its_key_is_refused,
		tls__client_certificate_is_asked_for,
	};

	return run_suite("network", tests, sizeof(tests) / sizeof(tests[0]));
}
