/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker_idle.c - what the daemon holds: resident memory after its start, and for each of many connections that
 * have asked once and are silent since; what they cost it then. See README.md.
 */
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"

enum { CONNECTIONS = 10 * 1000, OTHERS = 64, QUIET_S = 3 };

#define TOPIC "broker_idle"

/* As many as there may be descriptors here. */
static size_t allowed(size_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		bench_die("the limit of descriptors is not known");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted + OTHERS) {
		bench_say("only %llu descriptors are allowed", (unsigned long long)limit.rlim_max);
		return (size_t)limit.rlim_max - OTHERS;
	}
	return wanted;
}

static void encode_question(struct rmqi_buf *out)
{
	const struct rmqi_h_get_max_offset h = {.topic = RMQI_STR(TOPIC)};

	raw_encode(out, RMQI_JSON, RMQI_REQ_GET_MAX_OFFSET, 1, &rmqi_desc_get_max_offset, &h,
		   rmqi_cursor(NULL, 0));
}

/* Asks once; what is left is the socket. */
static int connect_once(const char *address, const struct rmqi_buf *question)
{
	struct raw_answer a;
	struct raw r;

	raw_open(&r, address);
	raw_call(&r, rmqi_buf_data(question), question->len, &a);
	if (a.code != 0)
		bench_die("response code %d", (int)a.code);
	free(r.input);
	return r.fd;
}

static void run(size_t count)
{
	int *fds = calloc(count, sizeof(*fds));
	struct rmqi_buf question;
	char address[SCENE_ADDRESS];
	double empty, full, cpu;

	if (!fds)
		bench_die("out of memory");
	bench_figure("resident_after_start", "MiB", mock_resident_kib() / 1024, NAN);
	scene_topic(TOPIC);
	scene_broker(TOPIC, address);
	rmqi_buf_init(&question, 4096);
	encode_question(&question);
	empty = mock_resident_kib();
	for (size_t i = 0; i < count; i++)
		fds[i] = connect_once(address, &question);
	full = mock_resident_kib();
	cpu = mock_cpu_us();
	nanosleep(&(struct timespec){.tv_sec = QUIET_S}, NULL);
	cpu = mock_cpu_us() - cpu;
	bench_figure("memory_per_connection", "KiB", (full - empty) / (double)count, NAN);
	bench_figure("idle_cpu", "ms/s", cpu / 1e3 / QUIET_S, NAN);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	rmqi_buf_deinit(&question);
	free(fds);
}

int main(int argc, char **argv)
{
	struct bench_options o;

	bench_init("broker_idle", argc, argv, 1, 3, &o);
	for (size_t round = 0; round < o.rounds; round++) {
		mock_start(argv[0]);
		run(allowed(o.messages ? o.messages : CONNECTIONS));
		mock_stop();
	}
	bench_print();
	return 0;
}
