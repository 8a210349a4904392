/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_tls.c - who is trusted, and what is said when somebody is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/tls.h"
#include "tests/net/world.h"
#include "tests/support/child.h"

static struct world w;
static struct certs certs;
static char folder[256];
static struct rmqi_tls_config client, server;

/* A server for "localhost" and 127.0.0.1, a client that trusts its CA. */
static void prepare(const char *names)
{
	ck_assert(make_scratch(folder, sizeof(folder)));
	ck_assert(certs_make(&certs, folder, names));
	client = (struct rmqi_tls_config){.ca_file = certs.ca};
	server = (struct rmqi_tls_config){.cert_file = certs.cert, .key_file = certs.key};
	world_init(&w, W_TLS);
}

static void set_up(void)
{
	prepare("DNS:localhost,IP:127.0.0.1");
}

static void open_world(void)
{
	ck_assert_int_eq(rmqi_tls_new(&server, true, &w.server_tls, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_tls_new(&client, false, &w.client_tls, NULL), RMQ_OK);
	world_open(&w);
}

static void close_world(void)
{
	world_close(&w);
	remove_tree(folder);
}

static void use_name(void)
{
	char port[16];

	snprintf(port, sizeof(port), "%s", strrchr(w.address, ':'));
	snprintf(w.address, sizeof(w.address), "localhost%s", port);
}

/* The call fails with RMQ_ERR_TLS, in phase `phase`, and says `why`. */
static void expect_failure(const char *phase, const char *why)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	const rmq_attempt *attempt;

	ck_assert_int_eq(world_call(&w, W_ECHO, "secret", NULL, W_PATIENCE_MS, d), RMQ_ERR_TLS);
	ck_assert_msg(strstr(rmq_error_detail_message(d), why) != NULL, "%s",
		      rmq_error_detail_message(d));
	attempt = rmq_error_detail_attempt_at(d, 0);
	ck_assert_ptr_nonnull(attempt);
	if (phase)
		ck_assert_str_eq(rmq_phase_text(rmq_attempt_phase(attempt)), phase);
	/* Nothing of the application was heard. */
	ck_assert_uint_eq(atomic_load(&w.requests), 0);
	rmq_error_detail_free(d);
}

START_TEST(tls__accepts_a_good_chain_and_address)
{
	set_up();
	open_world();
	world_expect_echo(&w, "by address");
	close_world();
}
END_TEST

START_TEST(tls__accepts_a_good_chain_and_name)
{
	prepare("DNS:localhost");
	open_world();
	use_name();
	world_expect_echo(&w, "by name");
	close_world();
}
END_TEST

START_TEST(tls__takes_pem_from_memory)
{
	char *ca, *cert, *key;

	set_up();
	ca = read_file(certs.ca);
	cert = read_file(certs.cert);
	key = read_file(certs.key);
	client = (struct rmqi_tls_config){.ca_pem = ca};
	server = (struct rmqi_tls_config){.cert_pem = cert, .key_pem = key};
	open_world();
	world_expect_echo(&w, "x");
	close_world();
	free(ca);
	free(cert);
	free(key);
}
END_TEST

START_TEST(tls__refuses_an_unknown_ca)
{
	set_up();
	client.ca_file = certs.other_ca;
	open_world();
	expect_failure("tls", "certificate verify failed");
	close_world();
}
END_TEST

START_TEST(tls__refuses_the_certificate_of_another_address)
{
	prepare("DNS:localhost,IP:127.0.0.9");
	open_world();
	expect_failure("tls", "IP address mismatch");
	close_world();
}
END_TEST

START_TEST(tls__refuses_the_certificate_of_another_name)
{
	prepare("DNS:elsewhere.example.com");
	open_world();
	use_name();
	expect_failure("tls", "ostname mismatch");
	close_world();
}
END_TEST

START_TEST(tls__verifies_the_given_name_instead)
{
	prepare("DNS:broker.example.com");
	client.server_name = "broker.example.com";
	open_world();
	world_expect_echo(&w, "x");
	close_world();
}
END_TEST

START_TEST(tls__can_check_the_chain_alone)
{
	prepare("DNS:elsewhere.example.com");
	client.skip_host_check = true;
	open_world();
	world_expect_echo(&w, "x");
	close_world();
}
END_TEST

START_TEST(tls__can_be_told_to_trust_anybody)
{
	prepare("DNS:elsewhere.example.com");
	client = (struct rmqi_tls_config){.skip_verify = true};
	open_world();
	world_expect_echo(&w, "x");
	close_world();
}
END_TEST

