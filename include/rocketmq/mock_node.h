/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_node.h - what happens to the nodes of a mock cluster (rocketmq/mock.h): down and up, restarts,
 * ways that are cut.
 *
 * A node has a name: a broker "broker-a", its first slave "broker-a/1", a name server "namesrv-0". All of
 * this works over TCP and in virtual time alike.
 *
 *     rmq_mock_node_down(cluster, "broker-a", RMQ_MOCK_DOWN_BLACK_HOLE, &detail);
 *     ... the client must find another broker ...
 *     rmq_mock_node_up(cluster, "broker-a", &detail);
 *
 * Errors: RMQ_ERR_NOT_FOUND: no such node; RMQ_ERR_STATE: it does not run, or runs already, or another
 * thread starts or stops it just now.
 *
 * Thread: as rocketmq/mock.h.
 */
#ifndef ROCKETMQ_MOCK_NODE_H
#define ROCKETMQ_MOCK_NODE_H

#include <stddef.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/mock.h>

RMQ_BEGIN_DECLS

/* Brokers first, then name servers; NULL past the end. Borrowed, as long as the cluster. */
RMQ_API const char *rmq_mock_node_name(const rmq_mock_cluster *c, size_t index);
/* "running", "stopped", "starting" or "stopping"; one that is down: "refuses", "silent" or "hangs". NULL: no
 * such node. Constant. */
RMQ_API const char *rmq_mock_node_state(rmq_mock_cluster *c, const char *node);
/* NULL: no such node. It stays the same over stop and start; borrowed, as long as the cluster. */
RMQ_API const char *rmq_mock_node_address(rmq_mock_cluster *c, const char *node);

/* Cleanly: a broker says farewell to its name servers and writes all it has. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_node_stop(rmq_mock_cluster *c, const char *node,
						       rmq_error_detail **detail);
/* Recovers from the store and listens on the same address. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_node_start(rmq_mock_cluster *c, const char *node,
							rmq_error_detail **detail);
/* A stop, then a start. When that fails it is stopped. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_node_restart(rmq_mock_cluster *c, const char *node,
							  rmq_error_detail **detail);

/* How a node that is down looks to everybody else. Its process goes on, and nothing that it sends itself arrives
 * either: name servers lose a broker when they have not heard of it for two minutes. */
enum rmq_mock_down {
	/* Nobody listens there; connections are reset. */
	RMQ_MOCK_DOWN_REFUSE = 1,
	/* As behind a network that is cut: who connects gets no answer at all, connections fall silent. */
	RMQ_MOCK_DOWN_BLACK_HOLE,
	/* As a process that is stopped (SIGSTOP): who connects gets a connection, and no answer. */
	RMQ_MOCK_DOWN_HANG
};

/* `how` may change while it is down. RMQ_ERR_INVALID_ARGUMENT: it is none of these. RMQ_ERR_STATE, too, for the
 * broker of a cluster with onePort: its port is the name server's. RMQ_ERR_SYSTEM: the system cannot make a black
 * hole. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_node_down(rmq_mock_cluster *c, const char *node,
						       enum rmq_mock_down how,
						       rmq_error_detail **detail);
/* What waited in connections goes on, in both directions. Fine when it is not down. RMQ_ERR_CONNECT: another program
 * has taken its port meanwhile; it still refuses. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_node_up(rmq_mock_cluster *c, const char *node,
						     rmq_error_detail **detail);

/* Cuts the way between a node and another one, or a client: what is sent waits at both ends. `other` is a node, or a
 * client's id ("10.0.0.7@5231"), or its address as the node sees it, "host" or "host:port". Brokers know
 * the id from the client's heartbeats: a connection that is new is cut by its first one. Name servers know
 * addresses only. Stays over stops and starts. RMQ_ERR_INVALID_ARGUMENT: both are one node. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_cut(rmq_mock_cluster *c, const char *node,
							 const char *other,
							 rmq_error_detail **detail);
/* Joins it again; fine when it is not cut. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_join(rmq_mock_cluster *c, const char *node,
							  const char *other,
							  rmq_error_detail **detail);
/* Joins all that is cut. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_heal(rmq_mock_cluster *c,
							  rmq_error_detail **detail);

/* The broker is stopped cleanly and started on another port (1..65535; 0: a free one), as one that was moved: clients find
 * it by their routes. What rmq_mock_node_address has returned shows the new address then. RMQ_ERR_CONNECT: it cannot have
 * that port; it is stopped. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_move(rmq_mock_cluster *c, const char *broker,
							 int port, rmq_error_detail **detail);
/* The slave ("broker-a/1") becomes the master of its group, with id 0 and the brokerRole that its master had. That one must
 * not run (RMQ_ERR_STATE), and is the slave when it is started again. Both keep their names here. What the slave had not
 * taken is lost. RMQ_ERR_STATE, too: another call starts, stops or promotes one of them. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_slave_promote(rmq_mock_cluster *c, const char *slave,
							   rmq_error_detail **detail);

/* The slave takes what its master has stored `ms` (0..86400000) later than it came, and stays `bytes` (0..) of the log behind,
 * also after stop and start; 0 and 0: no longer. What it has not taken it neither tells its master nor gives to readers, and
 * does not have when it is promoted. Tables (topics, offsets) are not kept back. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_slave_set_lag(rmq_mock_cluster *c, const char *slave,
							   int64_t ms, int64_t bytes,
							   rmq_error_detail **detail);

/* One more broker, with the settings of the others, on a free port: a master ("broker-c") without any topic yet, or a slave of
 * a master that is there ("broker-a/2"; the cluster began with slaves). It is registered when this returns. One that was
 * removed finds what it had stored. RMQ_ERR_INVALID_ARGUMENT: no such name can be (letters, digits, - and _; a
 * slave has /1../3 behind it); RMQ_ERR_STATE: it is there, its master is not, onePort, or another call adds or
 * removes one; RMQ_ERR_BUSY: there are 104. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_add(rmq_mock_cluster *c, const char *broker,
							rmq_error_detail **detail);
/* The broker leaves for good: it is stopped cleanly unless it is stopped, and nobody finds its name any more. Texts that
 * were borrowed of it stay. What it had not given to consumers is out of their reach. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_broker_remove(rmq_mock_cluster *c, const char *broker,
							   rmq_error_detail **detail);

RMQ_END_DECLS

#endif
