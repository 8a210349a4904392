/* SPDX-License-Identifier: Apache-2.0 */
/* t_limits.c - peers that take more than their share: each is bounded, by counts, and honest ones go on. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/frame.h"
#include "net/address.h"
#include "tests/broker/rig.h"

enum { DEADLINE_MS = 20000, BODY = 100 * 1024 };

static struct rig *rig;
static struct peer *peer;

/* Real time and sockets. */
static void begin_real(const char *conf)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.virtual_time = false;
	o.host = "127.0.0.1";
	o.broker_conf = conf;
	rig = rig_new_with(&o);
	peer = peer_new(rig);
}

static void begin(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static int dial_to(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct rmqi_address a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int small = 4096;

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	ck_assert_int_eq(rmqi_address_parse(rmqi_str(address), &a), RMQ_OK);
	to.sin_port = htons(a.port);
	ck_assert_int_eq(inet_pton(AF_INET, a.host, &to.sin_addr), 1);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static int dial(void)
{
	return dial_to(rig->broker);
}

/* Has the other side closed within the deadline? */
static bool is_closed(int fd, int timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char byte;

	if (poll(&p, 1, timeout_ms) <= 0)
		return false;
	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) <= 0 && errno != EAGAIN;
}

/* A pull of the first messages, as bytes of a frame. */
static void add_pull(struct rmqi_buf *out, int32_t opaque)
{
	struct rmqi_h_pull_message h;
	const struct rmqi_command_meta meta = {.serialization = RMQI_BINARY,
					       .code = RMQI_REQ_PULL_MESSAGE,
					       .language = RMQI_LANGUAGE_CPP,
					       .version = RMQI_VERSION,
					       .opaque = opaque};

	peer_pull_header(&h, "G", "T", 0, 0);
	ck_assert_int_eq(rmqi_command_encode(out, &meta, &rmqi_desc_pull_message, &h, NULL, 0, 0),
			 RMQ_OK);
}

/* Writes as much as is taken while nothing is read; the requests that were. */
static size_t pull_without_reading(int fd, size_t most)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	struct rmqi_buf frame;
	size_t done = 0;

	rmqi_buf_init(&frame, 4096);
	while (done < most) {
		size_t at = 0;

		rmqi_buf_reset(&frame);
		add_pull(&frame, (int32_t)done);
		while (at < frame.len) {
			ssize_t n = send(fd, rmqi_buf_data(&frame) + at, frame.len - at,
					 MSG_DONTWAIT | MSG_NOSIGNAL);

			if (n > 0)
				at += (size_t)n;
			else if (poll(&p, 1, 300) <= 0)
				goto out;
		}
		done++;
	}
out:
	rmqi_buf_deinit(&frame);
	return done;
}

static void send_large(int count)
{
	static char body[BODY + 1];

	memset(body, 'x', BODY);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, body, NULL), 0);
}

/* Ten pullers that never read: what the broker answers is bounded by the mark, not by what they ask. */
START_TEST(limits__bound_a_puller_that_never_reads)
{
	enum { PULLERS = 10, ASKED = 2000 };
	int fds[PULLERS];
	uint64_t answered;

	begin_real("writeBufferHighWaterMark=262144\n");
	send_large(1);
	for (int i = 0; i < PULLERS; i++)
		fds[i] = dial();
	for (int i = 0; i < PULLERS; i++)
		(void)pull_without_reading(fds[i], ASKED);
	/* By then the loop has been everywhere many times. */
	for (int i = 0; i < 500; i++)
		ck_assert_int_eq(peer_send(peer, "Other", 0, "x", NULL), 0);
	answered = mb_cluster_request_count(rig->cluster, RMQI_REQ_PULL_MESSAGE);
	/* The mark, one answer, and what the two sockets hold: some 4 MiB each at most, on any kernel. */
	ck_assert_uint_lt(answered, PULLERS * (size_t)((262144 + 8 * 1024 * 1024) / BODY));
	/* An honest one goes on. */
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	for (int i = 0; i < PULLERS; i++)
		close(fds[i]);
	end();
}
END_TEST

