/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_home.h - the mock cluster that the key mockBrokers asks for.
 *
 *     rmq_config --+-- copy of a client --+
 *                  +-- copy of another  --+--> home --> cluster, from the first client on
 *
 * All clients of one configuration, and of its copies, are at one cluster; it ends with the last of them and
 * the configuration.
 *
 * The client library needs no mock library. Its functions are weak references here: the dynamic linker
 * fills them in when librocketmq-c-mock is among the libraries of the program (linked so that it stays, as
 * -Wl,--no-as-needed does, or preloaded), and from then on does not unload it before us; without it they are
 * NULL, and who asks is told. A look-up by name at run time (dlsym) would need another library on older
 * systems, would find nothing in a static program, and a pin against dlclose. A hook that the mock library
 * sets would be state of the process.
 *
 * In the child of a fork the cluster is the parent's: it is asked as before, and not ended.
 *
 * Thread: any; a lock is held while the cluster starts, for that is what others wait for.
 */
#ifndef RMQI_CLIENT_MOCK_HOME_H
#define RMQI_CLIENT_MOCK_HOME_H

#include <rocketmq/error.h>

#include "base/macros.h"

struct rmqi_mock_home;

/* Without a cluster yet. NULL: memory is out. */
struct rmqi_mock_home *rmqi_mock_home_new(void);
struct rmqi_mock_home *rmqi_mock_home_ref(struct rmqi_mock_home *h);
/* The last one ends the cluster. NULL is fine. */
void rmqi_mock_home_unref(struct rmqi_mock_home *h);
/* Starts the cluster unless it runs. *namesrvs are its name servers, borrowed, as long as the home.
 * RMQ_ERR_CONFIG: there is no mock library in this program; else why the cluster does not start. */
enum rmq_error rmqi_mock_home_open(struct rmqi_mock_home *h, int brokers, const char **namesrvs,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
