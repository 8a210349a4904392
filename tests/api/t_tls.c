/* SPDX-License-Identifier: Apache-2.0 */
/* t_tls.c - TLS: certificates, names, files, and peers that do not speak it. */
#include "tests/api/api.h"
#include "tests/support/bad_peer.h"
#include "tests/support/certs.h"

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

	return run_suite("tls", tests, sizeof(tests) / sizeof(tests[0]));
}
