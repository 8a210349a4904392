/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - a client with scripted name servers and brokers, in a simulation.
 *
 * One scene a process: set_up and tear_down frame a test.
 */
#ifndef TESTS_CLIENT_SCENE_H
#define TESTS_CLIENT_SCENE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/sim.h"
#include "client/client_impl.h"
#include "codec/codes.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum { ROUTE = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, BEAT = RMQI_REQ_HEART_BEAT };
enum { BYE = RMQI_REQ_UNREGISTER_CLIENT, SEND = RMQI_REQ_SEND_MESSAGE_V2 };
enum { SERVERS = 3, BROKERS = 2 };

#define NOBODY "127.0.0.1:9"

struct client_scene {
	struct fake_world world;
	struct fake_peer *ns[SERVERS];
	struct fake_peer *broker[BROKERS];
	struct rmq_config *config;
	struct rmqi_client *client;
	struct rmq_error_detail *detail;

	/* What the owner was told. */
	int routes_told, missing_told, registered_told, changes_told;
	char last_told[160];
	size_t queues_told;
};

extern struct client_scene scene;

/* Owners that count what they are told. */
struct rmqi_client_owner scene_producer(void);
struct rmqi_client_owner scene_consumer(void);
/* Three name servers and two brokers, of which nobody knows anything yet. */
void scene_set_up(uint64_t seed);
/* Also part of tear_down. */
void scene_close(void);
void scene_tear_down(void);
void scene_set(const char *key, const char *value);
/* The first name server of the list is asked first. */
void scene_open_as(struct rmqi_client_owner owner, const char *namesrvs);
/* The list of up to three; the last ones may be NULL. Until the next call. */
const char *scene_addresses(const char *first, const char *second, const char *third);
const char *scene_server(size_t i);
/* One name server, that knows topic T on broker a. */
void scene_open(struct rmqi_client_owner owner);
/* Name server 0 knows the topic so; each '@' of the format is the address of broker a, then b. */
void scene_routed_to(const char *topic, const char *format, size_t a, size_t b);
/* Asks for the route; the detail is that of this call. */
enum rmq_error scene_look(const char *topic, bool use_default, int64_t timeout_ms);
size_t scene_cached_queues(const char *topic);
/* Attempt i of the detail. */
void scene_expect_attempt(size_t i, const char *address, enum rmq_phase phase,
			  enum rmq_error error);
/* A request that no broker knows, so that there is a connection. */
enum rmq_error scene_ask_broker(size_t i);

#endif
