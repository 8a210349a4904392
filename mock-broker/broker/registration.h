/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registration.h - what a broker tells its name servers (BrokerOuterAPI.java,
 * BrokerController.registerBrokerAll).
 *
 * The whole topic table at the start, after 10 s and then every period; a
 * single topic when it is new or has changed; a farewell at a clean stop. Every
 * name server is told, none is waited for.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_REGISTRATION_H
#define MB_BROKER_REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"

struct mb_broker;
struct mb_topic;

struct mb_registrar {
	char **namesrvs; /* owned texts */
	size_t count;
	uint32_t silent; /* bit i: nothing is told to name server i */
	struct rmqi_timer period;
	struct rmqi_list calls; /* under way */
	struct rmqi_event idle; /* set while no call is under way */
};

/* RMQ_ERR_ADDRESS: the list of name servers cannot be read. */
enum rmq_error mb_registrar_init(struct mb_broker *b,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Calls under way must have ended. */
void mb_registrar_deinit(struct mb_registrar *r);
/* Registers everything and goes on doing so. */
void mb_registrar_start(struct mb_broker *b);
void mb_registrar_register_all(struct mb_broker *b);
/* A topic is new or has changed. */
void mb_registrar_announce(struct mb_broker *b, const struct mb_topic *t);
/* UNREGISTER_BROKER to all; no registration follows. */
void mb_registrar_stop(struct mb_broker *b);
/* A call of somebody else, which a start and a stop wait for as for their own. */
void mb_registrar_enter(struct mb_broker *b, struct rmqi_list *call);
void mb_registrar_leave(struct mb_broker *b, struct rmqi_list *call);
/* The broker has another address than `old`. */
void mb_registrar_move(struct mb_broker *b, const char *old);
/* Whether the name server of this place is told anything. When it no longer is, it hears a farewell. */
void mb_registrar_set(struct mb_broker *b, size_t at, bool is_told);
/* No more of either, without a word. */
void mb_registrar_silence(struct mb_broker *b);

#endif
