/* SPDX-License-Identifier: Apache-2.0 */
/* t_http.c - the pages of a cluster over HTTP, and peers that do not mean well. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/detail.h"
#include "mock-broker/cluster.h"
#include "mock-broker/http.h"
#include "tests/support/child.h"
#include "tests/support/suite.h"

/* More than the sockets of one connection hold. */
enum { WAIT_MS = 20000, HUNDREDS = 80000, PIPELINED = 40000 };

static const char hundred[] = "0123456789012345678901234567890123456789012345678901234567890123456789"
			      "012345678901234567890123456789";

static struct rmqi_loop *loop;
static struct mb_http *http;
static char got[16 * 1024 * 1024]; /* what the server said, to its end */
static size_t got_len;

static void serve(void *arg, struct mb_http_call *call)
{
	struct rmqi_str path = call->request.path;

	(void)arg;
	if (rmqi_str_is(path, "/big")) {
		for (int i = 0; i < HUNDREDS; i++)
			rmqi_buf_add_text(&call->body, hundred);
	} else if (rmqi_str_is(path, "/too-big")) {
		for (int i = 0; i < 2 * MB_HTTP_BODY_MAX / 100; i++)
			rmqi_buf_add_text(&call->body, hundred);
	} else if (rmqi_str_is(path, "/echo")) {
		rmqi_buf_add_str(&call->body, rmqi_cursor_str(call->request.body));
	} else if (!rmqi_str_is(path, "/here")) {
		call->status = 404;
	} else {
		call->type = "text/x-test";
		rmqi_buf_add_text(&call->body, "hello\n");
	}
	mb_http_answer(call);
}

static bool is_kept; /* connections, after an answer */

static void begin(int64_t timeout_ms)
{
	struct mb_http_config config = {
		.host = "127.0.0.1", .timeout_ms = timeout_ms, .is_kept = is_kept, .serve = serve};

	ck_assert_int_eq(rmqi_loop_new(rmqi_env_real(), "test", &loop), RMQ_OK);
	config.loop = loop;
	ck_assert_int_eq(mb_http_new(&config, &http, NULL), RMQ_OK);
}

static void end(void)
{
	mb_http_free(http);
	rmqi_loop_free(loop);
}

static int dial(const char *address)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	const char *colon = strrchr(address, ':');
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	sa.sin_port = htons((uint16_t)atoi(colon + 1));
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Everything until the server closes. */
static void listen_to(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n = 1;

	got_len = 0;
	while (n > 0) {
		ck_assert_msg(poll(&p, 1, WAIT_MS) == 1, "nothing for too long");
		ck_assert_uint_lt(got_len, sizeof(got) - 1);
		n = recv(fd, got + got_len, sizeof(got) - 1 - got_len, 0);
		got_len += n > 0 ? (size_t)n : 0;
	}
	got[got_len] = '\0';
	close(fd);
}

static const char *ask_at(const char *address, const char *request)
{
	int fd = dial(address);

	say(fd, request);
	listen_to(fd);
	return got;
}

static const char *ask(const char *request)
{
	return ask_at(mb_http_address(http), request);
}

static int status_of(const char *request)
{
	int status = -1;

	ck_assert_int_eq(sscanf(ask(request), "HTTP/1.1 %d ", &status), 1);
	return status;
}

START_TEST(http__serves_a_page)
{
	begin(0);
	ck_assert_str_eq(ask("GET /here?x=y HTTP/1.1\r\nHost: h\r\n\r\n"),
			 "HTTP/1.1 200 OK\r\nContent-Type: text/x-test\r\nContent-Length: 6\r\n"
			 "Connection: close\r\n\r\nhello\n");
	ck_assert_str_eq(ask("HEAD /here HTTP/1.0\r\n\r\n"),
			 "HTTP/1.1 200 OK\r\nContent-Type: text/x-test\r\nContent-Length: 6\r\n"
			 "Connection: close\r\n\r\n");
	ck_assert_int_eq(status_of("GET /nowhere HTTP/1.1\r\n\r\n"), 404);
	ck_assert_int_eq(status_of("GET /here HTTP/1.1\n\n"), 200);
	end();
}
END_TEST