START_TEST(tls__accepts_a_client_with_the_right_certificate)
{
	set_up();
	server.verify_client = true;
	server.ca_file = certs.ca;
	client.cert_file = certs.client_cert;
	client.key_file = certs.client_key;
	open_world();
	world_expect_echo(&w, "x");
	close_world();
}
END_TEST

START_TEST(tls__refuses_a_client_without_certificate)
{
	set_up();
	server.verify_client = true;
	server.ca_file = certs.ca;
	open_world();
	/* TLS 1.3: the client learns of it when it reads for the first time. */
	expect_failure(NULL, "certificate required; no client certificate is set (tlsCertFile");
	close_world();
}
END_TEST

START_TEST(tls__refuses_a_client_of_another_ca)
{
	set_up();
	server.verify_client = true;
	server.ca_file = certs.other_ca;
	client.cert_file = certs.client_cert;
	client.key_file = certs.client_key;
	open_world();
	expect_failure(NULL, "alert");
	close_world();
}
END_TEST

/* --- Two that do not speak the same ----------------------------------------------------------- */

START_TEST(tls__says_so_when_the_port_is_plain)
{
	set_up();
	ck_assert_int_eq(rmqi_tls_new(&client, false, &w.client_tls, NULL), RMQ_OK);
	world_open(&w); /* the server has no TLS */
	expect_failure("tls", "(does the peer speak TLS? useTLS is on)");
	close_world();
}
END_TEST

START_TEST(tls__says_so_when_the_peer_answers_in_plain_text)
{
	struct noted n = {0};
	int listener, fd;

	set_up();
	open_world();
	listener = raw_listen(w.address, sizeof(w.address));
	world_call_async(&w, W_ECHO, "", W_PATIENCE_MS, &n);
	fd = raw_accept(listener);
	raw_send(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
	world_wait_end(&w, &n);

	ck_assert_int_eq(n.error, RMQ_ERR_TLS);
	ck_assert_int_eq(n.phase, RMQ_PHASE_TLS);
	ck_assert_ptr_nonnull(
		strstr(n.why, "wrong version number (does the peer speak TLS? useTLS"));
	close(fd);
	close(listener);
	close_world();
}
END_TEST

/* A server that speaks nothing but TLS answers our frame with an alert. */
START_TEST(tls__says_so_when_a_plain_client_gets_a_record)
{
	static const unsigned char alert[] = {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46};
	struct rmqi_rpc_config config = {0};
	struct noted n = {0};
	struct rmqi_rpc *plain, *own;
	int listener, fd;

	set_up();
	open_world();
	config.loop = w.client_loop;
	ck_assert_int_eq(rmqi_rpc_new(&config, &plain), RMQ_OK);
	listener = raw_listen(w.address, sizeof(w.address));
	own = w.rpc;
	w.rpc = plain;
	world_call_async(&w, W_ECHO, "", W_PATIENCE_MS, &n);
	w.rpc = own;
	fd = raw_accept(listener);
	raw_send(fd, alert, sizeof(alert));
	world_wait_end(&w, &n);

	ck_assert_int_eq(n.error, RMQ_ERR_PROTOCOL);
	ck_assert_msg(strstr(n.why, "not a RocketMQ frame but TLS (useTLS is off)"), "%s", n.why);
	close(fd);
	close(listener);
	rmqi_rpc_free(plain);
	close_world();
}
END_TEST

START_TEST(tls__gives_up_on_a_silent_port)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	struct noted n = {0};
	int listener;

	set_up();
	w.rpc_config.connect_timeout_ms = 100;
	open_world();
	listener = raw_listen(w.address, sizeof(w.address));

	world_call_async(&w, W_ECHO, "", W_PATIENCE_MS, &n);
	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, 30, d), RMQ_ERR_TIMEOUT);
	world_wait_end(&w, &n);

	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "TLS handshake with"));
	ck_assert_int_eq(n.error, RMQ_ERR_TLS);
	ck_assert_ptr_nonnull(strstr(n.why, "not finished within 100 ms"));
	rmq_error_detail_free(d);
	close(listener);
	close_world();
}
END_TEST

START_TEST(tls__serves_plain_and_tls_on_one_port)
{
	struct rmqi_rpc_config config = {0};
	struct rmqi_outgoing o = {.code = W_ECHO};
	struct rmqi_rpc *plain;

	set_up();
	open_world();
	config.loop = w.client_loop;
	ck_assert_int_eq(rmqi_rpc_new(&config, &plain), RMQ_OK);

	world_expect_echo(&w, "tls");
	ck_assert_int_eq(rmqi_rpc_call(plain, w.address, &o, world_deadline(&w, W_PATIENCE_MS),
				       NULL, NULL, NULL),
			 RMQ_OK);

	rmqi_rpc_free(plain);
	close_world();
}
END_TEST

