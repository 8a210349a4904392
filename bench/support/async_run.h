/* SPDX-License-Identifier: Apache-2.0 */
/*
 * async_run.h - rmq_producer_send_async with 1000 in flight, from one thread and from
 * eight, beside the raw loop: the body of async_128 and async_1k. See bench/README.md.
 */
#ifndef BENCH_ASYNC_RUN_H
#define BENCH_ASYNC_RUN_H

#include <stddef.h>

/* `messages` of `body_len` bytes (SCENE_BODY or more) a round and side. Returns what main returns. */
int async_run(const char *bench, size_t body_len, size_t messages, int argc, char **argv);

#endif