START_TEST(http__sends_what_does_not_fit_at_once)
{
	begin(0);
	ask("GET /big HTTP/1.1\r\n\r\n");
	ck_assert_uint_gt(got_len, HUNDREDS * 100);
	ck_assert_str_eq(got + got_len - 10, "0123456789");
	ck_assert_int_eq(status_of("GET /too-big HTTP/1.1\r\n\r\n"), 500);
	end();
}
END_TEST

START_TEST(http__refuses_what_it_does_not_understand)
{
	begin(0);
	ck_assert_int_eq(status_of("GET here HTTP/1.1\r\n\r\n"), 400);
	ck_assert_int_eq(status_of("GET http://other/here HTTP/1.1\r\n\r\n"), 400);
	ck_assert_int_eq(status_of("GET /here\r\n\r\n"), 400);
	ck_assert_int_eq(status_of("\r\n\r\n"), 400);
	ck_assert_int_eq(status_of("GET /here HTTP/2.0\r\n\r\n"), 505);
	ck_assert_int_eq(status_of("GET /here SPDY\r\n\r\n"), 400);
	ck_assert_int_eq(status_of("\x16\x03\x01\x02\n\n"), 400);
	end();
}
END_TEST

START_TEST(http__takes_a_body)
{
	static char large[MB_HTTP_TEXT_MAX + 1000];
	int fd;

	begin(0);
	ask("POST /echo HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcdef");
	ck_assert_ptr_nonnull(strstr(got, "Content-Length: 3\r\nConnection: close\r\n\r\nabc"));
	ck_assert_int_eq(status_of("POST /echo HTTP/1.1\n\n"), 200);
	snprintf(large, sizeof(large), "POST /echo HTTP/1.1\r\nContent-Length: %d\r\n\r\n",
		 MB_HTTP_TEXT_MAX);
	memset(large + strlen(large), 'x', MB_HTTP_TEXT_MAX);
	ask(large);
	ck_assert_uint_gt(got_len, MB_HTTP_TEXT_MAX);
	ck_assert_int_eq(status_of("POST /echo HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n"), 413);
	ck_assert_int_eq(
		status_of("POST /echo HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"),
		400);
	ck_assert_int_eq(status_of("POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400);
	ck_assert_int_eq(status_of("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n"
				   "Content-Length: 4\r\n\r\nabcd"),
			 400);
	ck_assert_int_eq(
		status_of("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), 411);
	ck_assert_int_eq(status_of("GET /here HTTP/1.1\r\nno colon\r\n\r\n"), 400);
	ck_assert_int_eq(status_of("GET /here HTTP/1.1\r\n folded: x\r\n\r\n"), 400);
	/* It is told to go on, and half of a body is no request. */
	fd = dial(mb_http_address(http));
	say(fd, "POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
	say(fd, "abc");
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	listen_to(fd);
	ck_assert_str_eq(got, "HTTP/1.1 100 Continue\r\n\r\n");
	end();
}
END_TEST

static size_t count_of(const char *word)
{
	size_t n = 0;

	for (const char *at = got; (at = strstr(at, word)) != NULL; at += strlen(word))
		n++;
	return n;
}

START_TEST(http__keeps_a_connection_for_further_requests)
{
	static const char one[] = "GET /here HTTP/1.1\n\n";
	static char many[PIPELINED * sizeof(one)];
	int fd;

	is_kept = true;
	begin(0);
	fd = dial(mb_http_address(http));
	say(fd, "POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /nowhere HTTP/1.1\r\n");
	say(fd, "\r\nHEAD /here HTTP/1.1\r\n\r\n");
	say(fd, "GET /here HTTP/1.1\r\nConnection: te, Close\r\n\r\nGET /here HTTP/1.1\r\n\r\n");
	listen_to(fd);
	ck_assert_uint_eq(count_of("HTTP/1.1 200 OK\r\n"), 3);
	ck_assert_uint_eq(count_of("HTTP/1.1 404 Not Found\r\n"), 1);
	ck_assert_uint_eq(count_of("hello\n"), 1);
	ck_assert_uint_eq(count_of("Connection: close\r\n"), 1);
	/* Many at once, from one that then ends its side. */
	for (size_t i = 0; i < PIPELINED; i++)
		memcpy(many + i * (sizeof(one) - 1), one, sizeof(one));
	fd = dial(mb_http_address(http));
	say(fd, many);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	listen_to(fd);
	ck_assert_uint_eq(count_of("hello\n"), PIPELINED);
	end();
	is_kept = false;
}
END_TEST

START_TEST(http__a_head_without_end_is_cut_off)
{
	static char head[MB_HTTP_HEAD_MAX + 1];

	begin(0);
	memset(head, 'a', sizeof(head) - 1);
	ck_assert_int_eq(status_of(head), 431);
	end();
}
END_TEST

/* More than the answer waits for is said: the answer must arrive all the same, not a reset. */
START_TEST(http__answers_who_says_too_much)
{
	static char more[256 * 1024];
	int fd;

	begin(0);
	memset(more, 'a', sizeof(more) - 1);
	fd = dial(mb_http_address(http));
	say(fd, "GET /here HTTP/1.1\r\n\r\n");
	say(fd, more);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	listen_to(fd);
	ck_assert_ptr_nonnull(strstr(got, "hello\n"));
	end();
}
END_TEST

START_TEST(http__who_says_nothing_is_closed_after_its_time)
{
	int silent, slow;

	begin(300);
	silent = dial(mb_http_address(http));
	slow = dial(mb_http_address(http));
	(void)!send(slow, "GET /here HT", 12, MSG_NOSIGNAL); /* it may be too late */
	listen_to(silent);
	ck_assert_uint_eq(got_len, 0);
	listen_to(slow);
	ck_assert_uint_eq(got_len, 0);
	end();
}
END_TEST

static int is_empty(void *arg)
{
	return mb_http_count(arg) == 0;
}

START_TEST(http__who_never_reads_is_closed_after_its_time)
{
	int fds[4];

	begin(3000);
	for (size_t i = 0; i < 4; i++) {
		fds[i] = dial(mb_http_address(http));
		say(fds[i], "GET /big HTTP/1.1\r\n\r\n");
	}
	/* Nobody of them holds up another one. */
	ck_assert_int_eq(status_of("GET /here HTTP/1.1\r\n\r\n"), 200);
	ck_assert(wait_real(is_empty, http, WAIT_MS));
	for (size_t i = 0; i < 4; i++) {
		listen_to(fds[i]);
		ck_assert_uint_lt(got_len, HUNDREDS * 100);
	}
	end();
}
END_TEST

START_TEST(http__has_room_for_so_many)
{
	int fds[MB_HTTP_CONNS_MAX], one_more;

	begin(0);
	for (size_t i = 0; i < MB_HTTP_CONNS_MAX; i++)
		fds[i] = dial(mb_http_address(http));
	one_more = dial(mb_http_address(http));
	listen_to(one_more);
	ck_assert_uint_eq(got_len, 0);
	say(fds[0], "GET /here HTTP/1.1\r\n\r\n");
	listen_to(fds[0]);
	ck_assert_ptr_nonnull(strstr(got, "hello\n"));
	end(); /* with the others open */
	for (size_t i = 1; i < MB_HTTP_CONNS_MAX; i++)
		close(fds[i]);
}
END_TEST

/* ---- the pages of a cluster ---- */

static struct rmq_mock_cluster *cluster;

static void begin_cluster(void)
{
	const struct mb_cluster_options o = {.brokers = 2,
					     .namesrvs = 1,
					     .metrics_listen = "127.0.0.1:0",
					     .log_level = RMQ_LOG_ERROR};

	ck_assert_int_eq(mb_cluster_new(&o, &cluster, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_create_topic(cluster, "T", 1, NULL), RMQ_OK);
}

static bool says(const char *line)
{
	return strstr(got, line) != NULL;
}

START_TEST(pages__metrics_are_those_of_both_brokers)
{
	begin_cluster();
	ask_at(mb_cluster_pages(cluster), "GET /metrics HTTP/1.1\r\n\r\n");
	ck_assert(says("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
	ck_assert(says("# TYPE rocketmq_broker_permission gauge\n"
		       "rocketmq_broker_permission{node_type=\"broker\",cluster=\"DefaultCluster\","
		       "node_id=\"broker-a\"} 6\n"
		       "rocketmq_broker_permission{node_type=\"broker\",cluster=\"DefaultCluster\","
		       "node_id=\"broker-b\"} 6\n"));
	ck_assert(says("# TYPE rocketmq_messages_in_total counter\n"));
	ck_assert(says("rmq_mock_nodes_running{node_type=\"broker\"} 2\n"));
	ck_assert(says(
		"rmq_mock_requests_total{request_code=\"103\",request=\"REGISTER_BROKER\"} "));
	ck_assert_int_eq(got[got_len - 1], '\n');
	ask_at(mb_cluster_pages(cluster),
	       "GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text;version=1.0.0;q=0.5,"
	       "text/plain;version=0.0.4;q=0.3\r\n\r\n");
	ck_assert(says("Content-Type: application/openmetrics-text; version=1.0.0; "
		       "charset=utf-8\r\n"));
	ck_assert(says("# TYPE rocketmq_messages_in counter\n"));
	ck_assert(says("\nrmq_mock_requests_total{"));
	ck_assert_str_eq(got + got_len - 6, "# EOF\n");
	ask_at(mb_cluster_pages(cluster),
	       "GET /metrics HTTP/1.1\r\nAccept: text/html, text/plain\r\n\r\n");
	ck_assert(says("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
	ck_assert(!says("# EOF"));
	ask_at(mb_cluster_pages(cluster), "POST /metrics HTTP/1.1\r\n\r\n");
	ck_assert(says("HTTP/1.1 405 ") && says("Allow: GET, HEAD\r\n"));
	mb_cluster_free(cluster);
}
END_TEST

START_TEST(pages__health_is_that_of_every_node)
{
	begin_cluster();
	ask_at(mb_cluster_pages(cluster), "GET /healthz HTTP/1.1\r\n\r\n");
	ck_assert(says("HTTP/1.1 200 OK\r\n") && says("\r\n\r\nok\n"));
	ck_assert_int_eq(mb_cluster_broker_stop(cluster, "broker-b", false, NULL), RMQ_OK);
	ask_at(mb_cluster_pages(cluster), "GET /healthz HTTP/1.1\r\n\r\n");
	ck_assert(says("HTTP/1.1 503 ") && says("broker-b does not run\n"));
	ask_at(mb_cluster_pages(cluster), "GET /metrics HTTP/1.1\r\n\r\n");
	ck_assert(says("node_id=\"broker-a\"") && !says("node_id=\"broker-b\""));
	ck_assert_int_eq(mb_cluster_broker_start(cluster, "broker-b", NULL), RMQ_OK);
	ask_at(mb_cluster_pages(cluster), "GET /healthz HTTP/1.1\r\n\r\n");
	ck_assert(says("HTTP/1.1 200 OK\r\n"));
	mb_cluster_free(cluster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		http__serves_a_page,
		http__sends_what_does_not_fit_at_once,
		http__refuses_what_it_does_not_understand,
		http__takes_a_body,
		http__keeps_a_connection_for_further_requests,
		http__a_head_without_end_is_cut_off,
		http__answers_who_says_too_much,
		http__who_says_nothing_is_closed_after_its_time,
		http__who_never_reads_is_closed_after_its_time,
		http__has_room_for_so_many,
		pages__metrics_are_those_of_both_brokers,
		pages__health_is_that_of_every_node,
	};

	return run_suite("http", tests, sizeof(tests) / sizeof(tests[0]));
}