START_TEST(tls__can_refuse_plain_peers)
{
	struct rmqi_rpc_config config = {0};
	struct rmqi_outgoing o = {.code = W_ECHO};
	struct rmq_error_detail *d = rmqi_detail_new();
	struct rmqi_rpc *plain;

	set_up();
	w.server_config.require_tls = true;
	open_world();
	config.loop = w.client_loop;
	ck_assert_int_eq(rmqi_rpc_new(&config, &plain), RMQ_OK);

	world_expect_echo(&w, "tls");
	ck_assert_int_eq(rmqi_rpc_call(plain, w.address, &o, world_deadline(&w, W_PATIENCE_MS),
				       NULL, NULL, d),
			 RMQ_ERR_CONNECTION_LOST);
	ck_assert_msg(strstr(rmq_error_detail_message(d), "(does it want TLS? useTLS is off)"),
		      "%s", rmq_error_detail_message(d));
	rmq_error_detail_free(d);
	ck_assert_uint_eq(atomic_load(&w.requests), 1);

	rmqi_rpc_free(plain);
	close_world();
}
END_TEST

START_TEST(tls__closes_a_peer_that_breaks_the_records)
{
	static const unsigned char hello[] = {0x16, 0x03, 0x01, 0x00, 0x05, 9, 9, 9, 9, 9};
	int fd;

	set_up();
	open_world();
	fd = raw_connect(w.address);
	raw_send(fd, hello, sizeof(hello));
	ck_assert(raw_is_ended(fd));
	world_expect_echo(&w, "others go on");
	close(fd);
	close_world();
}
END_TEST

/* --- Settings ---------------------------------------------------------------------------------- */

static void expect_refused(const struct rmqi_tls_config *config, bool is_server,
			   enum rmq_error expected, const char *why)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	struct rmqi_tls *t = NULL;

	ck_assert_int_eq(rmqi_tls_new(config, is_server, &t, d), expected);
	ck_assert_ptr_null(t);
	ck_assert_msg(strstr(rmq_error_detail_message(d), why) != NULL, "%s",
		      rmq_error_detail_message(d));
	rmq_error_detail_free(d);
}

START_TEST(tls__names_the_setting_that_is_wrong)
{
	struct rmqi_tls_config c = {0};

	set_up();

	expect_refused(&c, true, RMQ_ERR_TLS, "needs a certificate and its key");
	c.cert_file = certs.cert;
	expect_refused(&c, false, RMQ_ERR_TLS, "needs a certificate and its key");
	c.key_file = "/no/such/file";
	expect_refused(&c, true, RMQ_ERR_IO, "cannot read /no/such/file: No such file");
	c.key_file = certs.client_key;
	expect_refused(&c, true, RMQ_ERR_TLS, "cannot use the private key of");
	c.key_file = certs.cert;
	expect_refused(&c, true, RMQ_ERR_TLS, "cannot use the private key of");
	c.cert_file = certs.key;
	c.key_file = certs.key;
	expect_refused(&c, true, RMQ_ERR_TLS, "cannot use the certificate of");
	c = (struct rmqi_tls_config){.ca_pem = "nonsense"};
	expect_refused(&c, false, RMQ_ERR_TLS, "cannot use the trusted certificates");
	c = server;
	c.verify_client = true;
	expect_refused(&c, true, RMQ_ERR_TLS, "cannot be verified without a CA");

	rmqi_tls_free(NULL);
	remove_tree(folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tls__accepts_a_good_chain_and_address,
		tls__accepts_a_good_chain_and_name,
		tls__takes_pem_from_memory,
		tls__refuses_an_unknown_ca,
		tls__refuses_the_certificate_of_another_address,
		tls__refuses_the_certificate_of_another_name,
		tls__verifies_the_given_name_instead,
		tls__can_check_the_chain_alone,
		tls__can_be_told_to_trust_anybody,
		tls__accepts_a_client_with_the_right_certificate,
		tls__refuses_a_client_without_certificate,
		tls__refuses_a_client_of_another_ca,
		tls__says_so_when_the_port_is_plain,
		tls__says_so_when_the_peer_answers_in_plain_text,
		tls__says_so_when_a_plain_client_gets_a_record,
		tls__gives_up_on_a_silent_port,
		tls__serves_plain_and_tls_on_one_port,
		tls__can_refuse_plain_peers,
		tls__closes_a_peer_that_breaks_the_records,
		tls__names_the_setting_that_is_wrong,
	};

	return world_suite("tls", NULL, 0, tests, RMQI_COUNT(tests));
}
