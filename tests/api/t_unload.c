/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_unload.c - a plugin uses the library and is unloaded with it; threads that called it live on.
 *
 * The program is not linked with the library: it is found where the build has put it.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/mock.h>
#include <rocketmq/rocketmq.h>

#include "tests/support/child.h"
#include "tests/support/suite.h"

enum { SOON_MS = 20 * 1000, BODY = 100 * 1000 };

static const char client_path[] = ".libs/librocketmq-c.so";
static const char mock_path[] = ".libs/librocketmq-c-mock.so";

static void *load(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		ck_abort_msg("%s", dlerror());
	return library;
}

/* A pointer to a function is no pointer to an object in ISO C; POSIX says that the bits are the same. */
#define GET(library, name)                             \
	do {                                           \
		void *at = dlsym(library, #name);      \
		ck_assert_ptr_nonnull(at);             \
		memcpy(&(call.name), &at, sizeof(at)); \
	} while (0)

static struct {
	__typeof__(&rmq_config_new) rmq_config_new;
	__typeof__(&rmq_config_set) rmq_config_set;
	__typeof__(&rmq_config_free) rmq_config_free;
	__typeof__(&rmq_producer_new) rmq_producer_new;
	__typeof__(&rmq_producer_start) rmq_producer_start;
	__typeof__(&rmq_producer_send) rmq_producer_send;
	__typeof__(&rmq_producer_free) rmq_producer_free;
	__typeof__(&rmq_message_new) rmq_message_new;
	__typeof__(&rmq_message_free) rmq_message_free;
	__typeof__(&rmq_mock_cluster_new) rmq_mock_cluster_new;
	__typeof__(&rmq_mock_cluster_free) rmq_mock_cluster_free;
	__typeof__(&rmq_mock_cluster_namesrv) rmq_mock_cluster_namesrv;
} call;

static void find_functions(void *client, void *mock)
{
	GET(client, rmq_config_new);
	GET(client, rmq_config_set);
	GET(client, rmq_config_free);
	GET(client, rmq_producer_new);
	GET(client, rmq_producer_start);
	GET(client, rmq_producer_send);
	GET(client, rmq_producer_free);
	GET(client, rmq_message_new);
	GET(client, rmq_message_free);
	GET(mock, rmq_mock_cluster_new);
	GET(mock, rmq_mock_cluster_free);
	GET(mock, rmq_mock_cluster_namesrv);
}

static void send_compressed(void)
{
	static char body[BODY]; /* zeros: far above compressMsgBodyOverHowmuch, and soft */
	rmq_mock_cluster *cluster = NULL;
	rmq_config *config = call.rmq_config_new();
	rmq_message *m = call.rmq_message_new("TBW102", body, sizeof(body));
	rmq_producer *p = NULL;

	ck_assert_int_eq(call.rmq_mock_cluster_new(NULL, &cluster, NULL), RMQ_OK);
	ck_assert_int_eq(call.rmq_config_set(config, "namesrvAddr",
					     call.rmq_mock_cluster_namesrv(cluster), NULL),
			 RMQ_OK);
	ck_assert_int_eq(call.rmq_producer_new(config, "g", &p, NULL), RMQ_OK);
	ck_assert_int_eq(call.rmq_producer_start(p, NULL), RMQ_OK);
	/* That it was compressed counts, not what became of it. */
	if (call.rmq_producer_send(p, m, NULL, NULL, NULL) != RMQ_OK)
		pause_ms(0);
	call.rmq_producer_free(p);
	call.rmq_message_free(m);
	call.rmq_config_free(config);
	call.rmq_mock_cluster_free(cluster);
}

static atomic_int stage; /* 1: sent, 2: unloaded */

static int has_stage(void *arg)
{
	return atomic_load(&stage) >= *(const int *)arg;
}

static void *use_and_stay(void *arg)
{
	int unloaded = 2;

	(void)arg;
	send_compressed();
	atomic_store(&stage, 1);
	wait_real(has_stage, &unloaded, SOON_MS);
	return NULL; /* here the destructors of its own data run */
}

START_TEST(unload__a_thread_that_compressed_may_end_later)
{
	void *client = load(client_path), *mock = load(mock_path);
	pthread_t thread;
	int sent = 1;

	find_functions(client, mock);
	ck_assert_int_eq(pthread_create(&thread, NULL, use_and_stay, NULL), 0);
	ck_assert(wait_real(has_stage, &sent, SOON_MS));
	dlclose(mock);
	dlclose(client);
	atomic_store(&stage, 2);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* A look-up that hangs and a listener that does not return outlive their client on purpose: their code
 * must stay. */
START_TEST(unload__leaves_the_code_where_it_is)
{
	dlclose(load(client_path));
	ck_assert_ptr_nonnull(dlopen(client_path, RTLD_NOW | RTLD_NOLOAD));
	load(client_path);
	dlclose(load(mock_path));
	ck_assert_ptr_nonnull(dlopen(mock_path, RTLD_NOW | RTLD_NOLOAD));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		unload__a_thread_that_compressed_may_end_later,
		unload__leaves_the_code_where_it_is,
	};

	return run_suite("unload", tests, sizeof(tests) / sizeof(tests[0]));
}
