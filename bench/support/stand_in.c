/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/stand_in.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/support/measure.h"
#include "bench/support/raw.h"
#include "codec/codes.h"

enum {
	GUESTS = 8,
	INPUT_SIZE = 2 * 1024 * 1024,
	OUTPUT_SIZE = 4 * 1024 * 1024,
	LOG_SIZE = 64 * 1024 * 1024,
	FILE_SIZE = 1024 * 1024 * 1024, /* then it begins anew */
	FILE_STEP = 16 * 1024 * 1024,   /* that gets blocks at once, as a store's */
	OPAQUE_AT = RMQI_FRAME_PREFIX + 5
};

struct guest {
	int fd;
	uint8_t *input;
	size_t len;
};

struct stand_in {
	struct guest guests[GUESTS];
	size_t count;
	struct rmqi_buf answer; /* to a send; its opaque is filled in */
	uint8_t *output;
	size_t output_len;
	uint8_t *log;
	size_t log_at;
	size_t log_size;
	int file;          /* -1: the log is memory */
	size_t has_blocks; /* of the file */
};

static pid_t pid;
static char address[64];

static void *memory_of(size_t size)
{
	void *at = malloc(size);

	if (!at)
		bench_die("out of memory");
	memset(at, 1, size); /* its pages are there */
	return at;
}

/* As long as a broker's. */
static void make_answer(struct rmqi_buf *out)
{
	struct rmqi_h_send_message_response h = {
		.msgId = RMQI_STR("7F0000010000B5AD0000000000000000"), .queueOffset = 100000};
	const struct rmqi_command_meta m = {.serialization = RMQI_BINARY,
					    .language = RMQI_LANGUAGE_CPP,
					    .version = RMQI_VERSION,
					    .flag = RMQI_FLAG_RESPONSE};

	RMQI_SET(&h, send_message_response, transactionId, h.msgId);
	RMQI_SET(&h, send_message_response, MSG_REGION, RMQI_STR("DefaultRegion"));
	RMQI_SET(&h, send_message_response, TRACE_ON, true);
	rmqi_buf_init(out, 4096);
	if (rmqi_command_encode(out, &m, &rmqi_desc_send_message_response, &h, NULL, 0, 0) !=
	    RMQ_OK)
		bench_die("the answer cannot be encoded");
}

/* A file without a name, mapped; its pages are not there yet. */
static void open_log(struct stand_in *s, const char *folder)
{
	char path[PATH_MAX];

	s->file = -1;
	s->log_size = LOG_SIZE;
	if (!folder) {
		s->log = memory_of(LOG_SIZE);
		return;
	}
	s->log_size = FILE_SIZE;
	snprintf(path, sizeof(path), "%s/rmq-stand-in-XXXXXX", folder);
	s->file = mkstemp(path);
	if (s->file < 0 || unlink(path) != 0 || ftruncate(s->file, FILE_SIZE) != 0)
		bench_die("%s: %s", path, strerror(errno));
	s->log = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, s->file, 0);
	if (s->log == MAP_FAILED)
		bench_die("mmap: %s", strerror(errno));
}

static void make_room(struct stand_in *s, size_t len)
{
	if (len > s->log_size - s->log_at)
		s->log_at = 0;
	while (s->file >= 0 && s->log_at + len > s->has_blocks) {
		if (posix_fallocate(s->file, (off_t)s->has_blocks, FILE_STEP) != 0)
			_exit(EXIT_FAILURE);
		s->has_blocks += FILE_STEP;
	}
}

static void take_frame(struct stand_in *s, const uint8_t *frame, size_t len)
{
	uint8_t *to = s->output + s->output_len;

	make_room(s, len);
	memcpy(s->log + s->log_at, frame, len);
	s->log_at += len;
	memcpy(to, rmqi_buf_data(&s->answer), s->answer.len);
	memcpy(to + OPAQUE_AT, frame + OPAQUE_AT, sizeof(uint32_t));
	s->output_len += s->answer.len;
}

static size_t length_at(const uint8_t *p)
{
	return 4 + ((size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]);
}

static void write_answers(struct stand_in *s, int fd)
{
	for (size_t at = 0; at < s->output_len;) {
		ssize_t n = send(fd, s->output + at, s->output_len - at, MSG_NOSIGNAL);

		if (n <= 0)
			_exit(EXIT_FAILURE);
		at += (size_t)n;
	}
	s->output_len = 0;
}

/* False: the guest has left. */
static bool serve(struct stand_in *s, struct guest *g)
{
	ssize_t n = recv(g->fd, g->input + g->len, INPUT_SIZE - g->len, MSG_DONTWAIT);
	size_t at = 0, len;

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	g->len += (size_t)n;
	while (g->len - at >= RMQI_FRAME_PREFIX) {
		len = length_at(g->input + at);
		if (len > g->len - at)
			break;
		if (s->output_len > OUTPUT_SIZE - s->answer.len)
			write_answers(s, g->fd);
		take_frame(s, g->input + at, len);
		at += len;
	}
	memmove(g->input, g->input + at, g->len - at);
	g->len -= at;
	write_answers(s, g->fd);
	return true;
}

static void welcome(struct stand_in *s, int listener)
{
	int fd = accept(listener, NULL, NULL), one = 1;

	if (fd < 0 || s->count == GUESTS)
		_exit(EXIT_FAILURE);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	s->guests[s->count++] = (struct guest){.fd = fd, .input = memory_of(INPUT_SIZE)};
}

static void dismiss(struct stand_in *s, size_t i)
{
	close(s->guests[i].fd);
	free(s->guests[i].input);
	s->guests[i] = s->guests[--s->count];
}

static _Noreturn void run(int listener, const char *folder)
{
	struct stand_in s = {.output = memory_of(OUTPUT_SIZE)};
	struct pollfd p[1 + GUESTS];

	open_log(&s, folder);
	make_answer(&s.answer);
	for (;;) {
		p[0] = (struct pollfd){.fd = listener, .events = POLLIN};
		for (size_t i = 0; i < s.count; i++)
			p[1 + i] = (struct pollfd){.fd = s.guests[i].fd, .events = POLLIN};
		if (poll(p, 1 + s.count, -1) < 0)
			_exit(EXIT_FAILURE);
		for (size_t i = s.count; i-- > 0;)
			if (p[1 + i].revents && !serve(&s, &s.guests[i]))
				dismiss(&s, i);
		if (p[0].revents)
			welcome(&s, listener);
	}
}

static int listen_somewhere(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	union {
		struct sockaddr_in *in;
		struct sockaddr *any;
	} at = {.in = &in};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, at.any, len) != 0 || listen(fd, GUESTS) != 0 ||
	    getsockname(fd, at.any, &len) != 0)
		bench_die("the stand-in cannot listen: %s", strerror(errno));
	snprintf(address, sizeof(address), "127.0.0.1:%d", (int)ntohs(in.sin_port));
	return fd;
}

void stand_in_start(const char *folder)
{
	static bool is_registered;
	int listener = listen_somewhere();

	if (!is_registered)
		atexit(stand_in_stop);
	is_registered = true;
	pid = fork();
	if (pid < 0)
		bench_die("fork: %s", strerror(errno));
	if (pid == 0) {
#ifdef __linux__
		prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
		signal(SIGTERM, SIG_DFL);
		run(listener, folder);
	}
	close(listener);
}

void stand_in_stop(void)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	pid = 0;
}

const char *stand_in_address(void)
{
	return address;
}