START_TEST(limits__count_connections)
{
	int fds[8], extra;

	begin_real("serverConnectionMax=9\n");
	send_large(1); /* one is the peer's */
	for (int i = 0; i < 8; i++) {
		struct rmqi_buf frame;

		fds[i] = dial();
		rmqi_buf_init(&frame, 4096);
		add_pull(&frame, 1);
		ck_assert_int_eq(send(fds[i], rmqi_buf_data(&frame), frame.len, MSG_NOSIGNAL),
				 (ssize_t)frame.len);
		rmqi_buf_deinit(&frame);
		ck_assert(!is_closed(fds[i], DEADLINE_MS)); /* answered */
	}
	extra = dial();
	ck_assert(is_closed(extra, DEADLINE_MS));
	close(extra);
	/* Who has one keeps it, and one that goes makes room. */
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	close(fds[0]);
	for (int i = 0; i < 1000; i++) {
		extra = dial();
		if (!is_closed(extra, 20))
			break;
		close(extra);
		extra = -1;
	}
	ck_assert_int_ge(extra, 0);
	close(extra);
	for (int i = 1; i < 8; i++)
		close(fds[i]);
	end();
}
END_TEST

/* A frame that does not end, and a peer that says nothing. */
START_TEST(limits__do_not_wait_for_ever)
{
	int slow, silent;

	begin_real("serverPartialFrameTimeout=200\nserverChannelMaxIdleTimeSeconds=1\n");
	slow = dial();
	silent = dial();
	ck_assert_int_eq(send(slow, "\0\0\0\x40\0", 5, MSG_NOSIGNAL), 5);
	ck_assert(is_closed(slow, DEADLINE_MS));
	ck_assert(is_closed(silent, DEADLINE_MS));
	close(slow);
	close(silent);
	end();
}
END_TEST

/* Those of a name server have the same keys, in its own file. */
START_TEST(limits__hold_for_name_servers)
{
	struct mb_cluster_options o;
	int first, extra;

	rig_options(&o);
	o.virtual_time = false;
	o.host = "127.0.0.1";
	/* The broker has one. */
	o.namesrv_conf = "serverConnectionMax=2\nserverPartialFrameTimeout=200\n";
	rig = rig_new_with(&o);
	first = dial_to(rig->namesrv);
	ck_assert(!is_closed(first, 100));
	extra = dial_to(rig->namesrv);
	ck_assert(is_closed(extra, DEADLINE_MS));
	ck_assert_int_eq(send(first, "\0\0\0\x40\0", 5, MSG_NOSIGNAL), 5);
	ck_assert(is_closed(first, DEADLINE_MS));
	close(extra);
	close(first);
	rig_free(rig);
}
END_TEST

/* Held pulls are requests without an answer. */
START_TEST(limits__count_what_one_peer_has_in_flight)
{
	static struct held held[6];

	begin("serverInFlightMax=4\n");
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	for (int i = 0; i < 6; i++)
		peer_hold(peer, &held[i], "G", "T", 0, 0, 10000, "*");
	rig_advance(rig, 100);
	for (int i = 0; i < 4; i++)
		ck_assert(!held[i].is_done);
	for (int i = 4; i < 6; i++) {
		ck_assert(held[i].is_done);
		ck_assert_int_eq(held[i].code, RMQI_RESP_SYSTEM_BUSY);
	}
	/* Another connection is another peer. */
	peer_free(peer_new(rig));
	rig_advance(rig, 20000);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(held[i].code, RMQI_RESP_PULL_NOT_FOUND);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		limits__bound_a_puller_that_never_reads,
		limits__count_connections,
		limits__do_not_wait_for_ever,
		limits__hold_for_name_servers,
		limits__count_what_one_peer_has_in_flight,
	};

	return run_suite("limits", tests, RMQI_COUNT(tests));
}
