/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket.h - a one-way send in the budget: from its acceptance until the socket has taken all of it, as nobody
 * answers. What is not written when the producer closes is in the list of what was not delivered.
 *
 *     take -> (written, or never)      the connection tells (struct rmqi_written, net/conn.h)
 *         \-> drop                     it was not handed over
 *
 * Thread: one owner at a time: the caller, then the loop.
 */
#ifndef RMQI_SEND_TICKET_H
#define RMQI_SEND_TICKET_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/message.h"
#include "net/conn.h"
#include "send/request.h"
#include "send/sender.h"

struct rmqi_ticket;

/* Room for `m`, as rmqi_flight_enter. The sender was entered, and stays so until the ticket has gone.
 * RMQ_ERR_BUSY, RMQ_ERR_CANCELLED, RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_ticket_take(struct rmqi_sender *s, const struct rmq_message *m,
				int64_t deadline_us, struct rmqi_ticket **out,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
/* For the request that is handed over; moved to the connection when that takes it. */
struct rmqi_written *rmqi_ticket_written(struct rmqi_ticket *t, const struct rmqi_send_request *r);
void rmqi_ticket_drop(struct rmqi_ticket *t); /* NULL is harmless */

#endif
